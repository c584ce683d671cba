"""Whether what an alert rests on still holds."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from graph.session import Graph


class Bases(Struct, frozen=True):
    """What still holds: `illicit` attributions are about wallets that are illicit now, `counting` are transactions."""

    illicit: frozenset[str]
    counting: frozenset[str]


async def bases_of(graph: Graph, attributions: Collection[str], transactions: Collection[str]) -> Bases:
    """Return which attributions, by id, and transactions, by key, still hold."""
    rows = await graph.read("bases_of", attributions=sorted(attributions), transactions=sorted(transactions))
    return Bases(frozenset(rows[0]["illicit"]), frozenset(rows[0]["counting"]))
