"""What moved the money of wallets after a watermark: transactions landed, landed again, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from graph.session import Graph


class Movement(Struct, frozen=True, kw_only=True):
    """The latest change of a transaction that `wallet` is party to; `id` is its key, `seq` numbers the change.

    `value` is of the whole transaction, `recorded_at` is of its latest landing.
    """

    wallet: str
    id: str
    kind: Literal["landed", "relanded", "withdrawn"]
    seq: int
    value: int
    recorded_at: datetime


async def transactions_since(graph: Graph, wallets: Sequence[str], after: int, limit: int) -> list[Movement]:
    """Return for each wallet its 3 most valuable changes after the watermark, among the latest `limit` of all."""
    if not wallets:
        return []
    rows = await graph.read("transactions_since", wallets=list(wallets), after=after, limit=limit)
    return [Movement(**row) for row in rows]
