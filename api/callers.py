"""Who calls: a machine by its key, a person by the cookie of a session, or anybody on this machine with AUTH=off."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler

import deadlines
from api.access import ACCESS, LOOPBACK, PUBLIC, Caller, operation_of
from api.cookies import token_of
from api.errors import Forbidden, PasswordToChange, Unauthenticated
from api.rates import limit_rate
from api.reads import READS
from graph.errors import Unavailable
from jobs.reading import ReadLog
from jobs.services import Services
from ledger.keys import PREFIX, KeyInfo, find_key
from ledger.sessions import Session, find_session

T = TypeVar("T")
AnyConnection = ASGIConnection[Any, Any, Any, Any]

# How long a revoked key, an ended session or a disabled person may still be taken for good.
CACHE_S = 3.0
CACHED = 1_000
# How long who was let in is let in while Postgres is away, and how long Postgres is asked before it counts as that.
AWAY_S, LOOK_S = 120.0, 1.0
# A page of another origin cannot send it: the browser would ask us first, and we do not answer that.
PROOF = "X-Headwater-Request"
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
# What somebody may do whose password has to be replaced.
NEWCOMERS = frozenset(("get_me", "change_password", "end_session"))

LOCAL = Caller("local", "admin", "local")


async def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Let a request pass if the table says so; raises Unauthenticated, Forbidden or TooManyRequests.

    Raises Unavailable where a read could not be recorded.
    """
    operation = operation_of(handler)
    if operation is None or ACCESS[operation] == PUBLIC:
        return
    if connection.scope["type"] == ScopeType.WEBSOCKET:
        # A refusal before it is accepted has no code that a page can read: it asks for `admit` itself.
        return
    await admit(connection, operation, await find_caller(connection))


async def admit(connection: AnyConnection, operation: str, caller: Caller) -> None:
    """Let a caller do what the table allows them, and keep it with the connection; raises as `guard` does."""
    roles = ACCESS[operation]
    connection.scope["user"] = caller
    await limit_rate(connection, caller)
    if caller.must_change_password and operation not in NEWCOMERS:
        raise PasswordToChange("replace your password first: PUT /api/v1/me/password")
    if caller.role not in roles:
        allowed = ", ".join(sorted(roles))
        raise Forbidden(f"the role {caller.role} may not do this; it takes one of: {allowed}")
    if operation in READS:
        reads: ReadLog = connection.app.state.read_log
        reads.admit()


class Recent(Generic[T]):
    """What was found a moment ago, by the digest of a secret, so that a burst of calls is one look-up."""

    def __init__(self) -> None:
        self._found: dict[bytes, tuple[float, T]] = {}
        self._away_until = 0.0

    async def find(self, secret: str, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """Return what `look` finds, or found at most CACHE_S ago; nothing found is not remembered.

        While Postgres does not answer, what was found at most AWAY_S ago: nobody can revoke anything meanwhile.
        """
        digest, now = hashlib.sha256(secret.encode()).digest(), time.monotonic()
        seen_at, known = self._found.get(digest, (0.0, None))
        if known is not None and now - seen_at < (AWAY_S if now < self._away_until else CACHE_S):
            return known
        is_recent = known is not None and now - seen_at < AWAY_S
        try:
            with deadlines.no_longer_than(LOOK_S) if is_recent else nullcontext():
                found = await look()
        except Unavailable:
            if not is_recent:
                raise
            self._away_until = time.monotonic() + CACHE_S
            return known
        self._found.pop(digest, None)
        if found is not None:
            if len(self._found) >= CACHED:
                self._found.clear()
            self._found[digest] = (now, found)
        return found

    def forget(self, secret: str) -> None:
        """Have it looked up anew, in this process."""
        self._found.pop(hashlib.sha256(secret.encode()).digest(), None)


def refuse_foreign(connection: AnyConnection) -> None:
    """Raise Forbidden for a request that a page of another origin has made."""
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host", ""):
        raise Forbidden("requests from pages of other origins are not answered")
    if connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("requests from pages of other sites are not answered")


async def find_caller(connection: AnyConnection) -> Caller:
    """Return whom a request comes from, by the key or the session it shows; raises Unauthenticated, Forbidden."""
    services: Services = connection.app.state.services
    if services.settings.api.auth == "off":
        return _local_caller(connection)
    if key := shown_key(connection):
        return await find_caller_of_key(connection, key)
    if (token := token_of(connection)) is not None:
        return await _of_session(connection, services, token)
    raise Unauthenticated("send `Authorization: Bearer hw_…` or `X-API-Key: hw_…`, or sign in")


async def find_caller_of_key(connection: AnyConnection, plaintext: str) -> Caller:
    """Return whom a key stands for; raises Unauthenticated for one that is not in force."""
    services: Services = connection.app.state.services

    async def look() -> KeyInfo | None:
        async with services.ledger.read() as ledger:
            return await find_key(ledger, plaintext)

    keys: Recent[KeyInfo] = connection.app.state.known_keys
    sane = plaintext.startswith(PREFIX) and len(plaintext) <= 100 and plaintext.isascii()
    info = await keys.find(plaintext, look) if sane else None
    if info is None:
        raise Unauthenticated("this key is unknown or revoked")
    return Caller(info.id, info.role, info.name, info.created_by)


async def _of_session(connection: AnyConnection, services: Services, token: str) -> Caller:
    """The person of a session; what changes anything must come from a page of ours, or from no page at all."""

    async def look() -> Session | None:
        async with services.ledger.transaction() as ledger:
            return await find_session(ledger, token, idle_s=services.settings.api.session_idle_s)

    sessions: Recent[Session] = connection.app.state.known_sessions
    session = await sessions.find(token, look)
    if session is None:
        raise Unauthenticated("this session has ended; sign in again")
    # A WebSocket has no method, and a browser opens one to anywhere, but cannot send our header with it.
    method = connection.scope.get("method")
    if method not in SAFE:
        refuse_foreign(connection)
        if method is not None and not connection.headers.get(PROOF):
            raise Forbidden(f"a signed-in browser sends the header {PROOF}: 1 with whatever changes something")
    return Caller(session.person, session.role, session.name, session.person, session.must_change)


def shown_key(connection: AnyConnection) -> str:
    """Return the key that a request shows, in force or not; empty without one."""
    shown = bearer_of(connection.headers.get("authorization", ""))
    return shown or str(connection.headers.get("x-api-key", "")).strip()


def bearer_of(authorization: str) -> str:
    """Return the key of `Bearer hw_…`; empty for an empty text."""
    scheme, _, token = authorization.partition(" ")
    if not scheme:
        return ""
    # Something was shown, if not a key: that is not the same as nothing.
    return token.strip() or "-" if scheme.lower() == "bearer" else "-"


def _local_caller(connection: AnyConnection) -> Caller:
    """The caller under AUTH=off. A web page elsewhere must not act through a browser on this machine."""
    host = connection.headers.get("host", "")
    origin = connection.headers.get("origin")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise Forbidden("with HEADWATER_AUTH=off only requests to localhost or 127.0.0.1 are answered")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Forbidden("with HEADWATER_AUTH=off requests from pages of other origins are not answered")
    return LOCAL
