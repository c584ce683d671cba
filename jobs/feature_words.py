"""What each feature of models tells, for those who read a model and not its code."""

from __future__ import annotations

from msgspec import Struct


class FeatureEntry(Struct, frozen=True):
    """A feature and what it tells of a wallet; `own` if it rests on the wallet's own movements alone."""

    name: str
    description: str
    own: bool


def list_features() -> list[FeatureEntry]:
    """Every feature that is computed now, in order. Takes a second at first: what computes them is loaded for it."""
    from ml.features.catalog import FEATURES, OWN_NAMES

    return [FeatureEntry(one.name, " ".join(one.says.split()), one.name in OWN_NAMES) for one in FEATURES]
