"""What a rule sees of a payment: every field of the registry, in the units that it says, absent where unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graph.model import MICRO, CategoryShare, History, WalletHistory, Window
from risk.facts import Facts, Payment
from risk.fields import FIELDS, fields_of, find_field, round_to
from tests.risk.drawn import TAXONOMY, exposure, part

AT = datetime(2019, 3, 1, 23, 30, tzinfo=UTC)
A = WalletHistory(
    wallet="acct:a",
    sent_window=Window(1, 2 * MICRO, 1),
    sent_hour=Window(2, 30 * MICRO, 2),
    sent_day=Window(3, 60 * MICRO, 2),
    received_hour=Window(1, 40 * MICRO, 1),
    received_day=Window(4, 160 * MICRO, 3),
    sent_count=9,
    received_count=8,
    sampled=9,
    mean=5.5 * MICRO,
    deviation=0.0,
    near_threshold=2,
    first_at=AT - timedelta(days=3),
)
PAYMENT = Payment(
    key="acct:p",
    network="acct",
    asset="USD",
    at=AT,
    value=10 * MICRO,
    amount="10",
    payers={"acct:a": 10 * MICRO},
    payees={"acct:b": 10 * MICRO},
    context={"channel": "card", "nothing": None},
    purpose="rent",
)


def seen(*outgoing: CategoryShare, **history: Any) -> dict[str, Any]:
    given_ = {"payers": (A,), "payees": (WalletHistory(wallet="acct:b"),)} | history
    sides = (
        exposure(part("scam", 0.25, value=3 * MICRO, hops=2, direct=0.0), part("exchange", 0.5)),
        exposure(*outgoing, direction="destination"),
    )
    facts = Facts(exposures=sides, history=History(**given_), seq=1)
    return fields_of(PAYMENT, facts, TAXONOMY.categories)


def test_a_payment_is_told_in_every_field() -> None:
    found = seen()

    assert {name: found[name] for name in found if name.startswith("transaction.")} == {
        "transaction.network": "acct",
        "transaction.asset": "USD",
        "transaction.at": AT,
        "transaction.hour": 23,
        "transaction.weekday": "friday",
        "transaction.value": 10 * MICRO,
        "transaction.round_to": 10,
        "transaction.payers": 1,
        "transaction.payees": 1,
        "transaction.paid_before": False,
        "transaction.purpose": "rent",
    }
    assert found["context.channel"] == "card"
    assert "context.nothing" not in found


def test_the_payer_is_told_without_this_payment_but_what_it_passes_on_counts_it() -> None:
    found = seen()

    assert (found["sender.wallet"], found["sender.sent_hour_count"], found["sender.sent_hour_value"]) == (
        *("acct:a", 2),
        30 * MICRO,
    )
    assert found["sender.passed_on_hour"] == 1.0
    assert found["sender.passed_on_day"] == 70 / 160
    assert (found["sender.age_days"], found["sender.mean_value"], found["sender.is_new"]) == (3.0, 5.5 * MICRO, False)


def test_a_new_wallet_has_no_age_no_mean_and_passes_nothing_on() -> None:
    found = seen(payers=(WalletHistory(wallet="acct:a"),))

    assert found["sender.is_new"]
    assert not {"sender.age_days", "sender.mean_value", "sender.passed_on_hour"} & set(found)
    assert found["receiver.is_new"]


def test_without_a_payer_nothing_is_told_of_one() -> None:
    assert not any(name.startswith("sender.") for name in seen(payers=()))


def test_exposure_is_told_for_every_category_and_zero_where_there_is_none() -> None:
    found = seen()

    assert (found["exposure.source.scam"], found["exposure.source.mixer"]) == (0.25, 0.0)
    assert (found["exposure.source.illicit"], found["exposure.source.illicit_direct"]) == (0.25, 0.0)
    assert (found["exposure.source.illicit_value"], found["exposure.source.illicit_hops"]) == (3 * MICRO, 2)
    assert found["exposure.destination.illicit"] == 0.0
    assert "exposure.destination.illicit_hops" not in found
    unasked = fields_of(PAYMENT, Facts(exposures=(), history=History(), seq=1), TAXONOMY.categories)
    assert not any(name.startswith("exposure.") for name in unasked)


def test_the_registry_and_what_is_told_agree() -> None:
    # A field that is registered and never told could never hold; one that is told and not registered
    # could not be named by any rule.
    # Kinds are checked too: money and counts are integers, shares floats.
    found = seen(part("mixer", 0.1), payees=(A,))
    named = {name: find_field(name) for name in found}
    types = {"money": (int, float), "number": (int, float), "share": float, "text": str, "flag": bool, "time": datetime}

    assert [name for name, field in named.items() if field is None] == []
    assert {field.name for field in named.values() if field} == set(FIELDS)
    for name, field in named.items():
        assert field and (field.kind == "any" or isinstance(found[name], types[field.kind])), name


def test_names_that_can_never_have_a_value_are_not_fields() -> None:
    for name in ("", "transaction", "transaction.", "context", "context.", "exposure.source.", "exposure.source", "*"):
        assert find_field(name) is None, name
    assert find_field("context.a.b") is FIELDS["context.*"]


@given(st.integers(0, 10**30), st.integers(0, 12))
def test_round_to_is_the_largest_power_of_ten_that_divides(digits: int, places: int) -> None:
    exact = Decimal(digits).scaleb(-places)
    plain = f"{exact:f}"
    amount = plain.rstrip("0").rstrip(".") if "." in plain else plain

    found = Decimal(str(round_to(amount)))

    if not digits:
        assert found == 0
        return
    whole = digits * Decimal(10) ** 0
    power = 0
    while int(whole) % 10 ** (power + 1) == 0:
        power += 1
    assert found == Decimal(10) ** (power - places)
