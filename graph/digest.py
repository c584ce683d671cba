"""One hash over all that the graph keeps of money and of what is said about wallets: equal graphs, equal digests.

Left out is what can be computed again at any time: stored scores and stale marks. So is the counter, whose number may
lie beyond the last change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from graph.restoring import whole_transactions
from graph.session import Graph
from graph.transactions import transaction_keys

PAGE = 1_000


class GraphDigest(Struct, frozen=True):
    """SHA-256, in hex, over everything in order of key, with how much of it there is."""

    sha256: str
    transactions: int
    wallets: int
    flows: int
    attributions: int


async def graph_digest(graph: Graph, say: Callable[[str], None] = lambda text: None) -> GraphDigest:
    """Read the whole graph in pages. For one that rests: what changes meanwhile may be in it or not."""
    digest = hashlib.sha256()
    transactions = await _transactions(graph, digest, say)
    wallets, flows = await _wallets(graph, digest, say)
    attributions = await _attributions(graph, digest)
    return GraphDigest(digest.hexdigest(), transactions, wallets, flows, attributions)


def _add(digest: Any, row: object) -> None:
    digest.update(msgspec.json.encode(row, order="sorted") + b"\n")


async def _transactions(graph: Graph, digest: Any, say: Callable[[str], None]) -> int:
    count = 0
    async for keys in transaction_keys(graph, PAGE):
        for whole in (await whole_transactions(graph, keys)).values():
            # A graph that was landed before it kept the context differs in nothing else.
            _add(digest, whole | {"context": None})
        count += len(keys)
        say(f"{count:,} transactions digested")
    return count


async def _wallets(graph: Graph, digest: Any, say: Callable[[str], None]) -> tuple[int, int]:
    count, flows, after = 0, 0, ""
    while rows := await graph.read("whole_wallets", after=after, limit=PAGE):
        for row in rows:
            _add(digest, row)
            flows += len(row["flows"])
        count, after = count + len(rows), rows[-1]["key"]
        say(f"{count:,} wallets digested")
    return count, flows


async def _attributions(graph: Graph, digest: Any) -> int:
    count, after = 0, ""
    while rows := await graph.read("attribution_page", after=after, limit=PAGE):
        for row in rows:
            _add(digest, row)
        count, after = count + len(rows), rows[-1]["id"]
    return count
