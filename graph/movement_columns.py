"""What moved between wallets, as columns: all of it, as of a time, or the newest of some wallets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from graph.batch import CHUNK, Integers
from graph.clock import FOREVER, NOW, Clock
from graph.columns import BEFORE_ALL, column, decided_categories, rows_of
from graph.session import Graph, Row
from graph.sums import micros
from graph.taxonomy import Taxonomy
from graph.together import together


class MovementColumns(Struct, frozen=True):
    """Wallets in order of key with their category, '' for none, and one row per payer and payee of each transaction.

    Rows are in order of time, then of landing; `payers` and `payees` are places in `keys`, `values` above 0, `times`
    microseconds since 1970, and `transactions` numbers from 0 in the order of landing. Nobody pays himself. Pools are
    left out: who paid whom in them is not known. Their wallets are there.
    """

    keys: list[str]
    categories: list[str]
    payers: Integers
    payees: Integers
    values: Integers
    times: Integers
    transactions: Integers


class Moved(Struct, frozen=True):
    """What was read of the whole graph at one watermark: chunks of pairs, pools, and the categories decided then."""

    rows: list[Row]
    pools: list[Row]
    categories: dict[str, str]
    watermark: int

    @property
    def mentioned(self) -> list[str]:
        """The wallets of pools, by key."""
        return column(self.pools, "parties")


async def read_moved(
    graph: Graph, taxonomy: Taxonomy, clock: Clock, *, valid_at: datetime | None = None, after: int = BEFORE_ALL
) -> Moved:
    """Read all pairs, pools and categories as they stood at one watermark, or earlier if the clock says so.

    With `after` pairs and pools are those of transactions that landed after that number, or landed again.

    What lands while they are read is not among them, so that the same watermark gives the same. `valid_at` is when
    attributions must be valid, where that is neither of the clock's times.
    """
    now = await graph.settled()
    known_at = now["at"] if clock.known_at is None else min(clock.known_at, now["at"])
    times = Clock(clock.as_of, known_at).parameters()
    valid_at = valid_at or clock.parameters()["valid_at"]
    bounds = {name: times[name] for name in ("as_of", "known_at")}
    moved, pooled, told = await together(
        rows_of(graph, "movement_columns", size=CHUNK, after=after, **bounds),
        rows_of(graph, "pool_columns", after=after, **bounds),
        rows_of(graph, "attribution_columns", size=CHUNK, valid_at=valid_at, known_at=known_at),
    )
    return Moved(moved, pooled, decided_categories(told, valid_at, taxonomy), int(now["seq"]))


async def read_movements(
    graph: Graph, taxonomy: Taxonomy, clock: Clock = NOW, *, valid_at: datetime | None = None
) -> tuple[MovementColumns, int]:
    """Return all movements, and the watermark they are of, as `read_moved` reads them.

    Wallets that nothing mentions are absent.
    """
    moved = await read_moved(graph, taxonomy, clock, valid_at=valid_at)
    return _columns(moved.rows, moved.categories, moved.mentioned), moved.watermark


async def wallet_movements(
    graph: Graph, wallets: Sequence[str], *, most: int, as_of: datetime | None = None
) -> MovementColumns:
    """Return the newest movements of some wallets as known now, at least `most` on each side where there are so many.

    The wallets asked about are there even if nothing is known of them; categories are not read.
    """
    until = micros(as_of or FOREVER)
    rows = await graph.read("wallet_movements", wallets=sorted(set(wallets)), until=until, limit=most)
    return _columns(rows, dict.fromkeys(wallets, ""), ())


def _columns(rows: Sequence[Row], categories: dict[str, str], mentioned: Sequence[str]) -> MovementColumns:
    sources, targets = column(rows, "sources"), column(rows, "targets")
    keys = sorted({*categories, *sources, *targets, *mentioned})
    index = {key: place for place, key in enumerate(keys)}
    payers, payees = (np.fromiter(map(index.__getitem__, side), np.int64, len(side)) for side in (sources, targets))
    values, times, seqs = (np.asarray(column(rows, name), np.int64) for name in ("values", "times", "seqs"))
    counts = ((values > 0) & (payers != payees)).nonzero()[0]
    order = counts[np.lexsort((payees[counts], payers[counts], seqs[counts], times[counts]))]
    payers, payees, times, seqs = payers[order], payees[order], times[order], seqs[order]
    first = np.ones(len(order), np.bool_)  # a wallet that pays by several inputs pays once
    first[1:] = (np.diff(seqs) != 0) | (np.diff(payers) != 0) | (np.diff(payees) != 0)
    summed = np.add.reduceat(values[order], first.nonzero()[0]) if len(order) else values[order]
    return MovementColumns(
        keys,
        [categories.get(key, "") for key in keys],
        payers[first],
        payees[first],
        summed,
        times[first],
        np.unique(seqs[first], return_inverse=True)[1],
    )
