"""PSI: nothing to see between samples of the same, an alarm where a population moved; counted by hand once."""

from __future__ import annotations

import json
from math import log

import numpy as np
import pytest

from ml.drift import LEAST_SHARE, SCORE, psi, reference_of
from ml.errors import BrokenModel, FeatureMismatch, NoData
from ml.movements import FeatureTable, Floats

WATCH, ALARM = 0.1, 0.25
NAMES = ("amount", "mostly_zero", "constant", "count")


def drawn(seed: int, wallets: int = 5_000) -> tuple[FeatureTable, Floats]:
    random = np.random.default_rng(seed)
    columns = [
        random.lognormal(size=wallets),
        np.where(random.random(wallets) < 0.8, 0.0, random.random(wallets)),
        np.full(wallets, 3.0),
        random.poisson(1.0, wallets).astype(float),
    ]
    return FeatureTable(NAMES, np.column_stack(columns)), random.random(wallets) ** 3


def moved(column: str, by: float) -> tuple[FeatureTable, Floats]:
    table, scores = drawn(2)
    values = table.values.copy()
    values[:, NAMES.index(column)] += by
    return FeatureTable(NAMES, values), scores


def test_the_same_data_has_no_drift_at_all() -> None:
    reference = reference_of(*drawn(1))

    assert psi(reference, *drawn(1)) == dict.fromkeys((*NAMES, SCORE), 0.0)


def test_another_sample_of_the_same_is_below_the_watch() -> None:
    found = psi(reference_of(*drawn(1)), *drawn(2))

    assert max(found.values()) < WATCH / 5


@pytest.mark.parametrize(
    ("column", "by"), [("amount", 1.0), ("mostly_zero", -1.0), ("constant", 1e-9), ("count", -1.0)]
)
def test_what_moved_raises_an_alarm_and_nothing_else_does(column: str, by: float) -> None:
    found = psi(reference_of(*drawn(1)), *moved(column, by))

    assert found.pop(column) > ALARM
    assert max(found.values()) < WATCH


def test_a_constant_that_sinks_is_seen_as_one_that_rises() -> None:
    assert psi(reference_of(*drawn(1)), *moved("constant", -1e-9))["constant"] > ALARM


def test_scores_that_rise_raise_an_alarm() -> None:
    table, scores = drawn(2)

    found = psi(reference_of(*drawn(1)), table, np.minimum(scores + 0.3, 1.0))

    assert found[SCORE] > ALARM
    assert max(found[name] for name in NAMES) < WATCH


def test_the_index_is_the_one_counted_by_hand() -> None:
    then = FeatureTable(("yes",), np.array([[0.0], [0.0], [0.0], [1.0]]))
    now = FeatureTable(("yes",), np.array([[0.0], [1.0], [1.0], [1.0]]))
    scores = np.zeros(4)

    found = psi(reference_of(then, scores), now, scores)

    assert found["yes"] == pytest.approx((0.25 - 0.75) * log(0.25 / 0.75) + (0.75 - 0.25) * log(0.75 / 0.25))
    assert found[SCORE] == 0


def test_one_stray_wallet_in_an_empty_bin_makes_no_alarm() -> None:
    table, scores = drawn(1)
    values = table.values.copy()
    values[0, NAMES.index("constant")] = 99.0

    found = psi(reference_of(table, scores), FeatureTable(NAMES, values), scores)

    assert 0 < found["constant"] < WATCH
    assert 1 / len(scores) > LEAST_SHARE


def test_a_reference_is_plain_json() -> None:
    reference = reference_of(*drawn(1))

    assert json.loads(json.dumps(reference)) == reference
    assert all(sum(one["shares"]) == pytest.approx(1) for one in reference["features"].values())


def test_what_cannot_be_compared_is_refused() -> None:
    table, scores = drawn(1)
    reference = reference_of(table, scores)
    with pytest.raises(FeatureMismatch, match="amount"):
        psi(reference, FeatureTable(NAMES[1:], table.values[:, 1:]), scores)
    with pytest.raises(NoData):
        psi(reference, FeatureTable(NAMES, table.values[:0]), scores[:0])
    with pytest.raises(NoData):
        reference_of(FeatureTable(NAMES, table.values[:0]), scores[:0])
    for broken in ({}, {**reference, "more": 1}, {**reference, "score": {"edges": "x", "shares": []}}):
        with pytest.raises(BrokenModel):
            psi(broken, table, scores)
