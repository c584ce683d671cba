"""The score of a wallet: both sides of its exposure and what it is itself. Works on floats and on arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.model import Category, Exposure

Number = TypeVar("Number", float, NDArray[np.float64])


def side_score(exposure: Exposure, categories: Mapping[str, Category]) -> float:
    """Σ severity x share over the illicit categories of one side, at most 1."""
    illicit = (part for part in exposure.categories if part.class_ == "illicit")
    return min(1.0, sum(categories[part.category].severity * part.share for part in illicit))


def wallet_score(source: Number, destination: Number, own: Number) -> Number:
    """1 - (1 - source)(1 - destination), at least `own`.

    `source` and `destination` are Σ severity x share over illicit categories, `own` the severity of the wallet's own
    illicit category (0 without one). As for payments, so that a wallet and its payments are ranked alike.
    """
    both = 1.0 - (1.0 - source) * (1.0 - destination)
    result: Number = np.clip(np.maximum(both, own), 0.0, 1.0)
    return result
