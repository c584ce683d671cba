"""What is learned from and what is held out, so that a measure is of wallets that the model was not fitted on."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ml.features.catalog import compute_features
from ml.movements import Integers, Labels, ModelInputs


def split_by_time(labels: Labels, share: float) -> tuple[Labels, Labels]:
    """The `share` of labels that were known first, and the later ones; those known at the same moment stay together."""
    if not len(labels.times):
        return labels, labels
    until = np.sort(labels.times)[max(0, round(len(labels.times) * share) - 1)]
    early = labels.times <= until
    return _those(labels, early), _those(labels, ~early)


def split_at_random(places: Integers, illicit: NDArray[np.bool_], share: float, seed: int) -> tuple[Integers, Integers]:
    """A random `share` of the places of each class, and the rest of them; each in order of place."""
    random = np.random.default_rng(seed)
    first, rest = [], []
    for which in (illicit, ~illicit):
        mixed = random.permutation(np.sort(places[which]))
        cut = round(len(mixed) * share)
        first.append(mixed[:cut])
        rest.append(mixed[cut:])
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(rest))


def labels_at(labels: Labels, places: Integers) -> Labels:
    """The labels of some places."""
    return _those(labels, np.isin(labels.places, places))


def split_labels(labels: Labels, share: float, least: int, seed: int) -> tuple[Labels, Labels, str]:
    """By time where both parts then hold at least `least` of each class, else at random; says which."""
    early, late = split_by_time(labels, share)
    if min(_fewest(early), _fewest(late)) >= least:
        return early, late, "time"
    first, rest = split_at_random(labels.places, labels.illicit, share, seed)
    return labels_at(labels, first), labels_at(labels, rest), "random"


def folds_of(illicit: NDArray[np.bool_], folds: int, seed: int) -> Integers:
    """A fold for each label, of each class as many in each."""
    random = np.random.default_rng(seed)
    found = np.empty(len(illicit), np.int64)
    for which in (illicit, ~illicit):
        found[which] = random.permutation(np.arange(np.count_nonzero(which)) % folds)
    return found


def without_knowing(inputs: ModelInputs, places: Integers) -> ModelInputs:
    """The inputs as if nothing were known of some wallets: features of their neighbours must not tell what they are."""
    categories = np.array(inputs.attributed.categories, dtype=object)
    if not any(categories[places]):
        return inputs
    categories[places] = ""
    attributed = replace(inputs.attributed, categories=categories.tolist())
    return ModelInputs(inputs.movements, attributed, compute_features(inputs.movements, attributed))


def _fewest(labels: Labels) -> int:
    """How many there are of the rarer class."""
    illicit = int(np.count_nonzero(labels.illicit))
    return min(illicit, len(labels.illicit) - illicit)


def _those(labels: Labels, which: NDArray[np.bool_]) -> Labels:
    return Labels(labels.places[which], labels.illicit[which], labels.times[which])
