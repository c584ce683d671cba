"""Routes: the wallets on the shortest ways of money between given and attributed wallets, telling how they are tied."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict

from graph.model import Direction
from graph.session import Graph

TIMEOUT_S = 1.0


class RoutesOf(Struct, frozen=True):
    """One question: the ways between these wallets and those that the attributions are about; `id` names the answer."""

    id: str
    keys: tuple[str, ...]
    attributions: tuple[str, ...]


async def find_routes(graph: Graph, asked: Sequence[RoutesOf], *, direction: Direction) -> dict[str, tuple[str, ...]]:
    """Return for each question the wallets on the shortest ways that money came from (or went to) there, by key.

    Ways are of at most 6 flows; what went through a pool is not followed. Raises QueryCut after a second.
    """
    found: dict[str, tuple[str, ...]] = {one.id: () for one in asked}
    tied = [asdict(one) for one in asked if one.keys and one.attributions]
    if tied:
        rows = await graph.read(f"routes_{direction}", timeout_s=TIMEOUT_S, asked=tied)
        found |= {row["id"]: tuple(row["wallets"]) for row in rows}
    return found
