"""IsolationForest: how few splits it takes to tell a wallet from the others by its own movements.

A signal of novelty, no probability of crime: on the Ethereum phishing set it ranks phishing below normal wallets.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from graph.model import ModelKind
from ml.calibration import Rarity, rarity
from ml.errors import BrokenModel
from ml.features.catalog import DIGEST, OWN_NAMES
from ml.learned_features import learned_columns, need_movements
from ml.model import Fitted, Say
from ml.movements import Floats, Integers, ModelInputs
from ml.tree_arrays import TreeArrays, isolation_arrays
from ml.tree_files import IsolationHead, read_trees, write_trees
from ml.tree_shap import LeafPaths, base_value, leaf_paths, shapley_values

KIND: ModelKind = "isolation_forest"
TREES = 200
# Of Liu et al. (2008): so many wallets suffice to see what is odd, and more would hide it.
SAMPLES = 256
# From so many rows on, walking compiled pays for compiling.
MANY = 64


class Isolation:
    """A fitted forest. Its raw output is the mean path length, in splits, negated: higher is more novel.

    Nothing of it needs scikit-learn, nor a compiler for a few wallets: a payment is looked at in milliseconds.
    """

    kind = KIND

    def __init__(self, features: tuple[str, ...], feature_digest: str, trees: TreeArrays, calibration: Rarity) -> None:
        self.features, self.feature_digest = features, feature_digest
        self.trees, self.calibration = trees, calibration

    def scores(self, inputs: ModelInputs) -> Floats:
        """How novel each wallet is: 0.25 as one in ten of the training's, 0.5 one in a hundred, 1 one in 10,000."""
        return self.calibration(self.raw(self.rows(inputs)))

    def contributions(self, inputs: ModelInputs, places: Integers) -> tuple[Floats, float]:
        """How much each feature shortened the mean path, in splits: exact Shapley values, as shap's TreeExplainer has.

        A row's sum and the base are the raw output, minus the mean path length.
        """
        rows = self.rows(inputs)[places]
        found = np.array([-shapley_values(self.paths, row) for row in rows]).reshape(len(rows), len(self.features))
        return found, -base_value(self.paths)

    def rows(self, inputs: ModelInputs) -> Floats:
        """The columns that were learned; raises FeatureMismatch for others."""
        return learned_columns(inputs, self.features, self.feature_digest)

    def raw(self, rows: Floats) -> Floats:
        """Minus the mean path length of each row, the same to the bit for one row as for many."""
        if len(rows) < MANY:
            return -self.trees.mean_values(rows)
        from ml.tree_walks import mean_values

        return -mean_values(self.trees, rows)

    def files(self) -> dict[str, bytes]:
        """The model as JSON and arrays."""
        head = IsolationHead(
            kind=KIND, features=self.features, feature_digest=self.feature_digest, rarity=self.calibration
        )
        return write_trees(head, self.trees)

    @cached_property
    def paths(self) -> LeafPaths:
        """The way to every leaf."""
        return leaf_paths(self.trees)


def fit_isolation(inputs: ModelInputs, *, seed: int, threads: int, say: Say) -> Fitted:
    """Learn what is usual here; raises NoData, FeatureMismatch, or ModelError for what is not a number."""
    # Here alone, so that who only looks at payments does not load it.
    from sklearn.ensemble import IsolationForest

    from ml.shap_proof import prove_reasons
    from ml.threads import limited_threads

    need_movements(inputs)
    rows = learned_columns(inputs, OWN_NAMES, DIGEST)
    parameters: dict[str, Any] = {"n_estimators": TREES, "max_samples": min(SAMPLES, len(rows)), "max_features": 1.0}
    say("growing trees", 0, 2)
    with limited_threads(threads):
        forest = IsolationForest(**parameters, random_state=seed).fit(rows)
    trees = isolation_arrays([one.tree_ for one in forest.estimators_])
    say("calibrating", 1, 2)
    model = Isolation(OWN_NAMES, DIGEST, trees, Rarity([0.0], [0.0]))
    raw = model.raw(rows)
    model = Isolation(OWN_NAMES, DIGEST, trees, rarity(raw, highest=_highest(trees)))
    metrics = {
        "wallets": float(len(rows)),
        "mean_path_length": float(-raw.mean()),
        "shap_difference": prove_reasons(trees, model.paths, rows),
    }
    say("fitted", 2, 2)
    return Fitted(model, metrics, parameters)


def load_isolation(files: Mapping[str, bytes]) -> Isolation:
    """Read the files of a forest; raises BrokenModel for anything else."""
    head, trees = read_trees(files, IsolationHead, KIND)
    known = head.rarity
    if not known.is_whole:
        raise BrokenModel("model.json has no calibration that ascends from 0 to 1")
    return Isolation(head.features, head.feature_digest, trees, known)


def _highest(trees: TreeArrays) -> float:
    """The raw output of a row that comes to the nearest leaf of every tree: none is higher."""
    is_leaf = trees.left < 0
    return float(-np.minimum.reduceat(np.where(is_leaf, trees.values, np.inf), trees.roots).mean())
