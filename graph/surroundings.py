"""What surrounds the wallets that marks reach, read by one query and laid out in arrays.

Wallets have places: those that changed themselves come first, then those further on, then those one flow away from a
changed one, of which no flows are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, compress
from operator import not_

import numpy as np
from msgspec import Struct

from graph.batch import Integers, WalletColumns
from graph.columns import Network, Pool, PoolSide
from graph.marks import SideReach
from graph.model import Direction
from graph.session import Graph, Row

NONE = b""
Flows = tuple[Integers, Integers, Integers]  # who gives, who takes, and micro-units; a row a flow


class Surroundings(Struct, frozen=True):
    """One side of some wallets: `whole` is all that changed ones take, `felt` the ways by which others feel a change.

    `stored` are the vectors of the first places in their order, `given` those of the places after them; the first
    `counted` places are the changed wallets, of which those `labelled` have a mark of another category by now. A wallet
    further on that was marked while all this was read is told as one away: its own mark will bring it.
    """

    row: Row
    wallets: WalletColumns
    whole: Network
    felt: Network
    counted: int
    labelled: frozenset[str]
    stored: list[bytes]
    given: list[bytes]


async def read_surroundings(
    graph: Graph, reached: SideReach, direction: Direction, *, new: bytes = NONE
) -> Surroundings:
    """Read what one side of the wallets reached follows from.

    `new` stands for the vector of a wallet that was never scored. Only its own mark tells what it gives.
    """
    changed, further, giving = (sorted(getattr(reached, name)) for name in reached.__struct_fields__)
    rows = await graph.read(f"retrace_{direction}", changed=changed, further=further, giving=giving, new=new, none=NONE)
    return _laid_out(rows[0], direction)


def _laid_out(row: Row, direction: Direction) -> Surroundings:
    lots = (*_sorted_out(row), *row["pools"], *row["felt_pools"])
    index = {number: i for i, number in enumerate(dict.fromkeys(chain(row["ids"], *(lot["others"] for lot in lots))))}
    written = dict(chain(*(zip(lot["others"], lot["given"], strict=True) for lot in lots)))
    wallets, last = _wallets(row, len(index), direction), len(row["ids"])
    return Surroundings(
        row,
        wallets,
        _network(wallets, _taken(row, index), _pools(row["pools"], index, 0, row["counted"]), direction),
        _network(wallets, _felt(row, index), _pools(row["felt_pools"], index, row["counted"], last), direction),
        row["counted"],
        frozenset(key for key, yes in zip(row["keys"][: row["counted"]], row["labelled"], strict=False) if yes),
        row["stored"],
        [written[number] for number in list(index)[last:]],
    )


_OF_WALLETS = ("keys", "ids", "categories", "in_values", "out_values", "stored")


def _sorted_out(row: Row) -> tuple[Row, Row]:
    """Leave wallets further on out of `row` that have been marked since; they are returned as some of the others."""
    marks = zip(row["moved"], row["labelled"], strict=True)
    kept = [i < row["counted"] or not (moved or labelled) for i, (moved, labelled) in enumerate(marks)]
    away = {name: list(compress(row[name], map(not_, kept))) for name in ("ids", "stored")}
    row.update({name: list(compress(row[name], kept)) for name in _OF_WALLETS})
    return row, {"others": away["ids"], "given": away["stored"]}


def joined(one: Network, other: Network) -> Network:
    """The flows and pools of both, over the same wallets."""
    sources, targets, values = (
        np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("sources", "targets", "values")
    )
    return Network(one.keys, one.categories, sources, targets, values, one.pools + other.pools)


def _wallets(row: Row, n: int, direction: Direction) -> WalletColumns:
    """What is known of the first places, on one side; the others' own money is not looked at."""
    known = row["in_values" if direction == "source" else "out_values"]
    values, nothing = np.ones(n, np.int64), np.zeros(n, np.int64)
    values[: len(known)] = known
    return WalletColumns(
        keys=[""] * n,
        categories=row["categories"] + [""] * (n - len(known)),
        in_values=values,
        out_values=values,
        in_degrees=nothing,
        out_degrees=nothing,
        hop_counts=np.zeros((n, 3), np.int64),
    )


def _taken(row: Row, index: dict[int, int]) -> Flows:
    """All flows of the changed wallets."""
    counts = np.fromiter(map(len, row["takers"]), np.int64)
    takers = np.fromiter(chain.from_iterable(row["takers"]), np.int64)
    values = np.fromiter(chain.from_iterable(row["values"]), np.int64)
    return np.repeat(_places(index, row["others"]), counts), takers, values


def _felt(row: Row, index: dict[int, int]) -> Flows:
    """The flows by which a change is felt further on; a changed wallet has all of its own already."""
    givers, takers, values = row["felt"]
    first, last = row["counted"], len(row["ids"])
    taking = np.fromiter((index.get(number, -1) for number in takers), np.int64, len(takers))
    mine = (taking >= first) & (taking < last)
    return _places(index, givers)[mine], taking[mine], np.asarray(values, dtype=np.int64)[mine]


def _network(
    wallets: WalletColumns, flows: Flows, sides: Sequence[tuple[int, PoolSide, PoolSide]], direction: Direction
) -> Network:
    is_source, (givers, takers, values) = direction == "source", flows
    sources, targets = (givers, takers) if is_source else (takers, givers)
    pools = tuple(
        Pool(value, *((giving, taking) if is_source else (taking, giving))) for value, giving, taking in sides
    )
    return Network(wallets.keys, wallets.categories, sources, targets, values, pools)


def _pools(pools: Sequence[Row], index: dict[int, int], first: int, last: int) -> list[tuple[int, PoolSide, PoolSide]]:
    """Value, all that give, and those that take of the places from `first` to before `last`."""
    found = []
    for pool in pools:
        taken = np.asarray(pool["taken"], dtype=np.int64).reshape(-1, 4)
        parts = np.asarray(pool["parts"], dtype=np.int64).reshape(-1, 3)
        takers = np.fromiter((index.get(number, -1) for number in taken[:, 0].tolist()), np.int64, len(taken))
        mine = (takers >= first) & (takers < last)
        taking = PoolSide(takers[mine], *(taken[mine, column] for column in (1, 2, 3)))
        giving = PoolSide(_places(index, pool["others"]), parts[:, 0], parts[:, 1], parts[:, 2])
        found.append((pool["value"], giving, taking))
    return found


def _places(index: dict[int, int], numbers: Sequence[int]) -> Integers:
    return np.fromiter(map(index.__getitem__, numbers), np.int64, len(numbers))
