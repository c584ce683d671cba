"""Proof, at each training, that the reasons a model will give are those of shap's TreeExplainer."""

from __future__ import annotations

import numpy as np

from ml.errors import ModelError
from ml.movements import Floats
from ml.tree_arrays import LEAF, TreeArrays
from ml.tree_shap import LeafPaths, shapley_values

PROVED = 20
TOLERANCE = 1e-9


def prove_reasons(trees: TreeArrays, paths: LeafPaths, rows: Floats) -> float:
    """Return how far reasons are from the library's, at most, over some rows; raises ModelError beyond 1e-9.

    Both are in the unit of the leaves. Who only scores or explains needs no shap; who trains does.
    """
    if trees.depth == 0:
        return 0.0  # nothing is split, of which the library makes nothing
    some = rows[:: max(1, len(rows) // PROVED)][:PROVED]
    found = np.array([shapley_values(paths, row) for row in some])
    difference = float(np.abs(found - _by_library(trees, some)).max())
    if difference > TOLERANCE * max(1.0, float(np.abs(found).max())):
        raise ModelError(f"reasons differ from those of shap's TreeExplainer by {difference:g}")
    return difference


def _by_library(trees: TreeArrays, rows: Floats) -> Floats:
    # Seconds to import, and only trainings need it.
    import shap

    ends = [*trees.roots[1:], len(trees.features)]
    given = [_tree(trees, slice(first, last)) for first, last in zip(trees.roots, ends, strict=True)]
    model = {"trees": given, "input_dtype": np.float32, "internal_dtype": np.float64}
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    found: Floats = explainer.shap_values(rows, check_additivity=False) / len(given)
    return found


def _tree(trees: TreeArrays, nodes: slice) -> dict[str, object]:
    left, right = (np.where(side == LEAF, LEAF, side - nodes.start) for side in (trees.left[nodes], trees.right[nodes]))
    return {
        "children_left": left.astype(np.int32),
        "children_right": right.astype(np.int32),
        "children_default": right.astype(np.int32),
        "features": trees.features[nodes],
        "thresholds": trees.thresholds[nodes],
        "values": trees.values[nodes].reshape(-1, 1),
        "node_sample_weight": trees.covers[nodes],
    }
