"""What the others of a ring are: of every ring of flows that a wallet is part of, what is said of all but itself.

Compiled when first called. Nothing is kept of a ring but what its wallets hear of each other, so memory is a few
numbers per wallet and flow.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ml.features.cycle_search import Flags, Ways, each_ring
from ml.movements import Floats, Integers

RING_COLUMNS = 4


@njit(nogil=True)
def hear_rings(flows: Ways, is_open: Flags, likely: Floats, longest: int) -> tuple[Floats, Flags]:
    """Go round each ring of two to `longest` flows once.

    `flows` as `each_ring` takes them; `likely` is how likely each wallet is illicit, (parts, wallets). Returns (parts,
    wallets, RING_COLUMNS): of the others of a ring the least, the mean and the product, each in the ring where it is
    largest (-1 without a ring), and the sum of the products over rings; and of each flow whether it is part of a ring.
    """
    heard, on_ring = np.full((len(likely), len(flows[0]) - 1, RING_COLUMNS), -1.0), np.zeros(len(flows[1]), np.bool_)
    heard[:, :, -1] = 0.0
    way, taken = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for length in each_ring(flows, is_open, way, taken):
        for i in range(length):
            on_ring[taken[i]] = True
        _tell(way[:length], likely, heard)
    return heard, on_ring


@njit(nogil=True)
def _tell(ring: Integers, likely: Floats, heard: Floats) -> None:
    """Tell every wallet of a ring what is said of the others."""
    for part in range(len(likely)):
        for wallet in ring:
            least, total, product = 1.0, 0.0, 1.0
            for other in ring:
                if other != wallet:
                    value = likely[part, other]
                    least, total, product = min(least, value), total + value, product * value
            row = heard[part, wallet]
            row[0], row[1] = max(row[0], least), max(row[1], total / (len(ring) - 1))
            row[2], row[3] = max(row[2], product), row[3] + product
