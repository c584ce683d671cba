"""Fusing: weights, what is missing, what counts alone, and floors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.model import Signal
from risk.fusing import Ground, fuse
from risk.policy import CLASSIC_POLICY, DEFAULT_POLICY

PLAIN = replace(DEFAULT_POLICY, alone={})


def signal(name: str, weight: float, value: float | None) -> Signal:
    return Signal(name=name, value=value, weight=weight, skipped=None if value is not None else "no history")


def floor(score: float) -> Ground:
    return Ground(score=score, reason="R", signal="rules", category="x")


def test_a_missing_signal_gives_its_weight_to_the_rest_in_proportion_and_says_so() -> None:
    classic = [signal("rules", 0.35, 0.8), signal("velocity", 0.33, 0.2), signal("anomaly", 0.32, None)]

    fused = fuse(classic, PLAIN, ())

    assert fused.score == pytest.approx((0.35 * 0.8 + 0.33 * 0.2) / 0.68)
    assert [s.effective_weight for s in fused.signals] == pytest.approx([0.35 / 0.68, 0.33 / 0.68, 0.0])
    assert [s.weight for s in fused.signals] == [0.35, 0.33, 0.32], "the policy's own weights stay told"


def test_a_signal_that_says_zero_is_not_missing() -> None:
    known = [signal("rules", 0.5, 0.8), signal("velocity", 0.5, 0.0)]

    assert fuse(known, PLAIN, ()).score == pytest.approx(0.4)
    assert fuse([known[0], replace(known[1], value=None)], PLAIN, ()).score == pytest.approx(0.8)


def test_without_any_signal_the_score_is_zero() -> None:
    assert fuse([signal("rules", 0.35, None)], PLAIN, ()).score == 0.0


def test_what_counts_alone_is_not_diluted() -> None:
    known = [signal("exposure", 0.4, 0.8), signal("rules", 0.6, 0.0)]

    assert fuse(known, replace(PLAIN, alone={"exposure": 1.0}), ()).score == 0.8
    assert fuse(known, replace(PLAIN, alone={"exposure": 0.5}), ()).score == pytest.approx(0.4)
    assert fuse(known, PLAIN, ()).score == pytest.approx(0.32)


def test_a_floor_lifts_a_score_and_lowers_none() -> None:
    known = [signal("rules", 1.0, 0.5)]

    assert fuse(known, PLAIN, [floor(0.7), floor(0.6)]).score == 0.7
    assert fuse(known, PLAIN, [floor(0.2)]).score == 0.5


def test_a_model_that_replaces_the_rest_makes_the_score_alone_above_floors() -> None:
    seed = [signal("rules", 0.35, 1.0), signal("velocity", 0.33, 1.0), signal("isolation_forest", 0.0, 0.2)]
    policy = replace(CLASSIC_POLICY, alone={"rules": 1.0})

    fused = fuse(seed, policy, ())

    assert fused.score == pytest.approx(0.2)
    assert [s.effective_weight for s in fused.signals] == [0.0, 0.0, 1.0]
    assert fuse(seed, policy, [floor(0.7)]).score == 0.7
    missing = [*seed[:2], signal("isolation_forest", 0.0, None)]
    assert fuse(missing, policy, ()).score == 1.0


values = st.one_of(st.none(), st.floats(0, 1))


@given(st.lists(st.tuples(st.floats(0, 1), values), min_size=1, max_size=6), st.lists(st.floats(0, 1), max_size=3))
def test_the_score_is_a_number_between_0_and_1_whatever_is_missing(
    given_: list[tuple[float, float | None]], floors: list[float]
) -> None:
    signals = [signal(f"s{n}", weight, value) for n, (weight, value) in enumerate(given_)]

    fused = fuse(signals, PLAIN, [floor(score) for score in floors])

    assert 0.0 <= fused.score <= 1.0 and fused.score >= max(floors, default=0.0)
    weights = [s.effective_weight or 0.0 for s in fused.signals]
    assert sum(weights) == pytest.approx(1.0) or sum(weights) == 0.0
    assert all(w == 0.0 for w, s in zip(weights, fused.signals, strict=True) if s.value is None)
