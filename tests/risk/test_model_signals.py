"""What models say raises a wallet's score and never lowers it; where they say nothing it stays, to the bit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.model import ModelSignal, ScoreChange, WalletScore
from risk.causes import tell
from risk.model_signals import joined, judging, model_share, raised, rarity_shift, shifted, weight_of
from risk.policy import DEFAULT_POLICY, MODELLED_POLICY
from risk.retro import retro_alert

unit = st.floats(0, 1)
parts = st.lists(st.tuples(unit, unit), max_size=4)
SCORE = WalletScore(
    wallet="acct:a",
    run="run_1",
    score=0.25,
    hop_score=0.5,
    hop_counts=(0, 1, 0),
    in_degree=1,
    out_degree=0,
    illicit_source_share=0.25,
    illicit_destination_share=0.0,
    category=None,
    source={"total_value": 10, "categories": {}},
    destination={"total_value": 0, "categories": {}},
    watermark=9,
    scored_at=datetime(2020, 1, 1, tzinfo=UTC),
)


def said(name: str, value: float | None, **more: Any) -> ModelSignal:
    return ModelSignal(name=name, value=value, weight=0.0, model=f"{name}-v1", watermark=7, **more)


@given(unit, parts)
def test_a_score_stays_in_bounds_and_is_never_lowered(score: float, models: list[tuple[float, float]]) -> None:
    result = float(raised(score, model_share(models)))

    assert score <= result <= 1


@given(unit, parts, unit, unit, unit)
def test_more_of_anything_is_no_less_risk(
    score: float, models: list[tuple[float, float]], weight: float, low: float, high: float
) -> None:
    """In the exposure, in what a model says, and in a further model."""
    low, high = sorted((low, high))
    before = float(raised(score, model_share(models)))

    assert float(raised(score, model_share([*models, (weight, low)]))) >= before - 1e-12
    assert float(raised(score, model_share([*models, (weight, high)]))) >= float(
        raised(score, model_share([*models, (weight, low)])) - 1e-12
    )
    assert float(raised(max(score, high), model_share(models))) >= before - 1e-12


@given(st.lists(unit, min_size=1, max_size=30))
def test_nothing_said_changes_no_bit(scores: list[float]) -> None:
    column = np.asarray(scores)

    assert raised(column, np.zeros(len(scores))).tobytes() == np.clip(column, 0.0, 1.0).tobytes()
    assert [float(raised(one, model_share([]))) for one in scores] == scores
    assert [float(raised(one, model_share([(0.0, 1.0)]))) for one in scores] == scores


@given(st.lists(st.tuples(unit, unit, unit), min_size=1, max_size=20))
def test_arrays_give_what_floats_give(rows: list[tuple[float, float, float]]) -> None:
    score, one, other = (np.asarray(column) for column in zip(*rows, strict=True))

    together = raised(score, model_share([(0.45, one), (0.05, other)]))

    assert together.tolist() == [float(raised(s, model_share([(0.45, a), (0.05, b)]))) for s, a, b in rows]


def test_what_is_carried_along_counts_at_the_weights_of_the_policy() -> None:
    signals = (said("classifier", 0.8), said("gnn", 0.5, state="shadow"), said("isolation_forest", None, skipped="x"))

    counted, shown = (joined(SCORE, signals, policy) for policy in (MODELLED_POLICY, DEFAULT_POLICY))

    assert counted.score == pytest.approx(1 - 0.75 * (1 - 0.45 * 0.8))
    assert [one.weight for one in counted.signals] == [0.45, 0.0, 0.05]
    assert shown.score == SCORE.score and [one.value for one in shown.signals] == [0.8, 0.5, None]
    assert joined(SCORE, (), MODELLED_POLICY) is SCORE
    assert weight_of("gnn", "champion", DEFAULT_POLICY) == 0.0


def test_a_novelty_is_no_judgement_where_there_is_another() -> None:
    assert judging(["isolation_forest", "gnn"]) == ["gnn"]
    assert judging(["isolation_forest"]) == ["isolation_forest"]
    assert judging([]) == []


def test_a_wallet_that_models_judge_otherwise_is_told_so() -> None:
    before = joined(SCORE, (said("classifier", 0.1),), MODELLED_POLICY)
    after = joined(SCORE, (said("classifier", 1.0),), MODELLED_POLICY)
    words = tell(before, after, (), {})

    assert words.startswith("models judge the wallet otherwise: its score went from 0.2838 to 0.5875")
    change = ScoreChange(
        wallet="acct:a", run="run_1", job="job_1", before=before, after=after, causes=(), words=words, watermark=9
    )
    assert retro_alert(change, "high", {}, SCORE.scored_at).reason_codes == ("RETRO_MODELS",)
    unsaid = replace(change, before=SCORE, after=replace(SCORE, score=0.8))
    assert retro_alert(unsaid, "high", {}, SCORE.scored_at).reason_codes == ("RETRO_EXPOSURE_NONE",)


def test_a_probability_learned_where_illicit_wallets_are_frequent_is_less_where_they_are_rare() -> None:
    # Half of the labels are illicit, one wallet in fifty is: even odds become one in fifty.
    shift = rarity_shift({"illicit": 30, "licit": 30}, 0.02)

    assert shifted(0.5, shift) == pytest.approx(0.02)
    assert shifted(0.98, shift) == pytest.approx(0.5)
    assert shifted(np.array([0.0, 1.0]), shift).tolist() == [0.0, 1.0]


@given(low=unit, high=unit, share=st.floats(0.001, 0.999))
def test_rarity_changes_no_order(low: float, high: float, share: float) -> None:
    shift = rarity_shift({"illicit": 900, "licit": 100}, share)

    assert (shifted(low, shift) <= shifted(high, shift)) == (low <= high) or low == pytest.approx(high)


def test_where_labels_are_as_frequent_or_there_are_none_nothing_changes() -> None:
    assert rarity_shift({"illicit": 1, "licit": 3}, 0.25) == pytest.approx(0.0)
    assert rarity_shift({}, 0.02) == 0.0
    assert shifted(0.3, 0.0) == 0.3
