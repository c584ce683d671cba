"""Wallets: one, its counterparties, its transactions, and a search by key or by name."""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct

from graph.errors import NotFound
from graph.model import Direction, Wallet
from graph.session import Graph
from graph.transactions import LandedTransaction, page_of_transactions

# What means something in a question to the full-text index.
_MARKS = re.compile(r'([-+&|!(){}\[\]^"~*?:\\/])')


class Counterparty(Struct, frozen=True):
    """A wallet that paid the one asked about (`direction` source) or was paid by it, directly or through pools."""

    key: str
    direction: Direction
    value: int
    count: int
    first_at: datetime
    last_at: datetime
    category: str | None
    actor: str | None


async def get_wallet(graph: Graph, key: str) -> Wallet:
    """Return the wallet with its distinct counterparties counted; raises NotFound."""
    rows = await graph.read("find_wallet", key=key)
    if not rows:
        raise NotFound("wallet", key)
    return Wallet(**rows[0])


async def list_counterparties(
    graph: Graph, key: str, *, direction: Direction | None, limit: int, after: tuple[int, str, str] | None = None
) -> tuple[list[Counterparty], tuple[int, str, str] | None]:
    """List who paid the wallet or was paid by it, most valuable first; `after` is the position a page before returned.

    Raises NotFound for an unknown wallet.
    """
    await get_wallet(graph, key)
    value, other, side = after or (None, "", "")
    rows = await graph.read(
        "list_counterparties",
        key=key,
        sources=direction != "destination",
        destinations=direction != "source",
        after_value=value,
        after_key=other,
        after_direction=side,
        limit=limit + 1,
    )
    items = [Counterparty(**row) for row in rows[:limit]]
    more = len(rows) > limit
    return items, (items[-1].value, items[-1].key, items[-1].direction) if more else None


async def list_wallet_transactions(
    graph: Graph, key: str, *, limit: int, before_seq: int | None = None, withdrawn: bool | None = None
) -> tuple[list[LandedTransaction], int | None]:
    """List transactions the wallet took part in, latest landed first; raises NotFound for an unknown wallet.

    `withdrawn` keeps those that are withdrawn now, or those that are not; None keeps all.
    """
    await get_wallet(graph, key)
    rows = await graph.read(
        "list_wallet_transactions", key=key, before_seq=before_seq, withdrawn=withdrawn, limit=limit + 1
    )
    return page_of_transactions(rows, limit)


async def search_wallets(graph: Graph, text: str, limit: int) -> list[Wallet]:
    """Find wallets whose key begins with `text`, in order of key."""
    return [Wallet(**row) for row in await graph.read("search_wallets", text=text, limit=limit)]


async def find_named_wallets(graph: Graph, text: str, limit: int) -> list[Wallet]:
    """Find wallets whose actor has, for each word of `text`, one that begins so; best match first."""
    words = [word.strip(".,:;()'\"") for word in text.lower().split()]
    asked = " AND ".join(_MARKS.sub(r"\\\1", word) + "*" for word in words if word)
    if not asked:
        return []
    return [Wallet(**row) for row in await graph.read("find_named_wallets", text=asked, limit=limit)]
