"""All features in order: the one list that training, batch scoring and single payments compute from."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ml.features.amounts import AMOUNTS
from ml.features.context import Context
from ml.features.counts import COUNTS
from ml.features.cycles import CYCLES
from ml.features.exposures import EXPOSURES, PARTNERS
from ml.features.feature import Feature, features_of
from ml.features.lifetime import LIFETIME
from ml.features.near import NEAR
from ml.features.rows import WINDOW
from ml.features.ties import TIES, tied_illicit
from ml.features.timing import TIMING
from ml.features.triangles import TRIANGLES
from ml.model import Say, say_nothing
from ml.movements import Attributed, FeatureTable, Movements

# Of a wallet's own movements alone: what can be told of it within a payment.
OWN = features_of((*COUNTS, *AMOUNTS, *TIMING))
FEATURES = (*OWN, *features_of((*LIFETIME, *TRIANGLES, *PARTNERS)), *NEAR, *EXPOSURES, *CYCLES, *TIES)
# Raised for a feature that computes something else under the same words: no model may take one for the other.
VERSIONS: dict[str, int] = {}

OWN_NAMES = tuple(feature.name for feature in OWN)
NAMES = tuple(feature.name for feature in FEATURES)
# Those that rest on what other wallets were attributed.
ATTRIBUTED_NAMES = frozenset(feature.name for feature in (*features_of((*PARTNERS, tied_illicit)), *EXPOSURES))


def digest_of(features: Sequence[Feature]) -> str:
    """What features compute, as SHA-256 in hex: of names in order, words and versions."""
    told = [f"{one.name}\n{one.says}\n{VERSIONS.get(one.name, 1)}" for one in features]
    return sha256("\0".join((f"newest {WINDOW}", *told)).encode()).hexdigest()


DIGEST = digest_of(FEATURES)


def describe(name: str) -> str:
    """What a feature tells; raises KeyError for a name that is not in the list."""
    return {feature.name: feature.says for feature in FEATURES}[name]


def compute_features(movements: Movements, attributed: Attributed, say: Say = say_nothing) -> FeatureTable:
    """Every feature of every wallet; (0, features) where there are no wallets."""
    return _computed(FEATURES, Context(movements, attributed), say)


def compute_own(movements: Movements) -> FeatureTable:
    """The features that need only a wallet's own movements, which must all be there.

    Rows of wallets that are there as counterparties only tell nothing of them.
    """
    return _computed(OWN, Context(movements, Attributed.none(movements.wallets)), say_nothing)


def _computed(features: Sequence[Feature], context: Context, say: Say) -> FeatureTable:
    values = np.empty((context.wallets, len(features)))
    for column, feature in enumerate(features):
        say(f"computing features: {feature.name}", column, len(features))
        values[:, column] = context.value(feature.compute)
    return FeatureTable(tuple(feature.name for feature in features), values)
