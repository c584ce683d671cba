"""People who may sign in: made, listed, given a new first password, disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from msgspec import Meta, Struct
from msgspec.structs import asdict

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenDoor, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.model import Role
from jobs.people import MAX_NAME, create_person, disable_person, reset_password
from ledger import users as ledger
from ledger.users import User

_cursors: Cursors[str] = Cursors("users", str)


class UserInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A person to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME, description="To sign in with; kept for good")]
    role: Role


class UserView(Struct, frozen=True, kw_only=True):
    """A person; `disabled_at` is null while they may sign in."""

    id: str
    name: str
    role: Role
    must_change_password: bool
    created_by: str
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def from_user(cls, user: User) -> UserView:
        """Return the person as on the wire."""
        fields = asdict(user)
        return cls(must_change_password=fields.pop("must_change"), **fields)


class CreatedUserView(UserView, frozen=True, kw_only=True):
    """A person and their first password, which is shown once: null in an answer given again."""

    password: str | None


class ResetView(Struct, frozen=True, kw_only=True):
    """A new first password, which is shown once: null in an answer given again."""

    id: str
    password: str | None


class UserPage(Struct, frozen=True):
    """A page of people; `next` is null at the end."""

    items: list[UserView]
    next: str | None


@post("/users", operation_id="create_user", summary="Make somebody who may sign in")
async def create_user(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, door: GivenDoor
) -> Response[CreatedUserView]:
    """Make a person with a first password, which has to be replaced when they sign in; `Location` is where they are.

    409 `name-taken` for a name that somebody has or had.
    """
    given = read_body(await request.body(), UserInput)
    user, password = await create_person(
        services, door.passwords, given.name, given.role, actor=caller.id, user=new_resource_id(request, "usr")
    )
    view = CreatedUserView(**asdict(UserView.from_user(user)), password=password)
    return Response(view, headers={"Location": f"/api/v1/users/{user.id}"})


@get("/users", operation_id="list_users", summary="People, oldest first")
async def list_all_users(services: GivenServices, limit: Limit = 100, cursor: Cursor = None) -> UserPage:
    """Page through everybody who may sign in, or could once: the audit log names them by `id`."""
    after = _cursors.read(cursor) or ""
    async with services.ledger.read() as connection:
        found = await ledger.list_users(connection, after=after, limit=limit + 1)
    ended = found[limit - 1].id if len(found) > limit else None
    return UserPage([UserView.from_user(user) for user in found[:limit]], _cursors.write(ended))


@get("/users/{user:str}", operation_id="get_user", summary="One person")
async def get_one_user(services: GivenServices, user: Id) -> UserView:
    """Return a person, disabled or not."""
    async with services.ledger.read() as connection:
        return UserView.from_user(await ledger.get_user(connection, user))


@post(
    "/users/{user:str}/password",
    operation_id="reset_user_password",
    summary="Give somebody a new first password",
    status_code=200,
)
async def reset_user_password(services: GivenServices, caller: GivenCaller, door: GivenDoor, user: Id) -> ResetView:
    """Replace a forgotten password by a first one, and end all sessions of the person.

    404 for somebody who is not known or is disabled.
    """
    return ResetView(id=user, password=await reset_password(services, door.passwords, user, actor=caller.id))


@delete("/users/{user:str}", operation_id="disable_user", summary="Disable somebody for good", status_code=204)
async def disable_user(services: GivenServices, caller: GivenCaller, user: Id) -> None:
    """End what a person may do: sessions under way, and all keys they made, end within seconds. Safe to send again.

    The name stays theirs: what they did is still told of them. A machine that goes on needs a key of somebody else.
    """
    await disable_person(services, user, actor=caller.id)
