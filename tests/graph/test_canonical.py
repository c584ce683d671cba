"""A transaction has one canonical form; whatever cannot be accepted is named, all at once."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.canonical import canonical_transaction, decode_transaction
from graph.content import content_document, content_hashes, personal_document
from graph.errors import InvalidInput, MalformedJson

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0x" + "a" * 40
PLAIN = {
    "network": "eth",
    "id": "0x" + "AB" * 32,
    "at": "2019-03-01T12:00:00+02:00",
    "asset": "ETH",
    "amount": "1.50",
    "sender": CHECKSUMMED,
    "receiver": OTHER,
    "value": "210.4000009",
}
GONE = object()


def body(**changes) -> bytes:
    return json.dumps({k: v for k, v in (PLAIN | changes).items() if v is not GONE}).encode()


def many(outputs, inputs=GONE, **changes) -> bytes:
    changes = {"sender": GONE, "receiver": GONE, "amount": GONE} | changes
    return body(inputs=inputs, outputs=outputs, **changes)


def party(address: str, amount: str) -> dict[str, str]:
    return {"address": address, "amount": amount}


def canonical(sent: bytes, reference: str = "USD"):
    return canonical_transaction(decode_transaction(sent), reference_currency=reference, now=NOW, max_future_s=86_400)


def refused(sent: bytes, reference: str = "USD") -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        canonical(sent, reference)
    return {error.field: error.message for error in caught.value.errors}


def test_short_form_becomes_one_input_and_one_output():
    made = canonical(body())

    assert made.key == "eth:0x" + "ab" * 32
    assert made.at == datetime(2019, 3, 1, 10, tzinfo=UTC)
    assert (made.amount, made.value, made.value_sent) == ("1.5", 210_400_000, 210_400_000)
    assert [(p.address, p.amount) for p in made.inputs] == [(CHECKSUMMED.lower(), "1.5")]
    assert [(p.address, p.amount) for p in made.outputs] == [(OTHER, "1.5")]


def test_short_and_long_form_of_one_payment_are_the_same_content():
    long = many([party(OTHER, "1.5")], [party(CHECKSUMMED.lower(), "15e-1")])

    assert content_hashes(canonical(long)) == content_hashes(canonical(body()))


@pytest.mark.parametrize("inputs", [GONE, None, []])
def test_outputs_without_inputs_are_a_coinbase(inputs):
    made = canonical(many([party(OTHER, "6.25"), party(CHECKSUMMED, "0.05")], inputs))

    assert made.inputs == ()
    assert made.amount == "6.3"


def test_inputs_may_exceed_outputs_by_a_fee_but_not_fall_short():
    outputs = [party(OTHER, "1"), party(OTHER, "0.000000000000000001")]

    assert canonical(many(outputs, [party(OTHER, "1.1")])).amount == "1.000000000000000001"
    assert "less than the outputs" in refused(many(outputs, [party(OTHER, "1")]))["inputs"]


def test_amount_in_the_reference_currency_is_its_own_value():
    made = canonical(body(asset="USD", value=GONE, amount="2.0000019"))

    assert (made.value, made.value_sent) == (2_000_001, None)
    assert canonical(body(asset="USD", amount="2.0000019", value="2.0000018")).value_sent == 2_000_001
    assert "must be 2.000001" in refused(body(asset="USD", amount="2.0000019", value="2.000002"))["value"]


def test_value_is_needed_for_any_other_asset():
    assert "is needed in USD" in refused(body(value=GONE))["value"]
    assert canonical(body(value="0")).value == 0


def test_id_is_lower_cased_up_to_its_colon_if_hexadecimal():
    assert canonical(body(id="0XABC:7")).id == "0xabc:7"
    assert canonical(body(id="Payment-1:A")).id == "Payment-1:A"


def test_time_is_kept_to_the_microsecond_and_before_1970():
    assert canonical(body(at="1969-12-31T23:59:59.123456Z")).at.microsecond == 123_456
    assert canonical(body(at="2026-01-02T00:00:00Z")).at == NOW + timedelta(days=1)


WRONG = [
    ({"network": "ETH"}, "network", "lower-case"),
    ({"id": ""}, "id", "1 to 200"),
    ({"id": "a b"}, "id", "spaces"),
    ({"id": "x" * 201}, "id", "1 to 200"),
    ({"id": "a\u0000b"}, "id", "printable"),
    ({"id": GONE}, "id", "is missing"),
    ({"at": "2019-03-01T12:00:00"}, "at", "has no zone"),
    ({"at": "2026-01-02T00:00:01Z"}, "at", "in the future"),
    ({"at": "0001-01-01T00:00:00+05:00"}, "at", "years 1 to 9999"),
    ({"at": "yesterday"}, "at", "RFC 3339"),
    ({"at": 1551441600}, "at", "RFC 3339"),
    ({"asset": ""}, "asset", "1 to 32"),
    ({"asset": "a b"}, "asset", "letters"),
    ({"amount": 1.5}, "amount", "decimal text"),
    ({"amount": "-1"}, "amount", "negative"),
    ({"amount": "1e999999"}, "amount", "200 digits"),
    ({"amount": None}, "amount", "is missing"),
    ({"sender": CHECKSUMMED[:-1] + "D"}, "sender", "EIP-55"),
    ({"sender": GONE}, "sender", "is missing"),
    ({"receiver": "0x12"}, "receiver", "40 hexadecimal"),
    ({"receiver": 5}, "receiver", "must be text"),
    ({"value": "-1"}, "value", "negative"),
    ({"value": 1}, "value", "decimal text"),
    ({"value": "9000000000000.1"}, "value", "at most"),
    ({"purpose": "x" * 2_001}, "purpose", "2,000"),
    ({"purpose": "a\u0000"}, "purpose", "NUL"),
    ({"context": []}, "context", "JSON object"),
    ({"context": {"a": "x" * 16_384}}, "context", "16,384"),
    ({"context": {"a": ["b\u0000"]}}, "context", "NUL"),
    ({"context": {"b\u0000": 1}}, "context", "NUL"),
    ({"context": json.loads('{"a":' * 17 + "1" + "}" * 17)}, "context", "16 levels"),
    ({"unheard_of": 1}, "unheard_of", "is not a field"),
    ({"inputs": []}, "outputs", "at least one"),
    ({"outputs": [party(OTHER, "1")]}, "sender", "together"),
    ({"outputs": "x", "sender": GONE}, "outputs", "list"),
]


@pytest.mark.parametrize(("changes", "field", "why"), WRONG)
def test_wrong_field_is_named(changes, field, why):
    assert why in refused(body(**changes))[field]


def test_party_is_named_by_its_place():
    outputs = [party(OTHER, "1"), party("0x12", "-1"), party(OTHER, "x")]

    assert list(refused(many(outputs))) == ["outputs[1].amount", "outputs[1].address", "outputs[2].amount"]
    misshapen = [{"address": OTHER}, {"address": OTHER, "amount": 1}, 5]
    assert list(refused(many(misshapen))) == ["outputs[0].amount", "outputs[1].amount", "outputs[2]"]


def test_all_wrong_fields_are_named_at_once():
    values = body(id="a b", at="2019-03-01T12:00:00", amount="-1", sender="0x12", value=GONE, purpose="\0")
    shapes = body(id=GONE, at="x", amount=1, extra=1)

    assert set(refused(values)) == {"id", "at", "amount", "sender", "value", "purpose"}
    assert set(refused(shapes)) == {"id", "at", "amount", "extra"}


def test_wrong_network_hides_no_other_field():
    assert set(refused(body(network="?", amount="x"))) == {"network", "amount"}


def test_amount_beyond_64_bits_of_reference_currency_is_refused_where_it_stands():
    assert "amount" in refused(body(asset="USD", amount="9e12001"[:6], value=GONE))
    assert "outputs" in refused(many([party(OTHER, "9e12"), party(OTHER, "1")], asset="USD", value=GONE))


def test_a_side_has_at_most_10_000_parties():
    side = [party(OTHER, "0.0001")] * 10_000

    assert len(canonical(many(side, side)).inputs) == 10_000
    assert refused(many([party(OTHER, "1")], [*side, side[0]])) == {
        "inputs": "has 10,001 parties; at most 10,000 on a side are taken"
    }
    assert list(refused(many([*side, side[0]], [*side, side[0]]))) == ["inputs", "outputs"]


@pytest.mark.parametrize("sent", [b"", b"{", b'{"a":1,}', b"\xff", b'{"id":"\xff"}', b"NaN", b'{"id":"\\ud800"}'])
def test_what_is_not_json_is_told_apart(sent):
    with pytest.raises(MalformedJson, match="the body is not JSON"):
        decode_transaction(sent)


@pytest.mark.parametrize("sent", [b"[]", b"1", b'"x"', b"null"])
def test_json_that_is_no_object_names_the_body(sent):
    assert refused(sent) == {"body": "must be a JSON object"}


def test_bottomless_json_is_refused_without_harm():
    sent = b'{"context":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert refused(sent) == {"context": "is nested too deeply"}


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_refused_as_facts(sent):
    with pytest.raises((InvalidInput, MalformedJson)):
        decode_transaction(sent)


def test_content_leaves_out_personal_text_and_a_value_that_was_not_sent():
    context = {"country": "DE", "customer_reference": "Jane"}
    made = canonical(body(asset="USD", value=GONE, amount="5", purpose="rent", context=context))

    assert content_document(made) == {
        "network": "eth",
        "id": "0x" + "ab" * 32,
        "at": "2019-03-01T10:00:00Z",
        "asset": "USD",
        "inputs": [party(CHECKSUMMED.lower(), "5")],
        "outputs": [party(OTHER, "5")],
        "context": {"country": "DE"},
    }
    assert personal_document(made) == {"purpose": "rent", "customer_reference": "Jane"}
    assert personal_document(canonical(body(purpose=""))) is None


def test_content_hash_is_that_of_sorted_compact_json():
    made = canonical(body(context={"z": 1, "a": {"c": "é", "b": None}}))
    text = json.dumps(content_document(made), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert content_hashes(made)[0] == hashlib.sha256(text.encode()).hexdigest()
    assert content_document(made)["value"] == "210.4"


@pytest.mark.parametrize(
    ("same", "changes"),
    [
        (True, {"sender": CHECKSUMMED.lower()}),
        (True, {"amount": "15e-1", "value": "210.4"}),
        (True, {"at": "2019-03-01T10:00:00.000Z"}),
        (True, {"context": {}, "purpose": None}),
        (True, {"purpose": "rent"}),
        (False, {"amount": "1.5000000000000000001"}),
        (False, {"value": "210.400001"}),
        (False, {"at": "2019-03-01T10:00:00.000001Z"}),
        (False, {"context": {"country": "DE"}}),
        (False, {"sender": OTHER}),
    ],
)
def test_content_is_the_same_exactly_when_the_facts_are(same, changes):
    assert (content_hashes(canonical(body(**changes)))[0] == content_hashes(canonical(body()))[0]) is same
