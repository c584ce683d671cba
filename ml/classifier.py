"""The light model of the cascade: gradient boosting over all features, of what wallets were found to be.

Each of five boosted models leaves out a fifth of the labels. What they say of the wallets that they did not see
calibrates their mean, so every label is learned from, and none judges itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from graph.model import ModelKind
from ml.boosting import PARAMETERS, boosting_arrays, fit_boosting, log_odds
from ml.calibration import sigmoid, sigmoid_of
from ml.errors import TooFewLabels
from ml.features.catalog import DIGEST
from ml.forest_baseline import forest_scores
from ml.learned_features import learned_columns, need_movements
from ml.metrics import average_precision, held_out_metrics
from ml.model import Fitted, Say
from ml.movements import Floats, Integers, Labels, ModelInputs
from ml.shap_proof import prove_reasons
from ml.splits import folds_of, split_labels, without_knowing
from ml.tree_arrays import TreeArrays
from ml.tree_files import ClassifierHead, read_trees, write_trees
from ml.tree_shap import LeafPaths, base_value, leaf_paths, shapley_values
from ml.tree_walks import mean_values

KIND: ModelKind = "classifier"
LEAST_LABELS = 20
FOLDS = 5
# Of the labels, in order of time: those learned from when the held-out ones are measured.
SHARE = 0.7


class Classifier:
    """Boosted trees. The raw output is the calibrated log-odds that a wallet is illicit; the score its probability."""

    kind = KIND

    def __init__(self, features: tuple[str, ...], feature_digest: str, trees: TreeArrays, offset: float) -> None:
        self.features, self.feature_digest = features, feature_digest
        self.trees, self.offset = trees, offset

    def scores(self, inputs: ModelInputs) -> Floats:
        """How likely each wallet is illicit, where illicit wallets are as frequent as among the labels."""
        return sigmoid(self.raw(self.rows(inputs)))

    def contributions(self, inputs: ModelInputs, places: Integers) -> tuple[Floats, float]:
        """What each feature adds to the log-odds: exact Shapley values, as shap's TreeExplainer has."""
        rows = self.rows(inputs)[places]
        found = np.array([shapley_values(self.paths, row) for row in rows]).reshape(len(rows), len(self.features))
        return found, base_value(self.paths) + self.offset

    def rows(self, inputs: ModelInputs) -> Floats:
        """The columns that were learned; raises FeatureMismatch for others."""
        return learned_columns(inputs, self.features, self.feature_digest)

    def raw(self, rows: Floats) -> Floats:
        """The log-odds of each row."""
        return self.offset + mean_values(self.trees, rows)

    def files(self) -> dict[str, bytes]:
        """The model as JSON and arrays."""
        head = ClassifierHead(kind=KIND, features=self.features, feature_digest=self.feature_digest, offset=self.offset)
        return write_trees(head, self.trees)

    @cached_property
    def paths(self) -> LeafPaths:
        """The way to every leaf."""
        return leaf_paths(self.trees)


def fit_classifier(inputs: ModelInputs, labels: Labels, *, seed: int, threads: int, say: Say) -> Fitted:
    """Learn from all labels, after measuring the same on later ones; raises TooFewLabels, NoData or ModelError.

    Where enough labels are later than others, the first seven tenths foretell the rest; else the parts are random.
    """
    need_movements(inputs)
    need_labels(labels)
    labels = in_order(labels)
    early, late, split = split_labels(labels, SHARE, FOLDS, seed)
    metrics = _measured(inputs, early, late, _telling(say, 0), seed=seed, threads=threads)
    model = _fitted(inputs, labels, seed, _telling(say, FOLDS + 1))
    metrics["shap_difference"] = prove_reasons(model.trees, model.paths, model.rows(inputs)[labels.places])
    return Fitted(model, metrics, {**PARAMETERS, "models": FOLDS, "split": split, "share": SHARE})


def load_classifier(files: Mapping[str, bytes]) -> Classifier:
    """Read the files of a classifier; raises BrokenModel for anything else."""
    head, trees = read_trees(files, ClassifierHead, KIND)
    return Classifier(head.features, head.feature_digest, trees, head.offset)


def need_labels(labels: Labels, least: int = LEAST_LABELS) -> None:
    """Raise TooFewLabels unless there are enough of each class."""
    illicit = int(np.count_nonzero(labels.illicit))
    licit = len(labels.illicit) - illicit
    if min(illicit, licit) < least:
        raise TooFewLabels(
            f"learning needs at least {least} illicit and {least} licit wallets; {illicit} and {licit} are known"
        )


def in_order(labels: Labels) -> Labels:
    """The labels in order of place: what is learned does not depend on the order they came in."""
    order = np.argsort(labels.places, kind="stable")
    return Labels(labels.places[order], labels.illicit[order], labels.times[order])


def _fitted(inputs: ModelInputs, labels: Labels, seed: int, told: Callable[[int], None]) -> Classifier:
    """Boost once for each fold, and calibrate by what each says of the fold it did not see."""
    names = inputs.features.names
    rows = learned_columns(inputs, names, DIGEST)[labels.places]
    folds = folds_of(labels.illicit, FOLDS, seed)
    models, unseen = [], np.empty(len(rows))
    for fold in range(FOLDS):
        told(fold)
        is_out = folds == fold
        models.append(fit_boosting(rows[~is_out], labels.illicit[~is_out], seed + fold))
        unseen[is_out] = log_odds(models[-1], rows[is_out])
    slope, offset = sigmoid_of(labels.illicit, unseen)
    trees, base = boosting_arrays(models, slope)
    return Classifier(names, DIGEST, trees, base + offset)


def _measured(
    inputs: ModelInputs, early: Labels, late: Labels, told: Callable[[int], None], *, seed: int, threads: int
) -> dict[str, float]:
    """Measure on the later labels what the earlier ones teach, and beside it a forest on own movements alone."""
    then = without_knowing(inputs, late.places)
    metrics = held_out_metrics(late.illicit, _fitted(then, early, seed, told).scores(then)[late.places])
    told(FOLDS)
    baseline = forest_scores(then, early, seed, threads)[late.places]
    return {**metrics, "forest_average_precision": average_precision(late.illicit, baseline)}


def _telling(say: Say, before: int) -> Callable[[int], None]:
    """Tell of each step of one of the two fits, of which so many steps of both were before."""
    return lambda fold: say("boosting trees", before + fold, 2 * FOLDS + 1)
