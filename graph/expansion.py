"""Widening a picture by one wallet's counterparties: those asked for, and how many were left out."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.model import Direction, Flow
from graph.session import Graph, Row
from graph.wallets import get_wallet

TIMEOUT_S = 10.0


class Wanted(Struct, frozen=True, kw_only=True):
    """Which counterparties are asked for; None is any. `category` "" is those without one.

    `min_value` is in micro-units. The window keeps flows that any of the time between their first and their last
    movement falls into.
    """

    direction: Direction | None = None
    category: str | None = None
    min_value: int = 0
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 25


class Neighbour(Struct, frozen=True, kw_only=True):
    """A counterparty; `degree` is how many flows it has, so that a hub is known before it is opened."""

    key: str
    category: str | None
    actor: str | None
    attribution: str | None
    score: float | None
    in_value: int
    out_value: int
    degree: int


class Expansion(Struct, frozen=True, kw_only=True):
    """The most valuable counterparties asked for, with their flows from and to the wallet.

    `matching` of its `total` counterparties were asked for; those beyond `len(wallets)` are left out.
    """

    wallets: tuple[Neighbour, ...]
    flows: tuple[Flow, ...]
    matching: int
    total: int
    watermark: int


async def expand_wallet(graph: Graph, key: str, wanted: Wanted) -> Expansion:
    """Return counterparties of a wallet, most valuable flow first; raises NotFound, QueryCut after 10 s."""
    watermark = await graph.watermark()
    rows = await graph.read(
        "expand_wallet",
        timeout_s=TIMEOUT_S,
        key=key,
        direction=wanted.direction,
        category=wanted.category or None,
        uncategorised=wanted.category == "",
        min_value=max(wanted.min_value, 1),
        since=wanted.since,
        until=wanted.until,
        limit=wanted.limit,
    )
    if not rows[0]["total"]:
        await get_wallet(graph, key)
    found = [row for row in rows if row["key"] is not None]
    wallets = {row["key"]: Neighbour(**{name: row[name] for name in Neighbour.__struct_fields__}) for row in found}
    return Expansion(
        wallets=tuple(wallets.values()),
        flows=tuple(_flow(key, row) for row in found),
        matching=rows[0]["matching"],
        total=rows[0]["total"],
        watermark=watermark,
    )


def _flow(key: str, row: Row) -> Flow:
    """A flow as it points: a source pays the wallet."""
    source, target = (row["key"], key) if row["direction"] == "source" else (key, row["key"])
    facts = {name: row[name] for name in ("value", "count", "first_at", "last_at")}
    return Flow(source=source, target=target, **facts)
