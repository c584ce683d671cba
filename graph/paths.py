"""Paths of a wallet's money."""

from __future__ import annotations

from msgspec import Struct

from graph.session import Graph


class IllicitPath(Struct, frozen=True):
    """A chain of flows from an illicit wallet; `share` is that of the last wallet's whole inflow."""

    wallets: tuple[str, ...]
    actor: str | None
    category: str
    share: float


async def illicit_paths(graph: Graph, key: str, *, limit: int) -> list[IllicitPath]:
    """Return the paths of at most 3 hops that brought the wallet most of its illicit inflow."""
    rows = await graph.read("illicit_paths", key=key, limit=limit)
    return [IllicitPath(**{**row, "wallets": tuple(row["wallets"])}) for row in rows]
