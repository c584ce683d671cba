"""Thresholds are reached, not passed; floors hold where they say and nowhere else."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from graph.model import MICRO
from risk.policy import DEFAULT_POLICY, Floor
from tests.risk.drawn import TAXONOMY, decided, exposure, part, payment

SEVERE = ("sanctions", "terrorism_financing", "child_abuse")
OTHERS = sorted(TAXONOMY.illicit - set(SEVERE))


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (0.0, "none"),
        (math.nextafter(0.4, 0), "none"),
        (0.4, "low"),
        (math.nextafter(0.7, 0), "low"),
        (0.7, "high"),
        (math.nextafter(0.9, 0), "high"),
        (0.9, "critical"),
        (1.0, "critical"),
    ],
)
def test_a_threshold_is_reached_not_passed(score: float, severity: str) -> None:
    assert DEFAULT_POLICY.severity(score) == severity


def test_the_order_in_which_thresholds_are_written_does_not_matter() -> None:
    backwards = replace(DEFAULT_POLICY, thresholds=dict(reversed(DEFAULT_POLICY.thresholds.items())))

    assert [backwards.severity(s) for s in (0.3, 0.5, 0.8, 1.0)] == ["none", "low", "high", "critical"]


@pytest.mark.parametrize("category", SEVERE)
@pytest.mark.parametrize("direction", ["source", "destination"])
def test_direct_severe_exposure_of_any_share_is_critical(category: str, direction) -> None:
    decision = decided(payment(exposure(part(category, 1e-9), direction=direction)))

    assert (decision.severity, decision.risk_category) == ("critical", category)
    assert decision.risk_score == pytest.approx(0.9)


@pytest.mark.parametrize("category", OTHERS)
@pytest.mark.parametrize("direction", ["source", "destination"])
def test_direct_exposure_to_any_other_illicit_category_is_high(category: str, direction) -> None:
    decision = decided(payment(exposure(part(category, 0.001), direction=direction)))

    assert (decision.severity, decision.risk_category) == ("high", category)
    assert decision.risk_score == pytest.approx(0.7)


@pytest.mark.parametrize("category", [*SEVERE, *OTHERS])
def test_indirect_exposure_alone_meets_no_floor(category: str) -> None:
    decision = decided(payment(exposure(part(category, 0.2, direct=0.0, hops=2))))

    assert decision.risk_score == pytest.approx(0.2 * TAXONOMY.get(category).severity)
    assert (decision.severity, decision.risk_category) == ("none", category)


@pytest.mark.parametrize("category", sorted(TAXONOMY.services))
def test_services_raise_nothing(category: str) -> None:
    decision = decided(payment(exposure(part(category, 1.0))))

    assert (decision.risk_score, decision.severity, decision.reason_codes) == (0.0, "none", ())
    assert (decision.risk_category, decision.alert) == (None, None)


def test_the_worst_floor_names_the_category_even_where_another_share_is_larger() -> None:
    decision = decided(payment(exposure(part("scam", 0.6), part("sanctions", 0.01))))

    assert (decision.risk_score, decision.risk_category) == (pytest.approx(0.9), "sanctions")


@pytest.mark.parametrize(
    ("share", "total", "score"),
    [(0.2, 1, 0.8), (0.1, 1, 0.0), (0.1, 100, 0.8), (0.05, 100, 0.0)],
    ids=["share above", "share at the bound", "value at the bound", "neither"],
)
def test_a_floor_wants_a_share_above_or_a_value_at_least(share: float, total: int, score: float) -> None:
    bounds = Floor(
        name="indirect_scam", categories=("scam",), direct=False, score=0.8, min_share=0.1, min_value=10 * MICRO
    )
    policy = replace(DEFAULT_POLICY, floors=(bounds,), weights={"exposure": 0.0}, alone={})
    given = payment(exposure(part("scam", share, direct=0.0, hops=2), total=total * MICRO))

    assert decided(given, policy).risk_score == score


def test_a_floor_for_the_rest_leaves_named_categories_to_their_own() -> None:
    lenient = replace(DEFAULT_POLICY, floors=(replace(DEFAULT_POLICY.floors[0], score=0.5), DEFAULT_POLICY.floors[1]))

    assert decided(payment(exposure(part("sanctions", 0.01))), lenient).risk_score == pytest.approx(0.5)


def test_a_score_above_its_floor_keeps_its_own_height() -> None:
    decision = decided(payment(exposure(part("theft", 1.0))))

    assert decision.risk_score == pytest.approx(TAXONOMY.get("theft").severity) and decision.risk_score > 0.7
