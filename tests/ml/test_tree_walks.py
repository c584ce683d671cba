"""Walking compiled comes to the same leaves, and the same bits, as walking in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from ml.movements import Floats
from ml.tree_arrays import isolation_arrays
from ml.tree_walks import CHUNK, mean_values


def drawn(wallets: int) -> Floats:
    values = np.random.default_rng(wallets).lognormal(size=(wallets, 7))
    values[:, 3] = 1.0
    return values


@pytest.mark.parametrize("wallets", [1, 2, 60, CHUNK, CHUNK + 1])
def test_compiled_walks_give_the_same_bits(wallets: int) -> None:
    forest = IsolationForest(n_estimators=30, random_state=1).fit(drawn(500))
    trees, rows = isolation_arrays([one.tree_ for one in forest.estimators_]), drawn(wallets)

    assert (mean_values(trees, rows) == trees.mean_values(rows)).all()
    # Negative control: another row comes to other leaves.
    assert not np.array_equal(mean_values(trees, rows), mean_values(trees, rows * 2 + 1))


def test_a_value_that_is_a_threshold_goes_left_in_single_precision() -> None:
    forest = IsolationForest(n_estimators=5, random_state=1).fit(drawn(200))
    trees = isolation_arrays([one.tree_ for one in forest.estimators_])
    rows = drawn(40)
    for row, root in enumerate(trees.roots):
        rows[row, trees.features[root]] = trees.thresholds[root]
    scores = forest.score_samples(rows.astype(np.float32))

    assert np.argsort(mean_values(trees, rows)).tolist() == np.argsort(scores).tolist()


def test_trees_without_a_split_and_nobody_to_walk() -> None:
    forest = IsolationForest(n_estimators=3, random_state=1).fit(np.ones((20, 7)))
    trees = isolation_arrays([one.tree_ for one in forest.estimators_])

    assert len(np.unique(mean_values(trees, drawn(10)))) == 1
    assert len(mean_values(trees, drawn(10)[:0])) == 0
