"""API keys of machines: made, listed, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from msgspec import Meta, Struct
from msgspec.structs import asdict

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.errors import FieldError, InvalidInput
from graph.model import Role
from jobs import keyring
from ledger import keys as ledger
from ledger.keys import KeyInfo

_cursors: Cursors[str] = Cursors("keys", str)


class KeyInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A key to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="What it is for; kept for good")]
    role: Role


class KeyView(Struct, frozen=True, kw_only=True):
    """A key, but for the key itself; `last4` are its last characters.

    `created_by` answers for it: a person, or a key that was made on the command line and has null there itself.
    """

    id: str
    name: str
    role: Role
    last4: str
    created_by: str | None
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def from_info(cls, info: KeyInfo) -> KeyView:
        """Return the key as on the wire."""
        return cls(**asdict(info))


class CreatedKeyView(KeyView, frozen=True, kw_only=True):
    """A key with the key itself, which is shown once: null in an answer given again."""

    key: str | None


class KeyPage(Struct, frozen=True):
    """A page of keys; `next` is null at the end."""

    items: list[KeyView]
    next: str | None


@post("/keys", operation_id="create_key", summary="Make an API key")
async def create_key(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[CreatedKeyView]:
    """Make a key for a machine. It is in this answer and nowhere else: whoever loses it makes another one."""
    given = read_body(await request.body(), KeyInput)
    name = given.name.strip()
    if not name or not name.isprintable():
        raise InvalidInput(FieldError("name", "must be 1 to 100 printable characters"))
    info, plaintext = await keyring.create_key(
        services, name, given.role, actor=caller.id, person=caller.answerable, key=new_resource_id(request, "key")
    )
    return Response(CreatedKeyView(**asdict(KeyView.from_info(info)), key=plaintext))


@get("/keys", operation_id="list_keys", summary="API keys, oldest first")
async def list_all_keys(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> KeyPage:
    """Page through all keys, revoked ones included; none of them can be used by what is told of it here."""
    after = _cursors.read(cursor) or ""
    async with services.ledger.read() as connection:
        found = await ledger.list_keys(connection, after=after, limit=limit + 1)
    ended = found[limit - 1].id if len(found) > limit else None
    return KeyPage([KeyView.from_info(info) for info in found[:limit]], _cursors.write(ended))


@delete("/keys/{api_key:str}", operation_id="revoke_key", summary="Revoke an API key for good", status_code=204)
async def revoke_key(services: GivenServices, caller: GivenCaller, api_key: Id) -> None:
    """Revoke a key; it is refused everywhere within seconds. Safe to send again."""
    await keyring.revoke_key(services, api_key, actor=caller.id)
