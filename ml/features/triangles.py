"""Wallets whose counterparties deal with each other: triangles, whichever way the money in them goes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ml.features.context import Context, starts
from ml.features.rows import ratio
from ml.movements import Floats, Integers

# So many pairs of neighbours are looked up at once: what they need of memory is a few hundred MiB at most.
CHUNK = 4_000_000


class _Corners(Struct, frozen=True):
    """How many triangles each wallet is a corner of, and how many counterparties it has on both sides together."""

    triangles: Floats
    partners: Integers


def triangles(context: Context) -> Floats:
    """How many pairs of its counterparties have dealt with each other (logarithm of one more)."""
    return np.log1p(context.value(_corners).triangles)


def clustering(context: Context) -> Floats:
    """Pairs of its counterparties that dealt with each other, among all pairs of them; -1 for fewer than two."""
    corners = context.value(_corners)
    partners = corners.partners.astype(np.float64)
    return ratio(corners.triangles, partners * (partners - 1) / 2)


def _corners(context: Context) -> _Corners:
    """Count triangles once each, from their corner of the fewest counterparties.

    So a hub is never begun at: the work is bounded by links times their square root, whatever the graph.
    """
    flows, n = context.flows, context.wallets
    ends = np.minimum(flows.sources, flows.targets), np.maximum(flows.sources, flows.targets)
    links = np.unique(ends[0] * n + ends[1]) if n else ends[0]
    one, other = links // max(1, n), links % max(1, n)
    partners = np.bincount(one, minlength=n) + np.bincount(other, minlength=n)
    rank = np.empty(n, np.int64)
    rank[np.argsort(partners, kind="stable")] = np.arange(n)
    low, high = np.minimum(rank[one], rank[other]), np.maximum(rank[one], rank[other])
    pairs = np.sort(low * n + high)
    low, high = pairs // max(1, n), pairs % max(1, n)
    found = np.zeros(n)
    for corner in _closed(pairs, low, high, n):
        found += np.bincount(corner, minlength=n)
    return _Corners(found[rank], partners)


def _closed(pairs: Integers, low: Integers, high: Integers, n: int) -> Iterator[Integers]:
    """Yield the corners of all triangles, three arrays for every so many pairs of neighbours looked up.

    `pairs` are links by rank of their ends, sorted; two links up from the same wallet are closed by a third.
    """
    begins = starts(low, n)
    after = begins[low + 1] - np.arange(len(low)) - 1  # links of the same wallet that come after this one
    upto = np.cumsum(after)
    first = 0
    while first < len(low):
        last = max(first + 1, int(np.searchsorted(upto, upto[first] - after[first] + CHUNK, side="right")))
        counts = after[first:last]
        left = np.repeat(np.arange(first, last), counts)
        right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        wanted = high[left] * n + high[right]
        at = np.searchsorted(pairs, wanted).clip(max=len(pairs) - 1)
        met = (pairs[at] == wanted).nonzero()[0]
        yield from (low[left[met]], high[left[met]], high[right[met]])
        first = last


TRIANGLES = (triangles, clustering)
