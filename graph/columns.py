"""The whole graph as arrays over one sorted list of wallets: as it is, or as it was known at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from graph.batch import CHUNK, Integers
from graph.clock import NOW, Clock
from graph.model import Attribution, Direction
from graph.session import Graph, Row, undisturbed
from graph.taxonomy import Taxonomy, deciding_attribution
from graph.together import together

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The number of a landing before which there is none.
BEFORE_ALL = -1


class PoolSide(Struct, frozen=True):
    """One side of a pool, a row a wallet: its place in the list of wallets and micro-units as in `graph.pools`."""

    wallets: Integers
    values: Integers
    nets: Integers
    acrosses: Integers


class Pool(Struct, frozen=True):
    """A transaction of too many pairs; `value` is what each side adds up to."""

    value: int
    inputs: PoolSide
    outputs: PoolSide

    def sides(self, direction: Direction) -> tuple[PoolSide, PoolSide]:
        """The side that gives shares on, and the one that takes them."""
        return (self.inputs, self.outputs) if direction == "source" else (self.outputs, self.inputs)


class Network(Struct, frozen=True):
    """Wallets in order of key, with category ('' for none), and what moved between them.

    Flows are by place in that list, one row per ordered pair, above 0 and never from a wallet to itself.
    """

    keys: list[str]
    categories: list[str]
    sources: Integers
    targets: Integers
    values: Integers
    pools: tuple[Pool, ...]

    def ends(self, direction: Direction) -> tuple[Integers, Integers]:
        """Of each flow who gives shares on, and who takes them."""
        return (self.sources, self.targets) if direction == "source" else (self.targets, self.sources)


async def read_network(
    graph: Graph, taxonomy: Taxonomy, clock: Clock = NOW, *, valid_at: datetime | None = None
) -> Network:
    """Read flows and cached categories, or with a clock the transactions and attributions themselves.

    Wallets that nothing recorded by then mentions are absent. `valid_at` is when attributions must be valid, where
    that is neither of the clock's times.
    """
    times = clock.parameters() | ({} if valid_at is None else {"valid_at": valid_at})
    bounds = {name: times[name] for name in ("as_of", "known_at")}
    pools = rows_of(graph, "pool_columns", after=BEFORE_ALL, **bounds)
    if clock:
        belief = {name: times[name] for name in ("valid_at", "known_at")}
        moved = rows_of(graph, "transaction_columns", size=CHUNK, **bounds)
        told = rows_of(graph, "attribution_columns", size=CHUNK, **belief)
        moves, pooled, believed = await together(moved, pools, told)
        return _network(moves, pooled, decided_categories(believed, times["valid_at"], taxonomy))
    flows, wallets = rows_of(graph, "flow_columns", size=CHUNK), rows_of(graph, "wallet_columns", size=CHUNK)
    moves, pooled, cached = await together(flows, pools, wallets)
    return _network(moves, pooled, dict(zip(column(cached, "keys"), column(cached, "categories"), strict=True)))


async def read_deciding(graph: Graph, taxonomy: Taxonomy, clock: Clock = NOW) -> dict[str, Attribution]:
    """Return the attribution that decides what a wallet was at the clock's time, by wallet; none without one.

    Of each its id, wallet, category, confidence, whether it is official, and when it was recorded.
    """
    times = clock.parameters()
    valid_at, known_at = times["valid_at"], times["known_at"]
    told = await rows_of(graph, "attribution_columns", size=CHUNK, valid_at=valid_at, known_at=known_at)
    return {wallet: one for wallet, one in _deciding(told, valid_at, taxonomy).items() if one is not None}


def with_categories(network: Network, overlay: Mapping[str, str | None]) -> Network:
    """The same money with other categories for the wallets named; None is none. New wallets come in without money."""
    categories = dict(zip(network.keys, network.categories, strict=True))
    categories.update({key: category or "" for key, category in overlay.items()})
    keys = sorted(categories)
    index = {key: i for i, key in enumerate(keys)}
    place = np.fromiter((index[key] for key in network.keys), np.int64, len(network.keys))
    return replace(
        network,
        keys=keys,
        categories=[categories[key] for key in keys],
        sources=place[network.sources],
        targets=place[network.targets],
        pools=tuple(
            replace(p, inputs=_moved(p.inputs, place), outputs=_moved(p.outputs, place)) for p in network.pools
        ),
    )


async def rows_of(graph: Graph, name: str, **parameters: object) -> list[Row]:
    """Ask for columns, all chunks of them; again if a write comes in between."""

    async def ask() -> list[Row]:
        return [row async for row in graph.stream(name, **parameters)]

    return await undisturbed(ask)


def _network(moves: Sequence[Row], pooled: Sequence[Row], categories: Mapping[str, str]) -> Network:
    sources, targets = column(moves, "sources"), column(moves, "targets")
    keys = sorted({*categories, *sources, *targets, *column(pooled, "parties")})
    index = {key: i for i, key in enumerate(keys)}
    values = np.asarray(column(moves, "values"), dtype=np.int64)
    flows = _summed(_places(index, sources), _places(index, targets), values, len(keys))
    pools = tuple(
        Pool(row["value"], _side(index, row["inputs"]), _side(index, row["outputs"])) for row in pooled if row["value"]
    )
    return Network(keys, [categories.get(key, "") for key in keys], *flows, pools)


def _summed(sources: Integers, targets: Integers, values: Integers, n: int) -> tuple[Integers, Integers, Integers]:
    """Add up the pairs of the same two wallets; what is worth nothing or paid to oneself is no flow."""
    counts = (values > 0) & (sources != targets)
    pairs, values = (sources * n + targets)[counts], values[counts]
    order = np.argsort(pairs, kind="stable")
    pairs, starts = np.unique(pairs[order], return_index=True)
    sums = np.add.reduceat(values[order], starts) if len(starts) else values
    return pairs // max(1, n), pairs % max(1, n), sums


def decided_categories(told: Sequence[Row], valid_at: datetime, taxonomy: Taxonomy) -> dict[str, str]:
    """The category that the attributions in force give each wallet; '' for those that were only mentioned."""
    decided = _deciding(told, valid_at, taxonomy)
    return {wallet: "" if one is None else one.category for wallet, one in decided.items()}


def _deciding(told: Sequence[Row], valid_at: datetime, taxonomy: Taxonomy) -> dict[str, Attribution | None]:
    """The attribution in force that decides for each wallet; None for those that were only mentioned."""
    names = ("ids", "wallets", "categories", "confidences", "officials", "in_force", "recorded")
    about: dict[str, list[Attribution]] = defaultdict(list)
    for id_, wallet, category, confidence, official, in_force, at in zip(
        *(column(told, name) for name in names), strict=True
    ):
        kept = about[wallet]
        if in_force:
            kept.append(
                Attribution(
                    id=id_,
                    wallet=wallet,
                    category=category,
                    source="",
                    confidence=confidence,
                    official=official,
                    recorded_at=_EPOCH + timedelta(microseconds=at),
                )
            )
    # The query has looked at both spans.
    return {wallet: deciding_attribution(given, valid_at, taxonomy) for wallet, given in about.items()}


def _side(index: Mapping[str, int], parts: Sequence[Sequence[int]]) -> PoolSide:
    wallets = np.asarray([index[str(part[0])] for part in parts], dtype=np.int64)
    return PoolSide(wallets, *(np.asarray([part[i] for part in parts], dtype=np.int64) for i in (1, 2, 3)))


def _moved(side: PoolSide, place: Integers) -> PoolSide:
    return replace(side, wallets=place[side.wallets])


def _places(index: Mapping[str, int], keys: Sequence[str]) -> Integers:
    return np.fromiter(map(index.__getitem__, keys), np.int64, len(keys))


def column(rows: Iterable[Row], name: str) -> list[Any]:
    """One column of all chunks."""
    return [value for row in rows for value in row[name]]
