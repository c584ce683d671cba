"""First in, first out: each payment is made of the oldest units that its payer holds by then."""

from __future__ import annotations

import numpy as np

from graph.batch import Integers
from graph.methods.ground import Ground, Met


def trace_fifo(ground: Ground) -> Met:
    """Trace every wallet, in whole micro-units."""
    n, width, hops, values = len(ground.kinds), ground.width, ground.hops, ground.values
    is_source = ground.direction == "source"
    available, kept = (ground.taken, values) if is_source else (_spent(ground), ground.taken)
    # Each payment leaves at most one parcel split and one from the end.
    parcels = np.zeros((2 * len(values) + 1, 4), np.int64)
    parcels[:, 3] = np.arange(len(parcels)) - 1
    met, passed = np.zeros((n, width * hops + 2), np.int64), np.zeros(n, np.int64)
    codes = np.where(ground.kinds >= 0, ground.kinds + 1, ground.kinds)
    rows = (ground.givers, ground.takers, values, available, kept)
    ground.loops.queue(*rows, codes, ground.bounds, parcels, np.full((n, 2), -1), met, passed)
    by_hop = met[:, :-2].reshape(n, hops, width)
    kinds = tuple(by_hop[:, :, kind] for kind in range(1, width))
    return Met(by_hop[:, :, 0], kinds, met[:, -1], passed.astype(np.float64), ground.totals)


def _spent(ground: Ground) -> Integers:
    """How much of each payment its payee paid on later: the first units received are the first that go."""
    # On this side who gives is the payee.
    payees, values, n = ground.givers, ground.values, len(ground.kinds)
    spent = np.zeros(n, np.int64)
    np.add.at(spent, ground.takers, ground.taken)
    order = np.argsort(payees, kind="stable")
    sums = np.cumsum(values[order]) - values[order]
    starts = np.searchsorted(payees[order], np.arange(n))
    before = np.empty(len(values), np.int64)
    before[order] = sums - np.append(sums, 0)[starts][payees[order]]
    found: Integers = np.clip(spent[payees] - before, 0, values)
    return found
