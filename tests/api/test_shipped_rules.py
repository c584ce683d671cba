"""Every shipped payment rule fires on what it is about and on nothing that only looks like it, seen over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from graph.taxonomy import load_taxonomy
from jobs.shipped import shipped_rules
from risk.conditions import compile_rule
from risk.rules import Rule
from tests.api.conftest import movement

NOON = datetime(2019, 3, 1, 12, tzinfo=UTC)
PAYMENT_RULES = {rule.id: rule for rule in shipped_rules() if rule.graph is None}
_numbers = count(1)


def paid(amount: str, minutes: float = 0, sender: str = "a", receiver: str = "b", **more: Any) -> dict[str, Any]:
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return movement(next(_numbers), at=at, amount=amount, sender=sender, receiver=receiver, **more)


def habit(times: int, amount: str = "20.5", receiver: str = "grocer") -> list[dict[str, Any]]:
    """Small payments of `a` in the days before."""
    return [paid(amount, -1440 * (2 + number), receiver=receiver) for number in range(times)]


def night(amount: str, hour: int) -> dict[str, Any]:
    return paid(amount, (hour - 12) * 60)


def channel(name: str) -> list[dict[str, Any]]:
    return [paid("20.5", context={"channel": name})]


# rule -> payments of which the last must make it fire, and of which the last must not
SEEN: dict[str, list[Sequence[dict[str, Any]]]] = {
    "large_amount": [[paid("50000")], [paid("250000.75")]],
    "night_time": [[night("1500.5", 2)], [night("1500.5", 0)]],
    "high_risk_channel": [channel("crypto_atm"), channel("Prepaid_Card")],
    "new_beneficiary": [[*habit(5), paid("4100.5")]],
    "structuring": [[paid("9500.5", -90), paid("9900", -30), paid("9200.25")]],
    "rapid_in_out": [[paid("8000.5", -20, "x", "a"), paid("7900.5")]],
    "round_amounts": [[paid("6000")], [paid("70000")]],
}
NOT_SEEN: dict[str, list[Sequence[dict[str, Any]]]] = {
    "large_amount": [[paid("49999.99")]],
    "night_time": [[night("1500.5", 5)], [night("999.5", 2)]],
    "high_risk_channel": [channel("card"), channel("not_a_voucher_at_all"), [paid("20.5")]],
    # Paid before, without a habit, and no more than small change.
    "new_beneficiary": [
        [*habit(5, receiver="b"), paid("4100.5")],
        [*habit(4), paid("4100.5")],
        [*habit(5), paid("90.5")],
    ],
    # Two only, over a day apart, above the threshold, and of another payer.
    "structuring": [
        [paid("9500.5", -30), paid("9200.25")],
        [paid("9500.5", -3000), paid("9900", -1500), paid("9200.25")],
        [paid("9500.5", -90), paid("9900", -30), paid("10000.25")],
        [paid("9500.5", -90, "x"), paid("9900", -30, "y"), paid("9200.25")],
    ],
    # Kept, passed on the next day, and more than came in.
    "rapid_in_out": [
        [paid("8000.5", -20, "x", "a"), paid("3000.5")],
        [paid("8000.5", -1500, "x", "a"), paid("7900.5")],
        [paid("8000.5", -20, "x", "a"), paid("12000.5")],
    ],
    "round_amounts": [[paid("6100.5")], [paid("4000")], [paid("5500")]],
}


async def posted(client: httpx.AsyncClient, payments: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The decision about the last of them."""
    for payment in payments:
        response = await client.post("/api/v1/transactions", json=payment)
        assert response.status_code == 201, response.text
    decision: dict[str, Any] = response.json()["decision"]
    return decision


def cases(table: dict[str, list[Sequence[dict[str, Any]]]]) -> list[tuple[str, Sequence[dict[str, Any]]]]:
    return [(rule, payments) for rule, stories in table.items() for payments in stories]


@pytest.mark.parametrize(("rule", "payments"), cases(SEEN), ids=lambda part: part if isinstance(part, str) else "")
async def test_a_shipped_rule_fires(client: httpx.AsyncClient, rule: str, payments: Any) -> None:
    decision = await posted(client, payments)

    assert PAYMENT_RULES[rule].reason in decision["reason_codes"]
    assert decision["rule_versions"][rule] == "1"
    floor = PAYMENT_RULES[rule].floor
    assert floor is None or decision["risk_score"] >= floor


@pytest.mark.parametrize(("rule", "payments"), cases(NOT_SEEN), ids=lambda part: part if isinstance(part, str) else "")
async def test_a_shipped_rule_stays_silent(client: httpx.AsyncClient, rule: str, payments: Any) -> None:
    decision = await posted(client, payments)

    assert PAYMENT_RULES[rule].reason not in decision["reason_codes"]
    assert decision["rule_versions"][rule] == "1"


def test_every_shipped_payment_rule_is_shown_both_ways() -> None:
    assert set(SEEN) == set(NOT_SEEN) == set(PAYMENT_RULES)
    assert len(PAYMENT_RULES) >= 7


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_a_shipped_rule_compiles_and_says_why(rule: Rule) -> None:
    assert compile_rule(rule, load_taxonomy().names).rule is rule
    assert rule.version == 1
    assert rule.title and rule.why.endswith(".")
    assert rule.reason.startswith(("RULE_", "TYPOLOGY_"))


def test_no_two_shipped_rules_share_a_reason() -> None:
    reasons = [rule.reason for rule in shipped_rules()]

    assert len(set(reasons)) == len(reasons)


async def test_an_ordinary_payment_meets_no_rule(client: httpx.AsyncClient) -> None:
    decision = await posted(client, [*habit(5), paid("25.75", receiver="grocer")])

    signals = {signal["name"]: signal for signal in decision["signals"]}
    assert (signals["rules"]["value"], signals["rules"]["contributions"]) == (0.0, [])
    assert decision["severity"] == "none"
