"""Population stability index: how far features and scores of today are from those of the training.

PSI = Σ (now - then) ln(now / then) over bins of the training's deciles. The usual reading, of Siddiqi, Credit Risk
Scorecards (2006): below 0.1 nothing to see, from 0.25 on the model sees another population than it learned.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from ml.errors import BrokenModel, FeatureMismatch, NoData
from ml.movements import FeatureTable, Floats

BINS = 10
SCORE = "score"
# A bin that is empty now or was then: the logarithm needs a share, and a stray wallet shall not make an alarm.
LEAST_SHARE = 1e-4


class Binned(Struct, frozen=True, forbid_unknown_fields=True):
    """Upper ends of all bins but the last, ascending, and the share of wallets in each bin."""

    edges: list[float]
    shares: list[float]


class Reference(Struct, frozen=True, forbid_unknown_fields=True):
    """How a training's wallets were distributed."""

    wallets: int
    features: dict[str, Binned]
    score: Binned


def reference_of(values: FeatureTable, scores: Floats) -> dict[str, Any]:
    """What `psi` compares with later, as plain JSON; raises NoData without wallets."""
    if not len(scores):
        raise NoData("there are no wallets whose features and scores could be a reference")
    features = {name: _binned(values.values[:, column]) for column, name in enumerate(values.names)}
    found: dict[str, Any] = msgspec.to_builtins(Reference(len(scores), features, _binned(scores)))
    return found


def psi(reference: dict[str, Any], values: FeatureTable, scores: Floats) -> dict[str, float]:
    """The index of each feature of the reference, and of the score under `score`.

    Raises FeatureMismatch where a feature is missing, NoData without wallets, BrokenModel for what is no reference.
    """
    try:
        then = msgspec.convert(reference, Reference)
    except msgspec.ValidationError as error:
        raise BrokenModel(f"the model's reference cannot be read: {error}") from error
    if not len(scores):
        raise NoData("there are no wallets whose drift could be measured")
    places = {name: column for column, name in enumerate(values.names)}
    if missing := sorted(set(then.features) - set(places)):
        raise FeatureMismatch(f"the reference is of features that are not there: {', '.join(missing)}")
    found = {name: _index(binned, values.values[:, places[name]]) for name, binned in then.features.items()}
    return {**found, SCORE: _index(then.score, scores)}


def _binned(values: Floats) -> Binned:
    """Deciles of a column; a value that fills one by itself gets a bin of its own, so what leaves it is seen."""
    deciles = np.quantile(values, np.linspace(0, 1, BINS + 1)[:-1], method="inverted_cdf")
    once, times = np.unique(deciles, return_counts=True)
    held_by_many = once[times > 1]
    edges = np.unique(np.concatenate([once, np.nextafter(held_by_many, -np.inf)]))
    return Binned(edges.tolist(), _shares(edges, values).tolist())


def _index(then: Binned, values: Floats) -> float:
    before = np.maximum(np.array(then.shares), LEAST_SHARE)
    now = np.maximum(_shares(np.array(then.edges), values), LEAST_SHARE)
    return float(((now - before) * np.log(now / before)).sum())


def _shares(edges: Floats, values: Floats) -> Floats:
    bins = np.searchsorted(edges, values, side="left")
    found: Floats = np.bincount(bins, minlength=len(edges) + 1) / len(values)
    return found
