"""The network over flows and boosted trees as one model: learned, measured on later labels, and read again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec.structs import asdict

from ml.calibration import sigmoid
from ml.classifier import SHARE, in_order, need_labels
from ml.features.catalog import DIGEST
from ml.forest_baseline import forest_scores
from ml.gnn_blend import KIND, Gnn
from ml.gnn_files import read_gnn
from ml.gnn_fitting import FOLDS, fit_blend
from ml.gnn_net import NetConfig
from ml.gnn_training import torch_threads
from ml.learned_features import learned_columns, need_movements
from ml.metrics import average_precision, held_out_metrics
from ml.model import Fitted, Say
from ml.movements import Labels, ModelInputs
from ml.splits import split_labels, without_knowing
from ml.threads import limited_threads
from ml.tree_walks import mean_values

PLAIN = NetConfig()


def fit_gnn(
    inputs: ModelInputs, labels: Labels, *, seed: int, threads: int, say: Say, config: NetConfig = PLAIN
) -> Fitted:
    """Learn from all labels, after measuring the same on later ones; raises TooFewLabels, NoData or ModelError."""
    need_movements(inputs)
    need_labels(labels)
    labels = in_order(labels)
    early, late, split = split_labels(labels, SHARE, FOLDS, seed)
    with limited_threads(threads), torch_threads(threads):
        metrics = _measured(inputs, early, late, config, seed=seed, threads=threads, say=say)
        model = fit_blend(inputs, labels, config=config, seed=seed, say=_half(say, "", 1))
    return Fitted(model, metrics, {**asdict(config), "parts": FOLDS, "split": split, "share": SHARE})


def load_gnn(files: Mapping[str, bytes]) -> Gnn:
    """Read the files of a blend; raises BrokenModel for anything else."""
    return Gnn(*read_gnn(files, KIND))


def _measured(
    inputs: ModelInputs, early: Labels, late: Labels, config: NetConfig, *, seed: int, threads: int, say: Say
) -> dict[str, float]:
    """Measure on the later labels what the earlier ones teach, and beside it the trees alone and a forest."""
    then = without_knowing(inputs, late.places)
    model = fit_blend(then, early, config=config, seed=seed, say=_half(say, "measuring: ", 0))
    at, rows = late.places, learned_columns(then, model.features, DIGEST)[late.places]
    trees = np.mean([mean_values(part.trees, rows) for part in model.parts], axis=0)
    return {
        **held_out_metrics(late.illicit, model.scores(then)[at]),
        "trees_average_precision": average_precision(late.illicit, sigmoid(trees)),
        "forest_average_precision": average_precision(late.illicit, forest_scores(then, early, seed, threads)[at]),
    }


def _half(say: Say, name: str, before: int) -> Say:
    """Tell of one of two trainings as a part of both; `before` is how many came before it."""
    return lambda message, done, total: say(name + message, before * total + done, 2 * total)
