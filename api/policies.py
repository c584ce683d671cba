"""Policies: the weights, thresholds and floors that turn signals into a decision; versions under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from msgspec import Meta, Struct

from api.bodies import read_body
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from jobs.book import read_policy
from jobs.policy_bodies import PolicyInput, policy_input
from jobs.policybook import activate_policy, create_policy, id_in_force
from ledger import policies as ledger
from ledger.policies import PolicyRecord

_Position = tuple[str, Annotated[int, Meta(ge=1, le=2**31 - 1)]]
_cursors: Cursors[_Position] = Cursors("policies", _Position)


class PolicyView(Struct, frozen=True, kw_only=True):
    """A recorded policy: `id` is its name and version, `policy` is what was sent. One of all is in force."""

    id: str
    version: int
    in_force: bool
    policy: PolicyInput
    author: str
    recorded_at: datetime


class PolicyPage(Struct, frozen=True):
    """A page of policies; `next` is null at the end."""

    items: list[PolicyView]
    next: str | None


@post("/policies", operation_id="create_policy", summary="Record a policy")
async def post_policy(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[PolicyView]:
    """Record the next version of a policy under its name; it is in force once it is activated.

    What the latest version under the name says already is a 200.
    """
    record, is_new = await create_policy(services, read_body(await request.body(), PolicyInput), actor=caller.id)
    return Response(await _view(services, record), status_code=201 if is_new else 200)


@get("/policies", operation_id="list_policies", summary="Policies by name, newest version first")
async def list_policies(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> PolicyPage:
    """Page through policies; `in_force` tells which one decides now."""
    after = _cursors.read(cursor)
    await services.current_book()
    async with services.ledger.read() as connection:
        found = await ledger.list_policies(connection, after=after, limit=limit + 1)
        in_force = await id_in_force(connection)
    ended = (found[limit - 1].name, found[limit - 1].version) if len(found) > limit else None
    return PolicyPage([policy_view(record, in_force) for record in found[:limit]], _cursors.write(ended))


@get("/policies/{policy:str}", operation_id="get_policy", summary="One policy")
async def get_policy(services: GivenServices, policy: Id) -> PolicyView:
    """Return a policy by its id, such as `default-2`; a policy never changes under its id."""
    await services.current_book()
    async with services.ledger.read() as connection:
        record = await ledger.get_policy(connection, policy)
    return await _view(services, record)


@post(
    "/policies/{policy:str}/activate",
    operation_id="activate_policy",
    summary="Bring a policy into force",
    status_code=200,
)
async def post_policy_activation(services: GivenServices, caller: GivenCaller, policy: Id) -> PolicyView:
    """Bring a policy into force in place of the one that is: every decision from the next request on names it.

    Where it scores wallets otherwise, with other `hops` or `hop_weights`, a scoring run is queued with it.
    """
    return await _view(services, await activate_policy(services, policy, actor=caller.id))


async def _view(services: GivenServices, record: PolicyRecord) -> PolicyView:
    async with services.ledger.read() as connection:
        return policy_view(record, await id_in_force(connection))


def policy_view(record: PolicyRecord, in_force: str | None) -> PolicyView:
    """Return a policy as it is on the wire; `in_force` is the id of the one that is."""
    return PolicyView(
        id=record.id,
        version=record.version,
        in_force=record.id == in_force,
        policy=policy_input(read_policy(record.body)),
        author=record.author,
        recorded_at=record.recorded_at,
    )
