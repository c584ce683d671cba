"""Which parts of a score moved: by hand, for exposure, own category and models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graph.model import ModelSignal, ScorePart, WalletScore
from graph.taxonomy import load_taxonomy
from risk.score_parts import score_parts

CATEGORIES = load_taxonomy().categories


def scored(**fields: Any) -> WalletScore:
    nothing: dict[str, Any] = {"categories": {}, "residuals": {}}
    plain: dict[str, Any] = {
        "wallet": "acct:a",
        "run": "run_1",
        "score": 0.0,
        "hop_score": 0.0,
        "hop_counts": (0, 0, 0),
        "in_degree": 1,
        "out_degree": 1,
        "illicit_source_share": 0.0,
        "illicit_destination_share": 0.0,
        "category": None,
        "source": nothing,
        "destination": nothing,
        "watermark": 1,
        "scored_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return WalletScore(**plain | fields)


def side(**shares: float) -> dict[str, Any]:
    return {"categories": {name: [share, share, 1] for name, share in shares.items()}, "residuals": {}}


def champion(value: float | None, **fields: Any) -> tuple[ModelSignal, ...]:
    return (ModelSignal(**{"name": "classifier", "value": value, "weight": 0.5, "model": "classifier-v1"} | fields),)


def told(*parts: ScorePart) -> list[tuple[str, str, float | None, float | None, float]]:
    return [(one.kind, one.name, one.before, one.after, pytest.approx(one.weight)) for one in parts]


def test_what_has_not_moved_has_no_parts() -> None:
    same = scored(source=side(scam=0.5), category="theft", signals=champion(0.4))

    assert score_parts(same, same, CATEGORIES) == () == score_parts(None, None, CATEGORIES)


def test_shares_count_by_severity_and_a_service_counts_nothing() -> None:
    before, after = scored(source=side(scam=0.1, exchange=0.9)), scored(source=side(scam=0.3, exchange=0.7))
    severity = CATEGORIES["scam"].severity

    parts = score_parts(before, after, CATEGORIES)

    assert told(*parts) == [("source", "scam", 0.1, 0.3, 0.2 * severity), ("source", "exchange", 0.9, 0.7, 0)]


def test_the_own_category_and_models_are_parts_of_their_own() -> None:
    before = scored(signals=champion(0.2), destination=side(mixer=0.2))
    after = scored(signals=champion(0.8, model="classifier-v2"), category="theft", destination=side(mixer=0.2))
    severity = CATEGORIES["theft"].severity

    parts = score_parts(before, after, CATEGORIES)

    assert told(*parts) == [
        ("category", "theft", 0.0, 1.0, severity),
        ("model", "classifier", 0.2, 0.8, 0.3),
    ]


def test_a_shadow_counts_for_nothing_and_is_no_part() -> None:
    before, after = scored(signals=champion(0.2, state="shadow")), scored(signals=champion(0.9, state="shadow"))

    assert score_parts(before, after, CATEGORIES) == ()


def test_a_model_that_came_is_told_from_nothing_and_one_without_weight_too() -> None:
    [came] = score_parts(scored(), scored(signals=champion(0.6)), CATEGORIES)
    [unweighed] = score_parts(
        scored(signals=champion(0.1, weight=0.0)), scored(signals=champion(0.6, weight=0.0)), CATEGORIES
    )

    assert told(came, unweighed) == [
        ("model", "classifier", None, 0.6, 0.3),
        ("model", "classifier", 0.1, 0.6, 0.0),
    ]


def test_a_wallet_that_is_gone_is_one_that_came_backwards() -> None:
    there = scored(source=side(scam=0.4), category="scam", signals=champion(0.6))

    came, gone = score_parts(None, there, CATEGORIES), score_parts(there, None, CATEGORIES)

    assert len(came) == 3
    assert [(one.kind, one.name, one.weight) for one in gone] == [(one.kind, one.name, -one.weight) for one in came]
    assert [(one.before or 0, one.after or 0) for one in gone] == [(one.after or 0, one.before or 0) for one in came]
