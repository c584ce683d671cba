"""goAML drafts: valid by a schema when all is given, refused by name when not; nothing reaches beyond the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from jobs.case_report import ReportParty
from jobs.goaml import GoamlHeader, goaml_document, missing_fields, two_decimals
from jobs.xsd import SchemaRefused, read_schema, schema_of, violations_of
from tests.jobs.drawn_report import HEADER, PAYMENT, REPORT, XSD


def test_a_draft_with_all_that_is_needed_is_valid() -> None:
    document = goaml_document(REPORT, HEADER)

    assert violations_of(document, schema_of(XSD)) == ()
    assert missing_fields(HEADER) == ()
    root = etree.fromstring(document)
    assert root.findtext("transaction/amount_local") == "12.34"
    assert root.findtext("transaction/t_from/from_account/account") == "acct:a"
    assert [e.text for e in root.findall("report_indicators/indicator")] == ["SANCTIONS", "LAYERING"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"institution_code": "17"}, ["institution_name", "institution_code", "account", "currency_code"]),
        ({"swift": "DEMODEFF"}, ["institution_name", "swift", "account", "currency_code"]),
        ({"institution_code": "17", "swift": "DEMODEFF"}, ["institution_name", "institution_code"]),
    ],
    ids=str,
)
def test_an_institution_is_named_by_one_code_as_schemas_ask(given: dict[str, str], written: list[str]) -> None:
    root = etree.fromstring(goaml_document(REPORT, replace(HEADER, **given)))

    for account in (root.find("transaction/t_from/from_account"), root.find("transaction/t_to/to_account")):
        assert [element.tag for element in account][: len(written)] == written


def test_what_nobody_gave_is_left_out_and_named() -> None:
    document = goaml_document(REPORT, GoamlHeader())

    assert [line.partition(":")[0] for line in missing_fields(GoamlHeader())] == [
        "rentity_id",
        "submission_code",
        "report_code",
        "reporting_person",
        "action",
        "indicators",
        "transmode_code",
        "funds_code",
        "country",
        "institution_name",
    ]
    assert b"institution_name" not in document
    assert b"reporting_person" not in document
    found = violations_of(document, schema_of(XSD))
    assert found
    assert found[0].element == "entity_reference"
    assert document.splitlines()[found[0].line - 1].strip().startswith(b"<entity_reference>")


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ((b"<amount_local>12.34", b"<amount_local>12.345"), "amount_local"),
        ((b"<rentity_id>7", b"<rentity_id>seven"), "rentity_id"),
        ((b"<action>The account is blocked.</action>", b""), "transaction"),
        ((b"<indicator>LAYERING", b"<invented>x</invented><indicator>LAYERING"), "invented"),
    ],
    ids=str,
)
def test_a_broken_document_is_refused_where_it_is_broken(change: tuple[bytes, bytes], element: str) -> None:
    document = goaml_document(REPORT, HEADER)
    assert change[0] in document

    (found, *_) = violations_of(document.replace(*change), schema_of(XSD))

    assert found.element == element
    assert found.line > 1
    assert found.message


def test_many_payers_are_parties_with_their_roles() -> None:
    two = (ReportParty("acct:a", "10"), ReportParty("acct:c", "2.345"))
    report = replace(REPORT, transactions=(replace(PAYMENT, inputs=two),))

    root = etree.fromstring(goaml_document(report, replace(HEADER, party_roles=("F", "T"))))

    parties = root.findall("transaction/involved_parties/party")
    assert [party.findtext("role") for party in parties] == ["F", "F", "T"]
    assert [party.findtext("account/account") for party in parties] == ["acct:a", "acct:c", "acct:b"]
    assert root.find("transaction/t_from") is None


def test_withdrawn_payments_are_not_filed() -> None:
    report = replace(REPORT, transactions=(replace(PAYMENT, withdrawn=True),))

    assert etree.fromstring(goaml_document(report, HEADER)).find("transaction") is None


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("12", "12.00"),
        ("0.005", "0.00"),
        ("0.015", "0.02"),
        ("9223372036854.775807", "9223372036854.78"),
        ("0.000000000000000001", "0.00"),
        ("123456789012345678901234567890.125", "123456789012345678901234567890.12"),
    ],
)
def test_amounts_have_two_decimals_and_lose_no_digit_before(amount: str, written: str) -> None:
    assert two_decimals(amount) == written


def test_text_is_text_whatever_it_looks_like() -> None:
    evil = "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x; ]]> \x00\x08\ufffe end"
    document = goaml_document(REPORT, replace(HEADER, reason=evil))

    read = etree.fromstring(document).findtext("reason")
    assert read == "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x; ]]> \ufffd\ufffd\ufffd end"


SECRET = "what-nobody-may-read"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


DOCTYPES = [
    '<!DOCTYPE r [<!ENTITY x SYSTEM "{path}">]>',
    '<!DOCTYPE r [<!ENTITY % p SYSTEM "{path}"> %p;]>',
    '<!DOCTYPE r SYSTEM "{path}">',
    '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
]


@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_document_that_reaches_beyond_itself_is_refused(doctype: str, secret: Path) -> None:
    text = doctype.format(path=secret.as_uri()) + "<r>&x;</r>"

    with pytest.raises(SchemaRefused) as refused:
        violations_of(text.encode(), schema_of(XSD))

    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_schema_with_a_doctype_is_refused(doctype: str, secret: Path) -> None:
    text = doctype.format(path=secret.as_uri()).encode() + XSD.partition(b"?>")[2].strip()

    with pytest.raises(SchemaRefused, match=r"DOCTYPE|not XML"):
        schema_of(text)


@pytest.mark.parametrize(
    "reach",
    [
        '<xs:include schemaLocation="{path}"/>',
        '<xs:import namespace="urn:x" schemaLocation="{path}"/>',
        '<xs:import namespace="urn:x" schemaLocation="http://127.0.0.1:9/x.xsd"/>',
        '<xs:redefine schemaLocation="{path}"/>',
    ],
)
def test_a_schema_that_loads_others_is_refused(reach: str, secret: Path) -> None:
    text = XSD.replace(b'"qualified">', b'"qualified">' + reach.format(path=secret.as_uri()).encode(), 1)

    with pytest.raises(SchemaRefused, match="loads other files"):
        schema_of(text)


@pytest.mark.parametrize("text", [b"", b"no xml", b"<r/>", XSD[:500], b'<xs:schema xmlns:xs="urn:no"/>'], ids=repr)
def test_what_is_no_schema_is_refused(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "schema.xsd"
    path.write_bytes(text)

    with pytest.raises(SchemaRefused):
        read_schema(path)


def test_a_schema_must_be_there_and_of_a_sane_size(tmp_path: Path, monkeypatch: Any) -> None:
    with pytest.raises(SchemaRefused, match="cannot be read"):
        read_schema(tmp_path / "none.xsd")
    path = tmp_path / "schema.xsd"
    path.write_bytes(XSD)
    monkeypatch.setattr("jobs.xsd.MAX_SCHEMA_BYTES", len(XSD) - 1)
    with pytest.raises(SchemaRefused, match="bytes"):
        read_schema(path)
