"""Vetoes: an analyst takes back what a transaction says about who shares an owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, delete, get, post
from msgspec import Struct

from api.bodies import read_body
from api.case_bodies import Key, Reason
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph import entities
from jobs import vetoing
from ledger.vetoes import Veto, list_vetoes

_cursors: Cursors[str] = Cursors("vetoes", str)


class VetoInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which transaction is not to count, and why."""

    transaction: Key
    reason: Reason


class VetoView(Struct, frozen=True, kw_only=True):
    """A transaction that holds no entity together until the veto is ended; `entity` is the key it had then."""

    id: str
    entity: str
    transaction: str
    reason: str
    created_by: str
    created_at: datetime
    ended_by: str | None
    ended_at: datetime | None

    @classmethod
    def from_veto(cls, veto: Veto) -> VetoView:
        """Return the veto as it is on the wire."""
        return cls(**{name: getattr(veto, name) for name in cls.__struct_fields__})


class VetoedView(Struct, frozen=True):
    """A veto and the job that clusters anew without its transaction."""

    veto: VetoView
    job: str


class VetoPage(Struct, frozen=True):
    """A page of vetoes; `next` is null at the end."""

    items: list[VetoView]
    next: str | None


@post("/entities/{entity:str}/vetoes", operation_id="veto_entity_link", summary="Veto a transaction of an entity")
async def veto_entity_link(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, entity: Id
) -> Response[VetoedView]:
    """Have the links of a transaction not counted any more, as where it is a PayJoin or a CoinJoin in disguise.

    A job makes the entity anew of all its other links: it splits if nothing else holds it together, and wallets that
    lose company are re-screened. 422 for a transaction that links none of its wallets. One vetoed already is a 200.
    """
    asked, name = read_body(await request.body(), VetoInput), new_resource_id(request, "vto")
    made, job = await vetoing.veto(services, name, entity, asked.transaction, reason=asked.reason, actor=caller.id)
    view = VetoedView(VetoView.from_veto(made), job.id)
    return Response(view, status_code=201 if made.id == name else 200)


@get("/entities/{entity:str}/vetoes", operation_id="list_entity_vetoes", summary="Vetoes about an entity, newest first")
async def list_vetoes_of_entity(
    services: GivenServices, entity: Id, *, limit: Limit = 100, cursor: Cursor = None
) -> VetoPage:
    """Page through vetoes made under the entity's key, and those of transactions that would link its members."""
    found = await entities.get_entity(services.graph, entity)
    links = await entities.links_of_members(services.graph, found.key)
    transactions = sorted({link.held.transaction for link in links if link.standing == "vetoed"})
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        vetoes = await list_vetoes(connection, transactions, found.key, after=after, limit=limit + 1)
    ended = vetoes[limit - 1].id if len(vetoes) > limit else None
    return VetoPage([VetoView.from_veto(one) for one in vetoes[:limit]], _cursors.write(ended))


@delete("/vetoes/{veto:str}", operation_id="end_veto", summary="End a veto", status_code=204)
async def end_one_veto(services: GivenServices, caller: GivenCaller, veto: Id) -> None:
    """Let the transaction count again; wallets are clustered anew. Safe to send again."""
    await vetoing.end(services, veto, actor=caller.id)


VETOES = (list_vetoes_of_entity, veto_entity_link, end_one_veto)
