"""Entities: wallets believed to share an owner, what that rests on, and clustering anew."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from msgspec import Meta, Struct

from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id, WalletKey, canonical_wallet
from graph import entities
from graph.clustering import Held
from graph.entities import Entity, Link, Member
from graph.model import Attribution, Job
from graph.money import format_micro
from graph.wallets import get_wallet
from jobs.clustering import request_clustering

Place = Annotated[int, Meta(ge=0)]

_entities: Cursors[tuple[int, str]] = Cursors("entities", tuple[int, str])
_members: Cursors[str] = Cursors("members", str)
_proof: Cursors[int] = Cursors("proof", Place)
_proposals: Cursors[int] = Cursors("proposals", Place)


class EntityItem(Struct, frozen=True):
    """An entity; `confidence` is the least of the links that hold it together."""

    key: str
    network: str
    size: int
    confidence: float


class EntityPage(Struct, frozen=True):
    """A page of entities; `next` is null at the end."""

    items: list[EntityItem]
    next: str | None


class SaidView(Struct, frozen=True):
    """An attribution of a wallet, not withdrawn."""

    wallet: str
    attribution: str
    category: str
    actor: str | None
    source: str
    confidence: float

    @classmethod
    def from_attribution(cls, said: entities.Said | Attribution) -> SaidView:
        """Return it as it is on the wire."""
        return cls(said.wallet, said.id, said.category, said.actor, said.source, said.confidence)


class EntityView(EntityItem, frozen=True):
    """An entity with what came in and went out across its border over all time, and what is said of its members."""

    received: str
    sent: str
    attributions: list[SaidView]
    clustered_until: int | None


class MemberView(Struct, frozen=True):
    """A wallet of an entity; values are its own, from members too."""

    key: str
    category: str | None
    in_value: str
    out_value: str


class MemberPage(Struct, frozen=True):
    """A page of members; `next` is null at the end."""

    items: list[MemberView]
    next: str | None


class LinkView(Struct, frozen=True):
    """What a transaction says of two wallets: that one owner has both, by heuristic and confidence.

    `proposed` links are too weak to merge, `vetoed` ones are not counted.
    """

    transaction: str
    heuristic: Literal["cospend", "change"]
    confidence: float
    source: str
    target: str
    standing: Literal["counts", "proposed", "vetoed"]

    @classmethod
    def from_held(cls, held: Held, standing: entities.Standing = "counts") -> LinkView:
        """Return the link as it is on the wire."""
        return cls(held.transaction, held.heuristic, held.confidence, held.source, held.target, standing)


class LinkPage(Struct, frozen=True):
    """A page of links; `next` is null at the end."""

    items: list[LinkView]
    next: str | None


class WalletEntityView(Struct, frozen=True):
    """The entity of a wallet, null where it is in none, and links of its own that do not count."""

    wallet: str
    entity: EntityItem | None
    proposals: list[LinkView]
    clustered_until: int | None


@get("/entities", operation_id="list_entities", summary="Entities, the largest first")
async def list_all_entities(services: GivenServices, *, limit: Limit = 100, cursor: Cursor = None) -> EntityPage:
    """Page through wallets of utxo networks that were found to share an owner, two or more each."""
    found = await entities.list_entities(services.graph, after=_entities.read(cursor), limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return EntityPage([_item(one) for one in found[:limit]], _entities.write((last.size, last.key) if last else None))


@get("/entities/{entity:str}", operation_id="get_entity", summary="One entity")
async def get_one_entity(services: GivenServices, entity: Id) -> EntityView:
    """Return an entity; a key that it had before it grew is answered with the entity as it is now, under its own key.

    `received` and `sent` leave out what members paid each other, and what moved through pools of many parties. At most
    100 attributions are told, by wallet.
    """
    found = await entities.get_entity(services.graph, entity)
    received, sent = await entities.across_border(services.graph, found.key)
    said = await entities.said_of_members(services.graph, found.key)
    return EntityView(
        found.key,
        found.network,
        found.size,
        found.confidence,
        received=format_micro(received),
        sent=format_micro(sent),
        attributions=[SaidView.from_attribution(one) for one in said],
        clustered_until=await entities.clustered_until(services.graph),
    )


@get("/entities/{entity:str}/members", operation_id="list_entity_members", summary="Wallets of an entity")
async def list_members_of_entity(
    services: GivenServices, entity: Id, *, limit: Limit = 100, cursor: Cursor = None
) -> MemberPage:
    """Page through the wallets of an entity, in order of key."""
    found = await entities.get_entity(services.graph, entity)
    after = _members.read(cursor) or ""
    members = await entities.list_members(services.graph, found.key, after=after, limit=limit + 1)
    ended = members[limit - 1].key if len(members) > limit else None
    return MemberPage([_member(one) for one in members[:limit]], _members.write(ended))


@get("/entities/{entity:str}/proof", operation_id="get_entity_proof", summary="What holds an entity together")
async def get_proof_of_entity(
    services: GivenServices, entity: Id, *, limit: Limit = 100, cursor: Cursor = None
) -> LinkPage:
    """Page through the transactions that made an entity, the surest first: one link less than it has wallets.

    Uniting the two wallets of every link gives exactly its members; without any of them it falls into two.
    """
    found = await entities.get_entity(services.graph, entity)
    proof = [LinkView.from_held(held) for held in await entities.proof_of(services.graph, found.key)]
    return _paged(proof, limit, cursor, _proof)


@get(
    "/entities/{entity:str}/proposals",
    operation_id="list_entity_proposals",
    summary="Links of an entity that are not counted",
)
async def list_proposals_of_entity(
    services: GivenServices, entity: Id, *, limit: Limit = 100, cursor: Cursor = None
) -> LinkPage:
    """Page through links of members that are too weak to merge, or were vetoed, the surest first."""
    found = await entities.get_entity(services.graph, entity)
    links = await entities.links_of_members(services.graph, found.key)
    others = [_link(link) for link in links if link.standing != "counts"]
    return _paged(others, limit, cursor, _proposals)


@get("/wallets/{key:str}/entity", operation_id="get_wallet_entity", summary="The entity of a wallet")
async def get_entity_of_wallet(services: GivenServices, key: WalletKey) -> WalletEntityView:
    """Return which entity a wallet is in, and what may say more of its owner; null on networks that have none.

    `clustered_until` is the watermark up to which that is known, null where wallets were never clustered.
    """
    wallet = (await get_wallet(services.graph, canonical_wallet(key))).key
    name = (await entities.entities_of(services.graph, [wallet])).get(wallet)
    return WalletEntityView(
        wallet,
        _item(await entities.get_entity(services.graph, name)) if name else None,
        [_link(link) for link in await entities.links_of_wallet(services.graph, wallet)],
        await entities.clustered_until(services.graph),
    )


@post("/clusterings", operation_id="create_clustering", summary="Cluster wallets anew", status_code=202)
async def create_clustering(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[Job]:
    """Queue a job that brings entities up to what has landed, was withdrawn or vetoed since the last time.

    Its `result` tells how many `transactions` were read, `links` said anew, `wallets` grouped anew into how many
    `entities`, how many wallets lost company (`torn`; these are re-screened), and the `watermark`.
    """
    job = await request_clustering(services, actor=caller.id, job_id=new_resource_id(request, "job"))
    return Response(job, headers={"Location": f"/api/v1/jobs/{job.id}"})


ENTITIES = (
    list_all_entities,
    get_one_entity,
    list_members_of_entity,
    get_proof_of_entity,
    list_proposals_of_entity,
    get_entity_of_wallet,
    create_clustering,
)


def _item(one: Entity) -> EntityItem:
    return EntityItem(one.key, one.network, one.size, one.confidence)


def _member(one: Member) -> MemberView:
    return MemberView(one.key, one.category, format_micro(one.in_value), format_micro(one.out_value))


def _link(link: Link) -> LinkView:
    return LinkView.from_held(link.held, link.standing)


def _paged(links: list[LinkView], limit: int, cursor: str | None, cursors: Cursors[int]) -> LinkPage:
    begin = cursors.read(cursor) or 0
    end = begin + limit
    return LinkPage(links[begin:end], cursors.write(end if end < len(links) else None))
