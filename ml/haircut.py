"""Where money came from and went to, by kind of wallet: haircut exposure of all wallets at once, over three hops.

It is the exposure of `graph`, but for one thing: a wallet's own attribution has no part in its own exposure. Tracing
passes through the wallet as if nothing were known of it, so that a model which learns from attributions cannot read
from the exposure of a wallet what it was told of it.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from ml.movements import Floats, Integers

HOPS = 3
# Wallets with an attribution that are looked at together, so that what their walks reach fits in memory.
CHUNK = 64
Mask = NDArray[np.bool_]


class Traced(Struct, frozen=True):
    """What wallets met, (wallets, kinds): within one hop, and within HOPS."""

    direct: Floats
    whole: Floats


def trace(shares: sparse.csr_array, kinds: Integers, count: int) -> Traced:
    """Trace back by `shares`, whose rows are wallets and sum to 1 where there is anything to trace.

    `kinds` is for each wallet the number of what tracing stops at there, below `count`; -1 where it goes on. A walk
    that comes back to where it began goes on there as well.
    """
    stops = kinds >= 0
    ends = np.zeros((len(kinds), count))
    ends[stops.nonzero()[0], kinds[stops]] = 1.0
    on = sparse.diags_array((~stops).astype(np.float64)).tocsr() @ shares  # rows of who stops are empty
    met, given = [], ends
    for _ in range(HOPS):
        met.append(shares @ given)
        given = ends + on @ given
    whole = met[HOPS - 1]
    whole[stops] = _unmasked(shares, on, stops.nonzero()[0], kinds[stops], met)
    return Traced(met[0], whole)


def _unmasked(
    shares: sparse.csr_array, on: sparse.csr_array, places: Integers, kinds: Integers, met: list[Floats]
) -> Floats:
    """What wallets where tracing stops meet within three hops, as if it did not stop at themselves.

    Of what was met, the part that came back to the wallet itself is taken out: after two hops, after three. From the
    former it goes on for the one hop that is left, to what the wallet meets there.
    """
    second, third = returns(shares, on, places)
    found = met[HOPS - 1][places] + second[:, None] * met[0][places]
    found[np.arange(len(places)), kinds] -= second + third
    # What is 0 but for rounding is 0.
    return np.where(found > 1e-12, found, 0.0)


def returns(shares: sparse.csr_array, on: sparse.csr_array, places: Integers) -> tuple[Floats, Floats]:
    """The share of each place's money that is back at it after exactly two hops, and after exactly three.

    `on` is `shares` of wallets where tracing goes on; the places are none of them.
    """
    back = on.T.tocsr()  # row w: what others take from w
    second, third = np.zeros(len(places)), np.zeros(len(places))
    for first in range(0, len(places), CHUNK):
        part = slice(first, first + CHUNK)
        out, home = shares[places[part]], back[places[part]]
        second[part] = (out * home).sum(axis=1)
        third[part] = ((out @ on) * home).sum(axis=1)
    return second, third
