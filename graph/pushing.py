"""Shares pushed along arrays of flows and pools, by the same products and the same grid as the queries of the batch.

Each part is a product of two doubles, rounded up to the grid; the sums are of integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from graph.batch import Floats, Integers, Traced, WalletColumns
from graph.columns import Network, Pool, PoolSide
from graph.model import Direction

Mask = NDArray[np.bool_]


def traced(levels: Iterable[Integers], kinds: int, wallets: int) -> list[Traced]:
    """Add up the levels of each kind."""
    share, direct = np.zeros((kinds, wallets), np.int64), np.zeros((kinds, wallets), np.int64)
    nearest = np.zeros((kinds, wallets), np.int8)
    for level, reached in enumerate(levels, start=1):
        share += reached
        direct = reached.copy() if level == 1 else direct
        nearest[(nearest == 0) & (reached > 0)] = level
    return [Traced(share[k], direct[k], nearest[k]) for k in range(kinds)]


class Pusher:
    """Pushes shares from seeds to the wallets that money came to, or on the destination side came from."""

    def __init__(self, network: Network, wallets: WalletColumns, direction: Direction) -> None:
        self.known = wallets.known(direction)
        givers, takers = network.ends(direction)
        order = np.argsort(takers, kind="stable")
        self._givers = givers[order]
        self._takers, self._starts = np.unique(takers[order], return_index=True)
        self._weights = network.values[order].astype(np.float64) / self.known[takers[order]]
        self._pools = [_PoolPush(pool, self.known, direction) for pool in network.pools]

    def __call__(self, given: Integers, carries: Mask, hops: int) -> Iterator[Integers]:
        """Push one kind a row of `given`, in units of the grid, and yield what every wallet received, level by level.

        Only wallets that carry pass on what they received, as it stands when the next level is asked for.
        """
        for _ in range(hops):
            reached = self.pass_on(given)
            yield reached
            given = np.where(carries, reached, 0)

    def pass_on(self, given: Integers) -> Integers:
        """What every wallet meets of what others give, a row a kind, in units of the grid."""
        reached = np.zeros_like(given)
        for kind in np.flatnonzero(given.any(axis=1)) if len(self._takers) else ():
            parts = _rounded_up(self._weights * given[kind][self._givers])
            reached[kind, self._takers] = np.add.reduceat(parts, self._starts)
        for pool in self._pools:
            pool.pass_on(given, reached)
        return reached


class _PoolPush:
    """One pool in one direction: summed once, less what a wallet gave itself."""

    def __init__(self, pool: Pool, known: Integers, direction: Direction) -> None:
        giving, taking = pool.sides(direction)
        takes = taking.nets > 0
        self._givers, self._takers = giving.wallets, taking.wallets[takes]
        self._parts = giving.values.astype(np.float64) / pool.value
        self._weights = _weights(taking, pool.value, known)[takes]
        _, self._own, self._self = np.intersect1d(self._givers, self._takers, assume_unique=True, return_indices=True)

    def pass_on(self, given: Integers, reached: Integers) -> None:
        """Add to `reached` what comes through the pool."""
        parts = _rounded_up(self._parts * given[:, self._givers])
        whole = np.repeat(parts.sum(axis=1)[:, None], len(self._takers), axis=1)
        whole[:, self._self] -= parts[:, self._own]
        reached[:, self._takers] += _rounded_up(self._weights * whole)


def _weights(taking: PoolSide, value: int, known: Integers) -> Floats:
    # A wallet that paid all of the pool takes nothing from others: its net is 0, and it is left out after.
    others = np.maximum(1, value - taking.acrosses)
    weights: Floats = taking.nets.astype(np.float64) / others * value / np.maximum(1, known[taking.wallets])
    return weights


def _rounded_up(parts: Floats) -> Integers:
    return np.ceil(parts).astype(np.int64)
