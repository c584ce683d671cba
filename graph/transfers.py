"""Who paid whom how much, in the order in which it happened: what methods that respect time go through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from graph.batch import Integers
from graph.clock import NOW, Clock
from graph.columns import column
from graph.money import apportion
from graph.movement_columns import Moved, read_moved
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy

# Columns of the query by what they are here.
COLUMNS = {"payers": "sources", "payees": "targets"} | {name: name for name in ("values", "times", "seqs", "positions")}


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


class Rows(Struct, frozen=True):
    """Pairs of payer and payee, places in `keys`, in any order; `seqs` number landings, `positions` a landing's pairs.

    `keys` are in order and may name wallets that are in no row.
    """

    keys: list[str]
    payers: NDArray[np.int32]
    payees: NDArray[np.int32]
    values: Integers
    times: Integers
    seqs: Integers
    positions: Integers

    def ordered(self, categories: Mapping[str, str]) -> Transfers:
        """Put them in the order of what happened; wallets that only `categories` names come in without rows.

        What is worth nothing, or paid to oneself, is left out; rows that are equal in all three stay as they are.
        """
        rows = self.over(categories)
        counts = ((rows.values > 0) & (rows.payers != rows.payees)).nonzero()[0]
        order = counts[np.lexsort((rows.positions[counts], rows.seqs[counts], rows.times[counts]))]
        return Transfers(
            rows.keys,
            [categories.get(key, "") for key in rows.keys],
            rows.payers[order],
            rows.payees[order],
            rows.values[order],
            rows.times[order],
        )

    def over(self, more: Iterable[str]) -> Rows:
        """The same rows over more keys."""
        keys = sorted({*self.keys, *more})
        if len(keys) == len(self.keys):
            return self
        index = {key: place for place, key in enumerate(keys)}
        places = np.fromiter(map(index.__getitem__, self.keys), np.int32, len(self.keys))
        return replace(self, keys=keys, payers=places[self.payers], payees=places[self.payees])

    def joined(self, more: Rows) -> Rows:
        """These rows, then more."""
        ours, theirs = self.over(more.keys), more.over(self.keys)
        names = self.__struct_fields__[1:]
        return Rows(ours.keys, *(np.concatenate((getattr(ours, name), getattr(theirs, name))) for name in names))


async def read_transfers(graph: Graph, taxonomy: Taxonomy, clock: Clock = NOW) -> tuple[Transfers, int]:
    """Return all transfers, and the watermark they are of; they are read as `read_movements` reads its own."""
    moved = await read_moved(graph, taxonomy, clock)
    return rows_of_moved(moved).ordered(moved.categories), moved.watermark


def rows_of_moved(moved: Moved) -> Rows:
    """What was read as rows; a pool stands as all of its pairs, each payee's value split by what its payers put in."""
    pairs = [pool_pairs(pool) for pool in moved.pools if pool["value"]]
    columns = {
        name: list(chain(column(moved.rows, asked), *(pool[name] for pool in pairs))) for name, asked in COLUMNS.items()
    }
    return rows_of_pairs(moved.mentioned, **columns)


def rows_of_pairs(
    wallets: Iterable[str],
    *,
    payers: Sequence[str],
    payees: Sequence[str],
    values: Sequence[int],
    times: Sequence[int],
    seqs: Sequence[int],
    positions: Sequence[int],
) -> Rows:
    """Rows of pairs by key; `wallets` are there, too. `times` are microseconds since 1970."""
    keys = sorted({*payers, *payees, *wallets})
    index = {key: place for place, key in enumerate(keys)}
    sources, targets = (np.fromiter(map(index.__getitem__, side), np.int32, len(side)) for side in (payers, payees))
    return Rows(keys, sources, targets, *(np.asarray(given, np.int64) for given in (values, times, seqs, positions)))


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
