"""Exposure and hop scores of all wallets from arrays: the batch of `graph.batch` over again, to the same bytes.

With the levels of everybody else at hand, it also counts some wallets alone, from their own flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from graph.batch import GRID, Integers, Side, Traced, WalletColumns, kinds_among, settle
from graph.columns import Network, PoolSide
from graph.levels import END_KIND, PASSED_KIND, Given, LevelFormat, Levels
from graph.model import Direction
from graph.neighbours import count_degrees, count_hops
from graph.pushing import Mask, Pusher, traced
from graph.taxonomy import Taxonomy


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
    network: Network,
    wallets: WalletColumns,
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    given: Given | None = None,
) -> Side:
    """One direction of every wallet; `wallets` are those of the network. Those that are `given` mean nothing."""
    form = LevelFormat.of(taxonomy, hops)
    stopping = list(form.stopping) if given else kinds_among(set(network.categories), taxonomy)[0]
    push = Pusher(network, wallets, direction)
    having, levels = _Kinds(network, taxonomy), Levels.of(form, taxonomy, network.categories, push.known)
    stops, passes = having(*taxonomy.illicit, *taxonomy.services), having(*taxonomy.passing)
    ends = (push.known == 0) & ~stops
    seeds = np.asarray([having(name) for name in stopping]).reshape(len(stopping), len(stops))
    run = partial(_run, push, given=given, levels=levels)
    named = run(stopping, seeds, ~stops, hops)
    [ended] = run([END_KIND], ends[None, :], ~stops, hops - 1)
    [passed] = run([PASSED_KIND], passes[None, :], ~stops & ~passes, hops)
    side = settle(wallets, direction, dict(zip(stopping, named, strict=True)), ended.share, passed.share)
    return replace(side, levels=levels)


def _run(
    push: Pusher, kinds: Sequence[str], seeds: Mask, carries: Mask, hops: int, *, given: Given | None, levels: Levels
) -> list[Traced]:
    """Push some kinds, noting each level as it comes, with what is given put in before it is passed on."""
    first = seeds.astype(np.int64) * GRID
    if given is not None:
        given.fill(0, kinds, first)
        carries = carries | given.wallets(len(carries))

    def met() -> Iterator[Integers]:
        for level, reached in enumerate(push(first, carries, hops), start=1):
            if given is not None:
                given.fill(level, kinds, reached)
            levels.add(level, kinds, np.arange(reached.shape[1]), reached)
            yield reached

    return traced(met(), *seeds.shape)


def _total(network: Network, wallets: Integers, side: str) -> Integers:
    total = np.zeros(len(network.keys), np.int64)
    np.add.at(total, wallets, network.values)
    for pool in network.pools:
        part: PoolSide = getattr(pool, side)
        np.add.at(total, part.wallets, part.nets)
    return total
