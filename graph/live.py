"""Small live questions that decisions and live scores ask of the graph."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from graph.errors import NotFound
from graph.exposure import Payment
from graph.session import Graph
from graph.sums import micros


class HopCounts(Struct, frozen=True):
    """Distinct illicit wallets at undirected distance 0, 1 and 2 of one wallet, and its distinct counterparties."""

    category: str | None
    in_degree: int
    out_degree: int
    at_0: int
    at_1: int
    at_2: int
    watermark: int


async def hop_counts_of(graph: Graph, key: str) -> HopCounts:
    """Count the illicit neighbourhood of one wallet now; raises NotFound."""
    rows = await graph.read("hop_counts_of", key=key)
    if not rows:
        raise NotFound("wallet", key)
    return HopCounts(**rows[0])


async def solicited(graph: Graph, payments: Sequence[Payment]) -> set[str]:
    """Return the keys of payments whose payee had paid a payer by then; one query for all."""
    asked = [
        {"id": p.key, "payers": sorted(p.inputs), "payees": sorted(p.outputs), "as_of": micros(p.at)} for p in payments
    ]
    return {row["id"] for row in await graph.read("payee_paid_payer", payments=asked)} if asked else set()
