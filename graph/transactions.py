"""Transactions as landed: one, and all in order of landing."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from graph.errors import NotFound
from graph.session import Graph, Row


class TransactionParty(Struct, frozen=True):
    """One input or output: wallet key, amount in the asset's units, value in micro-units."""

    wallet: str
    amount: str
    value: int


class LandedTransaction(Struct, frozen=True, kw_only=True):
    """A transaction as the graph holds it. `withdrawn_at` is None while it counts."""

    key: str
    network: str
    id: str
    at: datetime
    asset: str
    amount: str
    value: int
    seq: int
    recorded_at: datetime
    inputs: tuple[TransactionParty, ...]
    outputs: tuple[TransactionParty, ...]
    withdrawn_at: datetime | None = None


async def get_transaction(graph: Graph, key: str) -> LandedTransaction:
    """Return one transaction; raises NotFound."""
    rows = await graph.read("find_transaction", key=key)
    if not rows:
        raise NotFound("transaction", key)
    return msgspec.convert(rows[0], LandedTransaction)


async def list_transactions(
    graph: Graph, *, limit: int, before_seq: int | None = None
) -> tuple[list[LandedTransaction], int | None]:
    """List transactions, latest landed first; the second value continues the list, None at its end."""
    rows = await graph.read("list_transactions", before_seq=before_seq, limit=limit + 1)
    return page_of_transactions(rows, limit)


def page_of_transactions(rows: list[Row], limit: int) -> tuple[list[LandedTransaction], int | None]:
    """Cut rows that were read one beyond the page into the page and where the next one begins."""
    items = [msgspec.convert(row, LandedTransaction) for row in rows[:limit]]
    return items, items[-1].seq if len(rows) > limit else None
