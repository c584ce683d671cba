"""All transfers as they were read last, kept up with what landed since: for who asks for them again and again."""

from __future__ import annotations

from msgspec import Struct

from graph.clock import NOW
from graph.columns import BEFORE_ALL
from graph.movement_columns import Moved, read_moved
from graph.session import Graph, Row
from graph.taxonomy import Taxonomy
from graph.transfers import COLUMNS, Rows, Transfers, rows_of_moved, rows_of_pairs


class _Kept(Struct, frozen=True):
    """Rows of all transactions up to a watermark, and how many transactions that is."""

    rows: Rows
    watermark: int
    transactions: int


_NOTHING = _Kept(rows_of_pairs((), **dict.fromkeys(COLUMNS, ())), BEFORE_ALL, 0)


class Current(Struct, frozen=True):
    """All transfers at a watermark; `landed` transactions were read for it, those of before were known."""

    transfers: Transfers
    watermark: int
    landed: int


class KeptTransfers:
    """Reads what landed since it was asked last; everything where something of before has changed.

    That is where a transaction was withdrawn or landed again, and where the graph is another one. A million transfers
    take 40 MB, and the keys of their wallets.
    """

    def __init__(self) -> None:
        self._kept = _NOTHING

    async def current(self, graph: Graph, taxonomy: Taxonomy) -> Current:
        """Return all transfers as they are now, the same as `read_transfers`; categories are read every time."""
        kept = self._kept
        moved = await read_moved(graph, taxonomy, NOW, after=kept.watermark)
        since = await _since(graph, kept, moved)
        if kept is not _NOTHING and not _goes_on(kept, moved, since):
            kept, moved = _NOTHING, await read_moved(graph, taxonomy, NOW)
            since = await _since(graph, kept, moved)
        rows = kept.rows.joined(rows_of_moved(moved))
        self._kept = _Kept(rows, moved.watermark, kept.transactions + since["landed"])
        return Current(rows.ordered(moved.categories), moved.watermark, since["landed"])


async def _since(graph: Graph, kept: _Kept, moved: Moved) -> Row:
    return (await graph.read("landed_since", after=kept.watermark, until=moved.watermark))[0]


def _goes_on(kept: _Kept, moved: Moved, since: Row) -> bool:
    """Whether what is kept is still true, and all that came is what landed since."""
    is_all_there = kept.transactions + since["landed"] + since["later"] == since["transactions"]
    return is_all_there and moved.watermark >= kept.watermark and not since["again"] and not since["withdrawn"]
