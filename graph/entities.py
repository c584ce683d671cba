"""Entities: wallets of utxo networks believed to share an owner, as clustered last (`jobs/clustering.py`)."""

from __future__ import annotations

from collections.abc import Sequence

from graph.session import Graph

# Networks whose transactions spend outputs of earlier ones, so that the inputs of one are signed for together.
UTXO_NETWORKS = frozenset(("btc", "ltc", "bch", "bsv", "doge", "dash", "zec", "btg"))


async def entities_of(graph: Graph, wallets: Sequence[str]) -> dict[str, str]:
    """Return by wallet key the key of its entity, of those wallets that have one."""
    rows = await graph.read("entities_of", wallets=list(wallets)) if wallets else []
    return {row["wallet"]: row["entity"] for row in rows}


async def members_of(graph: Graph, entities: Sequence[str], *, most: int) -> dict[str, list[str]]:
    """Return by entity key its wallets, in order of key, the first `most` of each; unknown entities are left out."""
    rows = await graph.read("members_of", entities=list(entities), most=most) if entities else []
    return {row["entity"]: row["members"] for row in rows}


async def clustered_until(graph: Graph) -> int | None:
    """Return the watermark up to which wallets are clustered; None where they never were."""
    rows = await graph.read("clustering_state")
    return rows[0]["seq"] if rows else None
