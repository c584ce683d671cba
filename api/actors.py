"""The names of those who act, for whoever reads what they did."""

from __future__ import annotations

from litestar import get
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from ledger.actors import Actor, list_actors

_cursors: Cursors[str] = Cursors("actors", str)


class ActorPage(Struct, frozen=True):
    """A page of people and keys; `next` is null at the end."""

    items: list[Actor]
    next: str | None


@get("/actors", operation_id="list_actors", summary="Names of people and keys, by id")
async def list_all_actors(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> ActorPage:
    """Page through everybody whom alerts, cases and the audit log name by id, with the name they go by."""
    after = _cursors.read(cursor) or ""
    async with services.ledger.read() as connection:
        found = await list_actors(connection, after=after, limit=limit + 1)
    return ActorPage(found[:limit], _cursors.write(found[limit - 1].id) if len(found) > limit else None)
