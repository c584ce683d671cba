"""Who paid whom how much, in the order in which it happened: what methods that respect time go through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.batch import Integers
from graph.clock import NOW, Clock
from graph.columns import column
from graph.money import apportion
from graph.movement_columns import read_moved
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy

# Columns of the query by what they are here.
_COLUMNS = {"payers": "sources", "payees": "targets"} | {
    name: name for name in ("values", "times", "seqs", "positions")
}


class Transfers(Struct, frozen=True):
    """Wallets in order of key with their category, '' for none, and a row for each payment of one to another.

    Rows are in order of time, then of landing, then of output and input in their transaction. `payers` and `payees`
    are places in `keys`, `values` micro-units above 0, `times` microseconds since 1970. Nobody pays himself.
    """

    keys: list[str]
    categories: list[str]
    payers: NDArray[np.int32]
    payees: NDArray[np.int32]
    values: Integers
    times: Integers

    def received(self) -> Integers:
        """All that each wallet was ever paid, in micro-units."""
        return _totals(self.payees, self.values, len(self.keys))

    def sent(self) -> Integers:
        """All that each wallet ever paid, in micro-units."""
        return _totals(self.payers, self.values, len(self.keys))


async def read_transfers(graph: Graph, taxonomy: Taxonomy, clock: Clock = NOW) -> tuple[Transfers, int]:
    """Return all transfers, and the watermark they are of; they are read as `read_movements` reads its own.

    A pool stands as all of its pairs, each payee's value split over the payers by what they put in.
    """
    moved = await read_moved(graph, taxonomy, clock)
    pairs = [pool_pairs(pool) for pool in moved.pools if pool["value"]]
    columns = {
        name: list(chain(column(moved.rows, asked), *(pool[name] for pool in pairs)))
        for name, asked in _COLUMNS.items()
    }
    met = chain(columns["payers"], columns["payees"], moved.mentioned)
    return transfers_of(dict.fromkeys(met, "") | moved.categories, **columns), moved.watermark


def transfers_of(
    categories: Mapping[str, str],
    *,
    payers: Sequence[str],
    payees: Sequence[str],
    values: Sequence[int],
    times: Sequence[int],
    seqs: Sequence[int],
    positions: Sequence[int],
) -> Transfers:
    """Put rows in the order of what happened; `categories` names every wallet there is, with '' for none.

    `times` are microseconds since 1970, `seqs` numbers of landings, `positions` order the pairs of one transaction.
    What is worth nothing, or paid to oneself, is left out; rows that are equal in all three stay in the order given.
    """
    keys = sorted(categories)
    index = {key: place for place, key in enumerate(keys)}
    sources, targets = (np.fromiter(map(index.__getitem__, side), np.int32, len(side)) for side in (payers, payees))
    worth, at, landed, places = (np.asarray(given, np.int64) for given in (values, times, seqs, positions))
    counts = ((worth > 0) & (sources != targets)).nonzero()[0]
    order = counts[np.lexsort((places[counts], landed[counts], at[counts]))]
    return Transfers(keys, [categories[key] for key in keys], sources[order], targets[order], worth[order], at[order])


def pool_pairs(pool: Row) -> dict[str, list[object]]:
    """Every pair of a pool in integers that add up to what each payee got, wallets in order of key."""
    inputs, outputs = (sorted((part[0], part[1]) for part in pool[side]) for side in ("inputs", "outputs"))
    weights = [value for _, value in inputs]
    n = len(inputs) * len(outputs)
    return {
        "payers": [key for key, _ in inputs] * len(outputs),
        "payees": [key for key, _ in outputs for _ in inputs],
        "values": [part for _, value in outputs for part in apportion(value, weights)],
        "times": [pool["time"]] * n,
        "seqs": [pool["seq"]] * n,
        "positions": list(range(n)),
    }


def _totals(places: NDArray[np.int32], values: Integers, n: int) -> Integers:
    totals = np.zeros(n, np.int64)
    np.add.at(totals, places, values)
    return totals
