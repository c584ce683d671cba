"""Exposure and hop scores of all wallets from arrays: the batch of `graph.batch` over again, to the same bytes.

Each part is the same product of two doubles, rounded up to the grid; the sums are of integers.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.batch import GRID, Floats, Integers, Side, Traced, WalletColumns, kinds_among, settle
from graph.columns import Network, Pool, PoolSide
from graph.model import Direction
from graph.neighbours import count_degrees, count_hops
from graph.taxonomy import Taxonomy

Mask = NDArray[np.bool_]


class Recount(Struct, frozen=True):
    """What a batch gives: the wallets, and both sides of each."""

    wallets: WalletColumns
    sides: dict[Direction, Side]


def recount(network: Network, *, hops: int, taxonomy: Taxonomy) -> Recount:
    """Compute every wallet of the network over `hops` flows, 1 to 6."""
    wallets = recount_wallets(network, taxonomy)
    return Recount(
        wallets,
        {
            "source": recount_side(network, wallets, direction="source", hops=hops, taxonomy=taxonomy),
            "destination": recount_side(network, wallets, direction="destination", hops=hops, taxonomy=taxonomy),
        },
    )


class _Kinds:
    """Which wallets have one of some categories."""

    def __init__(self, network: Network, taxonomy: Taxonomy) -> None:
        self._numbers = {name: number for number, name in enumerate(taxonomy.names)}
        codes = (self._numbers.get(category, -1) for category in network.categories)
        self._codes = np.fromiter(codes, np.int64, len(network.categories))

    def __call__(self, *names: str) -> Mask:
        there = np.zeros(len(self._numbers) + 1, bool)
        there[[self._numbers[name] for name in names]] = True
        return there[self._codes]


def recount_wallets(network: Network, taxonomy: Taxonomy) -> WalletColumns:
    """Sums, degrees and hop counts of every wallet."""
    in_degrees, out_degrees = count_degrees(network)
    return WalletColumns(
        keys=network.keys,
        categories=network.categories,
        in_values=_total(network, network.targets, "outputs"),
        out_values=_total(network, network.sources, "inputs"),
        in_degrees=in_degrees,
        out_degrees=out_degrees,
        hop_counts=count_hops(network, _Kinds(network, taxonomy)(*taxonomy.illicit)),
    )


def recount_side(
    network: Network, wallets: WalletColumns, *, direction: Direction, hops: int, taxonomy: Taxonomy
) -> Side:
    """One direction of every wallet; `wallets` are those of the network."""
    stopping, _ = kinds_among(set(network.categories), taxonomy)
    push = _Pusher(network, wallets, direction)
    having = _Kinds(network, taxonomy)
    stops, passes = having(*taxonomy.illicit, *taxonomy.services), having(*taxonomy.passing)
    ends = (push.known == 0) & ~stops
    seeds = np.asarray([having(name) for name in stopping]).reshape(len(stopping), len(stops))
    named = dict(zip(stopping, push(seeds, ~stops, hops), strict=True))
    [ended] = push(ends[None, :], ~stops, hops - 1)
    [passed] = push(passes[None, :], ~stops & ~passes, hops)
    return settle(wallets, direction, named, ended.share, passed.share)


class _Pusher:
    """Pushes shares from seeds to the wallets that money came to, or on the destination side came from."""

    def __init__(self, network: Network, wallets: WalletColumns, direction: Direction) -> None:
        is_source = direction == "source"
        self.known = wallets.in_values if is_source else wallets.out_values
        givers, takers = (network.sources, network.targets) if is_source else (network.targets, network.sources)
        order = np.argsort(takers, kind="stable")
        self._givers = givers[order]
        self._takers, self._starts = np.unique(takers[order], return_index=True)
        self._weights = network.values[order].astype(np.float64) / self.known[takers[order]]
        self._pools = [_PoolPush(pool, self.known, is_source) for pool in network.pools]

    def __call__(self, seeds: Mask, carries: Mask, levels: int) -> list[Traced]:
        """Push one kind a row of `seeds` over `levels` flows; only wallets that carry pass on what they received."""
        share, direct = np.zeros(seeds.shape, np.int64), np.zeros(seeds.shape, np.int64)
        nearest = np.zeros(seeds.shape, np.int8)
        given = seeds.astype(np.int64) * GRID
        for level in range(1, levels + 1):
            reached = self._pass_on(given)
            share += reached
            direct = reached if level == 1 else direct
            nearest[(nearest == 0) & (reached > 0)] = level
            given = np.where(carries, reached, 0)
        return [Traced(share[k], direct[k], nearest[k]) for k in range(len(seeds))]

    def _pass_on(self, given: Integers) -> Integers:
        reached = np.zeros_like(given)
        for kind in np.flatnonzero(given.any(axis=1)) if len(self._takers) else ():
            parts = _rounded_up(self._weights * given[kind][self._givers])
            reached[kind, self._takers] = np.add.reduceat(parts, self._starts)
        for pool in self._pools:
            pool.pass_on(given, reached)
        return reached


class _PoolPush:
    """One pool in one direction: summed once, less what a wallet gave itself."""

    def __init__(self, pool: Pool, known: Integers, is_source: bool) -> None:
        giving, taking = (pool.inputs, pool.outputs) if is_source else (pool.outputs, pool.inputs)
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


def _total(network: Network, wallets: Integers, side: str) -> Integers:
    total = np.zeros(len(network.keys), np.int64)
    np.add.at(total, wallets, network.values)
    for pool in network.pools:
        part: PoolSide = getattr(pool, side)
        np.add.at(total, part.wallets, part.nets)
    return total
