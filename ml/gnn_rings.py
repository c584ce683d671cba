"""What the others of a ring are: of every ring of flows that a wallet is part of, what is said of all but itself.

Rings are looked for as `ml.features.cycle_search` does, compiled when first called; nothing is kept of a ring but what
its wallets hear of each other, so memory is a few numbers per wallet and flow.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.features.cycle_search import MOST_STEPS
from ml.movements import Floats, Integers

Flags = NDArray[np.bool_]
Flows = tuple[Integers, Integers, Integers, Integers]
RING_COLUMNS = 4


@njit(nogil=True)
def hear_rings(flows: Flows, is_open: Flags, likely: Floats, longest: int) -> tuple[Floats, Flags]:
    """Go round each ring of two to `longest` flows once, from its first wallet.

    `flows` are starts and targets, and starts and sources of the same flows the other way; `likely` is how likely each
    wallet is illicit, (parts, wallets). Returns (parts, wallets, RING_COLUMNS): of the others of a ring the least, the
    mean and the product, each in the ring where it is largest (-1 without a ring), and the sum of the products over
    rings; and of each flow whether it is part of a ring.
    """
    starts, targets, back_starts, sources = flows
    wallets = len(starts) - 1
    heard, on_ring = np.full((len(likely), wallets, 4), -1.0), np.zeros(len(targets), np.bool_)
    heard[:, :, 3] = 0.0
    on_way, pays = np.zeros(wallets, np.bool_), np.full(wallets, -1, np.int64)
    way, cursor, taken = np.zeros(longest, np.int64), np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for first in range(wallets):
        if not is_open[first]:
            continue
        for at in range(back_starts[first], back_starts[first + 1]):
            pays[sources[at]] = first
        way[0], cursor[0], depth, steps = first, starts[first], 0, 0
        while depth >= 0:
            here, flow = way[depth], cursor[depth]
            if flow >= starts[here + 1] or steps > MOST_STEPS:
                on_way[here] = False
                depth -= 1
                continue
            cursor[depth] += 1
            steps += 1
            there = targets[flow]
            if there <= first or not is_open[there] or on_way[there]:
                continue
            taken[depth], way[depth + 1] = flow, there
            low, high = starts[there], starts[there + 1]
            if pays[there] == first:
                taken[depth + 1] = low + np.searchsorted(targets[low:high], first)
                for i in range(depth + 2):
                    on_ring[taken[i]] = True
                _tell(way[: depth + 2], likely, heard)
            if depth + 2 < longest:
                depth += 1
                on_way[there], cursor[depth] = True, low + np.searchsorted(targets[low:high], first)
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
