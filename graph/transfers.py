"""Transfers in the order in which they happened, as arrays: who paid whom how much."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from msgspec import Struct

from graph.batch import CHUNK, Integers
from graph.clock import FOREVER, NOW, Clock
from graph.columns import column, decided_categories, rows_of
from graph.money import apportion
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy
from graph.together import together


class Transfers(Struct, frozen=True):
    """Wallets in order of key with their category, '' for none, and a row for each pair of payer and payee.

    Rows are in order of time, of landing, then of output and input of their transaction. `payers` and `payees` are
    places in `keys`, `values` micro-units above 0. Nobody pays himself. A pool is all of its pairs.
    """

    keys: list[str]
    categories: list[str]
    payers: Integers
    payees: Integers
    values: Integers


class TransferRows(Struct, frozen=True):
    """Transfers as they are read, in any order: `times` in microseconds since 1970, `seqs` numbers of landings.

    `positions` order the pairs of a transaction. What has value 0, or is paid to oneself, is left out later.
    """

    payers: list[str]
    payees: list[str]
    values: list[int]
    times: list[int]
    seqs: list[int]
    positions: list[int]

    @classmethod
    def of(cls, moved: Sequence[Row], pooled: Sequence[Row]) -> TransferRows:
        """Gather columns of pairs, and the pairs of pools that count."""
        names = ("sources", "targets", "values", "times", "seqs", "positions")
        pools = [_pairs(row) for row in pooled if row["value"]]
        return cls(*(list(chain(column(moved, name), *(pool[i] for pool in pools))) for i, name in enumerate(names)))

    def laid_out(self, index: dict[str, int]) -> tuple[Integers, Integers, Integers]:
        """Payers, payees and values in order, by place."""
        payers, payees = (np.asarray([index[key] for key in side], np.int64) for side in (self.payers, self.payees))
        values, times, seqs, positions = (
            np.asarray(given, np.int64) for given in (self.values, self.times, self.seqs, self.positions)
        )
        counts = ((values > 0) & (payers != payees)).nonzero()[0]
        order = counts[np.lexsort((positions[counts], seqs[counts], times[counts]))]
        return payers[order], payees[order], values[order]


async def read_transfers(graph: Graph, taxonomy: Taxonomy, clock: Clock = NOW) -> tuple[Transfers, int]:
    """Return all transfers, and the watermark they are of.

    They are as the graph stood at that watermark, or earlier if the clock says so: what lands while they are read is
    not among them.
    """
    now = (await graph.read("counter_now", now=FOREVER))[0]
    known_at = now["at"] if clock.known_at is None else min(clock.known_at, now["at"])
    bounds = {"as_of": Clock(clock.as_of, known_at).parameters()["as_of"], "known_at": known_at}
    valid_at = clock.parameters()["valid_at"]
    moved, pooled, told = await together(
        rows_of(graph, "movement_columns", size=CHUNK, **bounds),
        rows_of(graph, "pool_columns", **bounds),
        rows_of(graph, "attribution_columns", size=CHUNK, valid_at=valid_at, known_at=known_at),
    )
    categories, rows = decided_categories(told, valid_at, taxonomy), TransferRows.of(moved, pooled)
    keys = sorted({*categories, *rows.payers, *rows.payees, *column(pooled, "parties")})
    found = rows.laid_out({key: place for place, key in enumerate(keys)})
    return Transfers(keys, [categories.get(key, "") for key in keys], *found), int(now["seq"])


def _pairs(pool: Row) -> tuple[list[str], list[str], list[int], list[int], list[int], list[int]]:
    """Every pair of a pool: what each payee got, by what each payer put in, in integers."""
    inputs, outputs = ([(part[0], part[1]) for part in pool[side]] for side in ("inputs", "outputs"))
    weights = [value for _, value in inputs]
    values = [part for _, value in outputs for part in apportion(value, weights)]
    n = len(values)
    payers, payees = [key for key, _ in inputs] * len(outputs), [key for key, _ in outputs for _ in inputs]
    return payers, payees, values, [pool["at"]] * n, [pool["seq"]] * n, list(range(n))
