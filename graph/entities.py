"""Entities: wallets of utxo networks believed to share an owner, as clustered last (`jobs/clustering.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from graph.batch import CHUNK
from graph.clustering import MERGE_FROM, Held, prove
from graph.columns import column, rows_of
from graph.errors import NotFound
from graph.session import Graph

# Networks whose transactions spend outputs of earlier ones, so that the inputs of one are signed for together.
UTXO_NETWORKS = frozenset(("btc", "ltc", "bch", "bsv", "doge", "dash", "zec", "btg"))


Standing = Literal["counts", "proposed", "vetoed"]
# What is said about members is a summary; what is said about each of them is told with the wallet.
MOST_SAID = 100


class Entity(Struct, frozen=True):
    """Wallets believed to share an owner; `confidence` is the least of the links that hold it together."""

    key: str
    network: str
    size: int
    confidence: float


class Member(Struct, frozen=True):
    """A wallet of an entity; values are micro-units over all time."""

    key: str
    category: str | None
    in_value: int
    out_value: int


class Said(Struct, frozen=True):
    """An attribution of a member that is not withdrawn."""

    wallet: str
    id: str
    category: str
    actor: str | None
    source: str
    confidence: float


class Link(Struct, frozen=True):
    """What one transaction says of two wallets: `counts`, is `proposed` as too weak to merge, or is `vetoed`."""

    held: Held
    standing: Standing


def has_change(key: str) -> bool:
    """Whether a wallet is of a network where a transaction pays what is left over to its payer, mostly elsewhere."""
    return key.partition(":")[0] in UTXO_NETWORKS


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


async def list_entities(graph: Graph, *, after: tuple[int, str] | None = None, limit: int = 100) -> list[Entity]:
    """Return a page of entities, the largest first; `after` is size and key of the last one of the page before."""
    size, key = after or (2**62, "")
    return [Entity(**row) for row in await graph.read("list_entities", size=size, after=key, limit=limit)]


async def get_entity(graph: Graph, key: str) -> Entity:
    """Return the entity of a key, or the one that the first wallet of what had it is in now; raises NotFound."""
    rows = await graph.read("find_entity", key=key)
    if not rows:
        raise NotFound("entity", key)
    return Entity(**rows[0])


async def list_members(graph: Graph, key: str, *, after: str = "", limit: int = 100) -> list[Member]:
    """Return a page of the wallets of an entity, in order of key."""
    return [Member(**row) for row in await graph.read("entity_members", key=key, after=after, limit=limit)]


async def across_border(graph: Graph, key: str) -> tuple[int, int]:
    """Return what the members received from others and sent to others, in micro-units; pools are left out."""
    rows = await rows_of(graph, "entity_border", key=key, size=CHUNK)
    return sum(column(rows, "received")), sum(column(rows, "sent"))


async def said_of_members(graph: Graph, key: str) -> list[Said]:
    """Return what is said about members, by wallet key, 100 at most."""
    return [Said(**row) for row in await graph.read("entity_attributions", key=key, limit=MOST_SAID)]


async def links_of_members(graph: Graph, key: str) -> list[Link]:
    """Return every link of the members, the surest first, then by key of its transaction."""
    rows = await rows_of(graph, "entity_links", key=key, size=CHUNK)
    names = ("transactions", "heuristics", "confidences", "vetoed", "sources", "targets")
    found = [
        Link(Held(round(1 - confidence, 4), transaction, source, target, heuristic), _standing(confidence, is_vetoed))
        for transaction, heuristic, confidence, is_vetoed, source, target in zip(
            *(column(rows, name) for name in names), strict=True
        )
    ]
    return sorted(found, key=lambda link: link.held)


async def proof_of(graph: Graph, key: str) -> list[Held]:
    """Return the links that alone hold an entity together, the surest first: one less than it has wallets."""
    return prove(link.held for link in await links_of_members(graph, key) if link.standing == "counts")


async def links_of_wallet(graph: Graph, wallet: str) -> list[Link]:
    """Return the links of one wallet that do not count, the surest first, 1,000 at most."""
    rows = await graph.read("wallet_links", key=wallet, limit=1_000)
    return [
        Link(
            Held(round(1 - row["confidence"], 4), row["transaction"], row["source"], row["target"], row["heuristic"]),
            _standing(row["confidence"], row["vetoed"]),
        )
        for row in rows
        if row["vetoed"] or row["confidence"] < MERGE_FROM / 100
    ]


async def is_linked_by(graph: Graph, entity: str, transaction: str) -> bool:
    """Whether a transaction links wallets of an entity, be it weakly."""
    return bool((await graph.read("links_by", key=entity, transaction=transaction))[0]["links"])


def _standing(confidence: float, is_vetoed: bool) -> Standing:
    if is_vetoed:
        return "vetoed"
    return "counts" if confidence >= MERGE_FROM / 100 else "proposed"
