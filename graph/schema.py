"""Applies `cypher/schema/*` in order of name; safe to repeat."""

from __future__ import annotations

from graph.catalog import load_catalog
from graph.errors import CurrencyMismatch
from graph.rehearsal import rehearse
from graph.session import Graph, open_graph
from settings import GraphSettings


async def apply_schema(graph: Graph) -> None:
    """Create every constraint and index, then the counter, then tell old graphs what new ones are told at landing.

    What is there stays as it is.
    """
    queries = [query for query in load_catalog().values() if query.folder == "schema"]
    for query in sorted(queries, key=lambda query: (query.mode != "schema", query.name)):
        await (graph.write if query.mode == "write" else graph.batched)(query.name)
    await graph.batched("await_indexes")


async def prepare(settings: GraphSettings, currency: str) -> None:
    """Open the graph, apply the schema, plan the live questions and keep the currency of its values.

    Nothing is planned where the settings say not to rehearse. Raises CurrencyMismatch for a graph that counts in
    another.
    """
    async with open_graph(settings, retry_s=30.0) as graph:
        await apply_schema(graph)
        if settings.rehearse == "on":
            await rehearse(graph)
        kept = (await graph.write("keep_currency", currency=currency))[0]["currency"]
    if kept != currency:
        raise CurrencyMismatch(kept, currency)
