"""Gradient boosting by scikit-learn as arrays: one mean of leaf values for any number of boosted models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.movements import Floats
from ml.threads import limited_threads
from ml.tree_arrays import LEAF, TreeArrays
from ml.tree_walks import mean_values

PARAMETERS: dict[str, Any] = {
    "max_iter": 200,
    "learning_rate": 0.06,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 10,
    "l2_regularization": 1.0,
    "max_features": 0.2,
    "early_stopping": False,
}


def fit_boosting(rows: Floats, illicit: NDArray[np.bool_], seed: int) -> HistGradientBoostingClassifier:
    """One boosted model; rows are of single precision, so that arrays compare as scikit-learn does.

    On one thread: those of OpenMP wait for each other by spinning, so where others use the cores, too, two took ten
    times as long as one.
    """
    with limited_threads(1):
        return HistGradientBoostingClassifier(**PARAMETERS, random_state=seed).fit(rows, illicit)


def log_odds(model: HistGradientBoostingClassifier, rows: Floats) -> Floats:
    """What one boosted model says of rows."""
    trees, offset = boosting_arrays([model], 1.0)
    return mean_values(trees, rows) + offset


def boosting_arrays(models: Sequence[HistGradientBoostingClassifier], slope: float) -> tuple[TreeArrays, float]:
    """All trees of some models, and an offset: their mean leaf value and it are `slope` times the mean log-odds.

    Sums of trees become a mean over all trees, so leaves say as many times more.
    """
    trees = [tree.nodes for model in models for (tree,) in model._predictors]
    counts = [len(tree) for tree in trees]
    roots = np.cumsum([0, *counts[:-1]])
    nodes, offsets = np.concatenate(trees), np.repeat(roots, counts)
    is_leaf = nodes["is_leaf"].astype(bool)
    offset = slope * float(np.mean([model._baseline_prediction for model in models]))
    arrays = TreeArrays(
        features=nodes["feature_idx"].astype(np.int32),
        thresholds=nodes["num_threshold"].astype(np.float64),
        left=np.where(is_leaf, LEAF, nodes["left"] + offsets).astype(np.int32),
        right=np.where(is_leaf, LEAF, nodes["right"] + offsets).astype(np.int32),
        covers=nodes["count"].astype(np.float64),
        values=np.where(is_leaf, nodes["value"], 0.0) * (slope * len(trees) / len(models)),
        roots=roots.astype(np.int32),
    )
    return arrays, offset
