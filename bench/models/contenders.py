"""Who is measured: each takes the same movements, the same labels to learn from, and says a number of each wallet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from bench.models.sets import Sample, attributed_of
from ml.boosting import fit_boosting, log_odds
from ml.classifier import fit_classifier, in_order
from ml.features.catalog import DIGEST, NAMES, compute_features
from ml.forest_baseline import forest_scores
from ml.gnn_fitting import fit_blend
from ml.gnn_net import NetConfig
from ml.gnn_training import torch_threads
from ml.isolation import fit_isolation
from ml.learned_features import learned_columns
from ml.model import Say
from ml.movements import FeatureTable, Floats, Labels, ModelInputs
from ml.threads import limited_threads

# The forest knows counts, amounts and times alone, and what comes with a set.
STATISTICS = (
    "payments_out",
    "payments_in",
    "payees",
    "payers",
    "value_out",
    "value_in",
    "mean_out",
    "mean_in",
    "largest_out",
    "largest_in",
    "least_out",
    "least_in",
    "spread_out",
    "spread_in",
    "active_span",
    "gap_mean",
)


class Effort(Struct, frozen=True):
    """How a contender may work: its seed, its threads, who is told of progress."""

    seed: int
    threads: int
    say: Say


Contender = Callable[[ModelInputs, Labels, Effort], Floats]


def inputs_of(sample: Sample, labels: Labels) -> ModelInputs:
    """What every contender sees: what is known is what is learned from, and no feature tells a wallet its own."""
    attributed = attributed_of(sample, labels)
    features = compute_features(sample.movements, attributed)
    if sample.given is not None:
        values = np.hstack([features.values, sample.given.values])
        features = FeatureTable((*features.names, *sample.given.names), values)
    return ModelInputs(sample.movements, attributed, features)


def _forest(inputs: ModelInputs, labels: Labels, effort: Effort) -> Floats:
    given = [name for name in inputs.features.names if name not in NAMES]
    return forest_scores(inputs, labels, effort.seed, effort.threads, names=(*STATISTICS, *given))


def _boosting(inputs: ModelInputs, labels: Labels, effort: Effort) -> Floats:
    rows = learned_columns(inputs, inputs.features.names, DIGEST)
    return log_odds(fit_boosting(rows[labels.places], labels.illicit, effort.seed), rows)


def _classifier(inputs: ModelInputs, labels: Labels, effort: Effort) -> Floats:
    fitted = fit_classifier(inputs, labels, seed=effort.seed, threads=effort.threads, say=effort.say)
    return fitted.model.scores(inputs)


def _isolation(inputs: ModelInputs, _: Labels, effort: Effort) -> Floats:
    return fit_isolation(inputs, seed=effort.seed, threads=effort.threads, say=effort.say).model.scores(inputs)


def _gnn(inputs: ModelInputs, labels: Labels, effort: Effort) -> Floats:
    with limited_threads(effort.threads), torch_threads(effort.threads):
        fitted = fit_blend(inputs, in_order(labels), config=NetConfig(), seed=effort.seed, say=effort.say)
        return fitted.scores(inputs)


CONTENDERS: dict[str, Contender] = {
    "forest": _forest,
    "boosting": _boosting,
    "classifier": _classifier,
    "isolation": _isolation,
    "gnn": _gnn,
}
