"""Velocity counts what a payer sends within the window, this payment included, and values it by its limit."""

from __future__ import annotations

import pytest

from graph.model import MICRO, History, Signal
from risk.policy import DEFAULT_POLICY, VelocityLimits
from risk.signals.limits import beyond
from risk.signals.velocity import velocity_signal
from tests.risk.drawn import habit, payment

LIMITS = VelocityLimits(window_s=300, max_count=10, max_value=50_000 * MICRO)


def velocity(*payers, value: int = 100 * MICRO, **more) -> Signal:
    given = payment(value=value, history=History(payers=payers), **more)
    return velocity_signal(given.payment, payers, LIMITS, 0.1)


@pytest.mark.parametrize(("earlier", "value"), [(0, 0.0), (9, 0.0), (10, 1 - 10 / 22), (19, 0.75), (99, 0.95)])
def test_the_payment_itself_counts_towards_the_limit(earlier: int, value: float) -> None:
    found = velocity(habit(count=earlier))

    assert found.value == pytest.approx(value)
    assert [c.reason for c in found.contributions] == (["VELOCITY_COUNT"] if value else [])


@pytest.mark.parametrize(("earlier", "own", "value"), [(0, 50_000, 0.0), (49_900, 100, 0.0), (99_900, 100, 0.75)])
def test_value_within_the_window_counts_with_the_payments_own(earlier: int, own: int, value: float) -> None:
    found = velocity(habit(count=1, value=earlier * MICRO), value=own * MICRO)

    assert found.value == pytest.approx(value)
    assert [c.reason for c in found.contributions] == (["VELOCITY_VALUE"] if value else [])


def test_the_figures_are_told() -> None:
    found = velocity(habit(count=19, value=99_900 * MICRO))

    assert {c.detail for c in found.contributions} == {
        "acct:a sent 20 payments within 300 s; the policy allows 10",
        "acct:a sent 100000 within 300 s; the policy allows 50000",
    }


def test_what_was_not_read_to_its_end_is_told_as_a_lower_bound() -> None:
    found = velocity(habit(count=1000, is_cut=True))

    assert "sent at least 1001 payments" in found.contributions[0].detail


def test_the_worst_payer_decides() -> None:
    both = (habit("acct:a", count=10), habit("acct:c", count=19))
    found = velocity(*both, payers={"acct:a": 50 * MICRO, "acct:c": 50 * MICRO})

    assert found.value == pytest.approx(0.75)
    assert found.contributions[0].detail.startswith("acct:c ")


def test_change_counts_neither_as_a_payment_nor_as_value() -> None:
    alone = payment(value=60_000 * MICRO, payers={"acct:b": 60_000 * MICRO}, history=History())
    partly = payment(value=60_000 * MICRO, history=History())
    split = partly.payment.payees | {"acct:a": 20_000 * MICRO, "acct:b": 40_000 * MICRO}

    to_itself = velocity_signal(alone.payment, (habit("acct:b", count=50),), LIMITS, 0.1)

    assert (to_itself.value, to_itself.contributions) == (0.0, ())
    assert partly.payment.sent_by("acct:a") == 60_000 * MICRO
    changed = type(partly.payment)(**{**_fields(partly.payment), "payees": split})
    assert changed.sent_by("acct:a") == 40_000 * MICRO
    assert changed.sent_by("acct:b") is None, "it pays nothing"


def test_without_a_payer_there_is_no_velocity() -> None:
    found = velocity(payers={})

    assert (found.value, found.skipped) == (None, "the payment has no payer")


def test_what_is_beyond_a_limit_is_at_least_half_and_below_one() -> None:
    assert [beyond(m, 10) for m in (0, 10)] == [0.0, 0.0]
    assert 0.5 < beyond(10.0001, 10) < beyond(20, 10) == 0.75 < beyond(10**9, 10) < 1
    assert beyond(1, 0) == 1.0


def test_the_default_policy_has_the_limits_of_the_seed() -> None:
    assert DEFAULT_POLICY.velocity == LIMITS


def _fields(struct) -> dict:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}
