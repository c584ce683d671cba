"""From raw outputs to numbers that can be read: rarity, and probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.calibration import rarity, sigmoid, sigmoid_of
from ml.metrics import brier

RAW = st.lists(st.floats(-20, -1, width=32), min_size=1, max_size=200)


@given(RAW, st.lists(st.floats(-30, 0), min_size=2, max_size=20))
def test_novelty_is_in_bounds_and_never_falls_as_the_raw_output_rises(trained: list[float], asked: list[float]) -> None:
    found = rarity(np.array(trained), highest=-0.5)(np.sort(asked))

    assert found.min() >= 0 and found.max() <= 1
    assert (np.diff(found) >= 0).all()


def test_novelty_says_how_rare_it_is() -> None:
    raw = np.random.default_rng(1).normal(-10, 1, 100_000)
    learned = rarity(raw, highest=0.0)

    for share, novelty in ((0.1, 0.25), (0.01, 0.5), (0.001, 0.75)):
        assert learned(np.quantile(raw, [1 - share]))[0] == pytest.approx(novelty, abs=0.01)
    assert learned(np.array([raw.min() - 1]))[0] == 0
    assert learned(np.array([0.0]))[0] == 1


def test_a_hundred_wallets_cannot_say_one_in_a_thousand() -> None:
    raw = np.random.default_rng(1).normal(-10, 1, 100)

    assert rarity(raw, highest=0.0)(np.array([raw.max()]))[0] == pytest.approx(0.5)


def test_equal_wallets_are_as_rare_as_all_of_them() -> None:
    raw = np.array([-10.0] * 90 + [-5.0] * 10)

    assert rarity(raw, highest=0.0)(np.array([-10.0, -5.0])) == pytest.approx([0.0, 0.25], abs=0.01)


def test_overconfident_log_odds_become_probabilities_that_hold() -> None:
    random = np.random.default_rng(4)
    honest = random.normal(-2, 2, 20_000)
    illicit = random.random(20_000) < sigmoid(honest)

    slope, offset = sigmoid_of(illicit, honest * 3 + 1)

    assert slope == pytest.approx(1 / 3, abs=0.02)
    found = sigmoid(slope * (honest * 3 + 1) + offset)
    assert brier(illicit, found) < brier(illicit, sigmoid(honest * 3 + 1)) - 0.01
    for low, high in ((0.1, 0.3), (0.4, 0.6), (0.7, 0.9)):
        within = (found > low) & (found < high)
        assert illicit[within].mean() == pytest.approx(found[within].mean(), abs=0.05)


def test_calibration_never_turns_the_order_round() -> None:
    log_odds = np.linspace(-3, 3, 100)

    slope, _ = sigmoid_of(log_odds < 0, log_odds)

    assert slope == pytest.approx(0.01)


def test_probabilities_of_huge_log_odds_do_not_overflow() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]
