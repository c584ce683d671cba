"""An amount is out of habit where it is far from what its payer usually sends, and never where there is no habit."""

from __future__ import annotations

import pytest

from graph.model import MICRO, History, Signal
from risk.policy import AnomalyLimits
from risk.signals.anomaly import LEAST_DEVIATION, anomaly_signal
from tests.risk.drawn import habit, payment

LIMITS = AnomalyLimits(z_score=3.0, least_count=5)


def usual(mean: float, deviation: float, *, sampled: int = 20, wallet: str = "acct:a"):
    return habit(wallet, sampled=sampled, mean=mean * MICRO, deviation=deviation * MICRO)


def anomaly(*payers, value: float, **more) -> Signal:
    given = payment(value=round(value * MICRO), history=History(payers=payers), **more)
    return anomaly_signal(given.payment, payers, LIMITS, 0.1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(100, 0.0), (160, 0.0), (40, 0.0), (160.1, 1 - 3 / (2 * 3.005)), (220, 0.75), (39, 1 - 3 / (2 * 3.05))],
)
def test_three_deviations_are_the_limit_on_either_side(value: float, expected: float) -> None:
    assert anomaly(usual(100, 20), value=value).value == pytest.approx(expected)


def test_high_and_low_have_a_reason_each_and_tell_their_figures() -> None:
    [high] = anomaly(usual(100, 20), value=220).contributions
    [low] = anomaly(usual(100, 20), value=1).contributions

    assert (high.reason, low.reason) == ("AMOUNT_ANOMALY_HIGH", "AMOUNT_ANOMALY_LOW")
    assert high.detail == (
        "acct:a sent 220, 6.0 deviations above the mean of 100 over its last 20 payments; the policy allows 3"
    )


def test_a_constant_habit_has_a_tenth_of_its_mean_for_a_deviation() -> None:
    constant = usual(100, 0)

    assert LEAST_DEVIATION == 0.1
    assert anomaly(constant, value=130).value == 0.0
    assert (anomaly(constant, value=130.1).value or 0) > 0.5


def test_a_habit_of_nothing_divides_by_no_zero() -> None:
    assert (anomaly(usual(0, 0), value=1).value or 0) > 0.9


@pytest.mark.parametrize("sampled", [0, 4])
def test_too_few_payments_are_no_habit_and_the_signal_says_so(sampled: int) -> None:
    found = anomaly(usual(100, 1, sampled=sampled), value=10**6)

    assert (found.value, found.contributions) == (None, ())
    assert found.skipped == f"no payer has a habit yet: 5 earlier payments make one, there are {sampled}"


def test_five_payments_are_a_habit() -> None:
    assert (anomaly(usual(100, 1, sampled=5), value=1000).value or 0) > 0.9


def test_the_payer_furthest_out_of_its_habit_decides() -> None:
    half = {"acct:a": 50 * MICRO, "acct:c": 50 * MICRO}
    found = anomaly(usual(50, 5), usual(10, 5, wallet="acct:c"), value=100, payers=half)

    assert found.contributions[0].detail.startswith("acct:c ") and len(found.contributions) == 1


def test_without_a_payer_there_is_no_habit() -> None:
    assert anomaly(value=1, payers={}).skipped == "the payment has no payer"
