"""The score of a wallet: both sides of its exposure and what it is itself. Works on floats and on arrays."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])


def wallet_score(source: Number, destination: Number, own: Number) -> Number:
    """1 - (1 - source)(1 - destination), at least `own`.

    `source` and `destination` are Σ severity x share over illicit categories, `own` the severity of the wallet's own
    illicit category (0 without one). As for payments, so that a wallet and its payments are ranked alike.
    """
    both = 1.0 - (1.0 - source) * (1.0 - destination)
    result: Number = np.clip(np.maximum(both, own), 0.0, 1.0)
    return result
