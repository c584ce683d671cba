"""Sessions of people: signing in, who one is, one's own password, signing out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, post, put
from msgspec import Meta, Struct

from api.access import Caller
from api.bodies import read_body
from api.callers import refuse_foreign
from api.cookies import session_cookie, token_of
from api.errors import Forbidden, TooManyRequests, Unauthenticated
from api.lifespan import GivenCaller, GivenDoor, GivenServices
from graph.model import Role
from jobs.people import change_password as change
from jobs.signing_in import count_attempt, sign_in, sign_out
from ledger.passwords import LONGEST
from ledger.users import get_user

Password = Annotated[str, Meta(max_length=LONGEST)]


class SessionInput(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    name: Annotated[str, Meta(max_length=200, description="The name to sign in with; its case does not matter")]
    password: Password


class PasswordInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's password and the one to take its place, of 12 to 200 characters."""

    current: Password
    new: Password


class SessionView(Struct, frozen=True, kw_only=True):
    """A session that has begun; it ends at `ends_at`, or before if it is not used."""

    id: str
    name: str
    role: Role
    must_change_password: bool
    ends_at: datetime


class MeView(Struct, frozen=True, kw_only=True):
    """Who calls; `id` is what the audit log names as the actor."""

    id: str
    name: str
    role: Role
    kind: Literal["person", "key", "local"]
    must_change_password: bool

    @classmethod
    def from_caller(cls, caller: Caller) -> MeView:
        """Return the caller as on the wire."""
        kinds: dict[str, Literal["person", "key"]] = {"usr": "person", "key": "key"}
        return cls(
            id=caller.id,
            name=caller.name,
            role=caller.role,
            kind=kinds.get(caller.id.partition("_")[0], "local"),
            must_change_password=caller.must_change_password,
        )


@post("/sessions", operation_id="create_session", summary="Sign in")
async def create_session(
    request: Request[Any, Any, Any], services: GivenServices, door: GivenDoor
) -> Response[SessionView]:
    """Check a name and a password and start a session, whose token is in a cookie that scripts cannot read.

    With the cookie, whatever changes something needs the header `X-Headwater-Request: 1` as well, and is refused to
    pages of other origins. A name that is not known and a wrong password are one 401. After ten attempts at a name from
    an address in a quarter of an hour the answer is 429.
    """
    refuse_foreign(request)
    given = read_body(await request.body(), SessionInput)
    address = request.client.host if request.client else ""
    taken = await count_attempt(door.limits, given.name, address)
    if not taken.passed:
        raise TooManyRequests("too many attempts to sign in; wait before the next", taken.free_in_s)
    begun = await sign_in(
        services,
        door.passwords,
        name=given.name,
        password=given.password,
        address=address,
        earlier=token_of(request),
    )
    if begun is None:
        raise Unauthenticated("nobody may sign in with this name and password")
    user = begun.user
    view = SessionView(
        id=user.id, name=user.name, role=user.role, must_change_password=user.must_change, ends_at=begun.ends_at
    )
    return Response(view, cookies=[session_cookie(request, begun.token, services.settings.api.session_s)])


@delete("/sessions/current", operation_id="end_session", summary="Sign out", status_code=204)
async def end_session(request: Request[Any, Any, Any], services: GivenServices, door: GivenDoor) -> None:
    """End the session of the cookie and take the cookie away; nothing happens to a key."""
    token = token_of(request)
    if token is not None:
        await sign_out(services, token)
        door.sessions.forget(token)
    taken_away = session_cookie(request, "", 0).to_header(header="")
    request.scope["state"].setdefault("headers", []).append((b"set-cookie", taken_away.encode()))


@get("/me", operation_id="get_me", summary="Who is calling")
async def get_me(caller: GivenCaller) -> MeView:
    """Return whom the key or the cookie stands for, and what they may do."""
    return MeView.from_caller(caller)


@put("/me/password", operation_id="change_password", summary="Replace one's own password", status_code=204)
async def change_password(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, door: GivenDoor
) -> None:
    """Take a new password, of 12 to 200 characters and not the name; all other sessions of the person end.

    A first password has to be replaced before anything else is answered: 403 `password-to-change`. A key has none: 403.
    """
    given = read_body(await request.body(), PasswordInput)
    token = token_of(request)
    if token is None or caller.id != caller.person:
        raise Forbidden("only a person who has signed in has a password")
    taken = await count_attempt(door.limits, caller.name, caller.id)
    if not taken.passed:
        raise TooManyRequests("too many attempts at the password; wait before the next", taken.free_in_s)
    async with services.ledger.read() as connection:
        user = await get_user(connection, caller.id)
    await change(services, door.passwords, user, current=given.current, new=given.new, token=token)
    door.sessions.forget(token)
