"""Transactions as landed: one with its spans, all in order of landing, and what was landed under given keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
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


class Span(Struct, frozen=True, kw_only=True):
    """One landing of a transaction: it counted from `recorded_at` until `withdrawn_at`, None while it still does.

    `at` is when the money moved as told by this landing, `content` the digest of what was landed. The graph keeps
    the `reason` of the last withdrawal only; those of earlier ones stand in the ledger.
    """

    seq: int
    at: datetime
    recorded_at: datetime
    content: str
    withdrawn_at: datetime | None = None
    withdrawn_seq: int | None = None
    reason: str | None = None


class LandedTransaction(Struct, frozen=True, kw_only=True):
    """A transaction as the graph holds it: its latest landing. `withdrawn_at` is None while it counts.

    `spans` has every landing, the latest last; lists leave it empty.
    """

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
    reason: str | None = None
    spans: tuple[Span, ...] = ()


class History(Struct, frozen=True):
    """Every landing of one transaction, the latest last, and the digest of its personal text, None without one."""

    key: str
    text_digest: str | None
    spans: tuple[Span, ...]


async def transaction_keys(graph: Graph, page: int) -> AsyncIterator[list[str]]:
    """Yield the keys of all landed transactions in order, so many at a time."""
    after = ""
    while keys := (await graph.read("transaction_keys", after=after, limit=page))[0]["keys"]:
        yield keys
        after = keys[-1]


async def get_transaction(graph: Graph, key: str) -> LandedTransaction:
    """Return one transaction; raises NotFound."""
    rows = await graph.read("find_transaction", key=key)
    if not rows:
        raise NotFound("transaction", key)
    return msgspec.convert(rows[0], LandedTransaction)


async def histories_of(graph: Graph, keys: Sequence[str]) -> dict[str, History]:
    """Return the histories of those transactions that are landed, by key."""
    rows = await graph.read("histories_of", keys=list(keys))
    return {row["key"]: msgspec.convert(row, History) for row in rows}


async def list_transactions(
    graph: Graph, *, limit: int, before_seq: int | None = None, withdrawn: bool | None = None
) -> tuple[list[LandedTransaction], int | None]:
    """List transactions, latest landed first; the second value continues the list, None at its end.

    `withdrawn` keeps those that are withdrawn now, or those that are not; None keeps all.
    """
    page = {"before_seq": before_seq, "limit": limit + 1}
    if withdrawn:
        rows = await graph.read("list_withdrawn_transactions", **page)
    else:
        rows = await graph.read("list_transactions", counting=withdrawn is False, **page)
    return page_of_transactions(rows, limit)


def page_of_transactions(rows: list[Row], limit: int) -> tuple[list[LandedTransaction], int | None]:
    """Cut rows that were read one beyond the page into the page and where the next one begins."""
    items = [msgspec.convert(row, LandedTransaction) for row in rows[:limit]]
    return items, items[-1].seq if len(rows) > limit else None
