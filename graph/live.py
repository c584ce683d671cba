"""Small live questions that decisions and live scores ask of the graph."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from graph.clock import NOW, Clock
from graph.deciding import deciding_parameters
from graph.errors import NotFound
from graph.exposure import Payment
from graph.session import Graph, Row
from graph.sums import micros
from graph.taxonomy import load_taxonomy


class HopCounts(Struct, frozen=True):
    """Distinct illicit wallets at undirected distance 0, 1 and 2 of one wallet, and its distinct counterparties."""

    category: str | None
    in_degree: int
    out_degree: int
    at_0: int
    at_1: int
    at_2: int
    watermark: int


async def hop_counts_of(graph: Graph, key: str, clock: Clock = NOW) -> HopCounts:
    """Count the illicit neighbourhood of one wallet under the clock; raises NotFound if it was not known then."""
    if clock:
        given = clock.parameters() | deciding_parameters(load_taxonomy())
        rows = await graph.read("hop_counts_of_as_of", key=key, **given)
    else:
        rows = await graph.read("hop_counts_of", keys=[key], stored=False)
    if not rows:
        raise NotFound("wallet", key)
    return _counts(rows[0])


async def hop_counts_of_many(graph: Graph, keys: Sequence[str], *, stored: bool = False) -> dict[str, HopCounts]:
    """Count the illicit neighbourhoods of wallets now, by one query; keys that are not known are left out.

    `stored` passes over neighbours that are stored as having no illicit ones themselves and are not marked stale: near
    a hub that is nearly all of them. True as long as no mark tells of a wallet that became or ceased to be illicit.
    """
    if not keys:
        return {}
    rows = await graph.read("hop_counts_of", keys=sorted(set(keys)), stored=stored)
    return {row["key"]: _counts(row) for row in rows}


async def solicited(graph: Graph, payments: Sequence[Payment]) -> set[str]:
    """Return the keys of payments whose payee had paid a payer by then; one query for all."""
    asked = [
        {"id": p.key, "payers": sorted(p.inputs), "payees": sorted(p.outputs), "as_of": micros(p.at)} for p in payments
    ]
    return {row["id"] for row in await graph.read("payee_paid_payer", payments=asked)} if asked else set()


def _counts(row: Row) -> HopCounts:
    return HopCounts(**{name: row[name] for name in HopCounts.__struct_fields__})
