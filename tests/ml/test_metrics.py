"""Measures, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.errors import TooFewLabels
from ml.metrics import average_precision, base_rate, best_f1, brier, held_out_metrics, roc_auc

ILLICIT = np.array([True, False, True, False])
SCORES = np.array([0.9, 0.8, 0.7, 0.1])


def test_measures_are_those_counted_by_hand() -> None:
    # Precision at the two illicit wallets is 1 of 1 and 2 of 3; of four pairs one is the wrong way round.
    assert average_precision(ILLICIT, SCORES) == pytest.approx((1 + 2 / 3) / 2)
    assert roc_auc(ILLICIT, SCORES) == pytest.approx(3 / 4)
    assert best_f1(ILLICIT, SCORES) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))
    assert base_rate(ILLICIT) == 0.5
    assert brier(ILLICIT, SCORES) == pytest.approx((0.1**2 + 0.8**2 + 0.3**2 + 0.1**2) / 4)


def test_equal_scores_are_worth_the_base_rate() -> None:
    illicit = np.arange(100) < 20
    same = np.full(100, 0.5)

    assert average_precision(illicit, same) == pytest.approx(0.2)
    assert roc_auc(illicit, same) == pytest.approx(0.5)


def test_the_reverse_order_is_the_worst() -> None:
    assert roc_auc(ILLICIT, np.where(ILLICIT, 0.0, 1.0)) == 0
    assert roc_auc(ILLICIT, np.where(ILLICIT, 1.0, 0.0)) == 1


def test_one_class_cannot_be_measured() -> None:
    for illicit in (np.ones(4, bool), np.zeros(4, bool), np.zeros(0, bool)):
        with pytest.raises(TooFewLabels):
            held_out_metrics(illicit, SCORES[: len(illicit)])
    assert set(held_out_metrics(ILLICIT, SCORES)) == {"average_precision", "base_rate", "roc_auc", "best_f1", "brier"}
