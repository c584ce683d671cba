"""Some wallets counted again from their own flows, with what others give taken from where it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from msgspec import Struct

from graph.batch import Integers, Side, WalletColumns
from graph.columns import Network, Pool, PoolSide
from graph.levels import LevelFormat, unpack
from graph.model import Direction
from graph.recount import recount_side
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy

NONE = b""


class Retraced(Struct, frozen=True):
    """One direction of some wallets, in order of `keys`, and their levels as they are stored."""

    keys: list[str]
    categories: list[str]
    in_values: list[int]
    out_values: list[int]
    side: Side
    levels: list[bytes]


async def read_surroundings(graph: Graph, keys: Sequence[str], direction: Direction) -> Row:
    """Read the flows of wallets on one side, and what the other end of each gives, by one query."""
    return (await graph.read(f"retrace_{direction}", keys=keys, none=NONE))[0]


def retrace(row: Row, *, direction: Direction, hops: int, taxonomy: Taxonomy, run: str) -> Retraced | None:
    """Compute wallets from their surroundings as a batch would, to the bit; None where levels of `run` are missing."""
    index, n = _index(row), len(row["keys"])
    written = dict(chain(*(zip(part["others"], part["given"], strict=True) for part in (row, *row["pools"]))))
    form = LevelFormat.of(taxonomy, hops)
    given = unpack(form, run, n, [written[other] for other in list(index)[n:]])
    if given is None:
        return None
    network = _network(row, index, direction)
    side = recount_side(
        network, _wallets(row, network, direction), direction=direction, hops=hops, taxonomy=taxonomy, given=given
    )
    names = ("keys", "categories", "in_values", "out_values")
    own = {name: row[name] for name in names}
    return Retraced(**own, side=side.at(np.arange(n)), levels=side.packed(n, run))


def _index(row: Row) -> dict[int, int]:
    """The place of every wallet by the store's number: those asked about first, then those one flow away."""
    ids = dict.fromkeys(chain(row["ids"], row["others"], *(pool["others"] for pool in row["pools"])))
    return {number: place for place, number in enumerate(ids)}


def _network(row: Row, index: dict[int, int], direction: Direction) -> Network:
    """The flows and pools that were read; keys are left empty."""
    takers = np.fromiter(chain.from_iterable(row["takers"]), np.int64)
    values = np.fromiter(chain.from_iterable(row["values"]), np.int64)
    counts = np.fromiter(map(len, row["takers"]), np.int64)
    givers = np.repeat(_places(index, row["others"]), counts)
    sources, targets = (givers, takers) if direction == "source" else (takers, givers)
    pools = tuple(_pool(pool, index, direction) for pool in row["pools"])
    n = len(index)
    return Network([""] * n, row["categories"] + [""] * (n - len(row["keys"])), sources, targets, values, pools)


def _pool(pool: Row, index: dict[int, int], direction: Direction) -> Pool:
    taken, parts = np.asarray(pool["taken"], dtype=np.int64), np.asarray(pool["parts"], dtype=np.int64)
    taking = PoolSide(taken[:, 0], taken[:, 1], taken[:, 2], taken[:, 3])
    giving = PoolSide(_places(index, pool["others"]), parts[:, 0], parts[:, 1], parts[:, 2])
    inputs, outputs = (giving, taking) if direction == "source" else (taking, giving)
    return Pool(pool["value"], inputs, outputs)


def _places(index: dict[int, int], numbers: Sequence[int]) -> Integers:
    return np.fromiter(map(index.__getitem__, numbers), np.int64, len(numbers))


def _wallets(row: Row, network: Network, direction: Direction) -> WalletColumns:
    """What is known of those asked about, on one side; the others' own money is not looked at."""
    known, n = row["in_values" if direction == "source" else "out_values"], len(network.keys)
    values, nothing = np.ones(n, np.int64), np.zeros(n, np.int64)
    values[: len(known)] = known
    return WalletColumns(
        keys=network.keys,
        categories=network.categories,
        in_values=values,
        out_values=values,
        in_degrees=nothing,
        out_degrees=nothing,
        hop_counts=np.zeros((n, 3), np.int64),
    )
