"""Who calls and what each role may do: one table, read by the guard, the documents and the tests."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from msgspec import Struct

from api.errors import Forbidden, Unauthenticated
from graph.model import Role
from jobs.services import Services
from ledger.keys import PREFIX, KeyInfo, find_key

Roles = frozenset[Role]
PUBLIC: Literal["public"] = "public"
ROLES: Roles = frozenset(("integrator", "investigator", "supervisor", "admin", "auditor"))
READERS: Roles = ROLES - {"integrator"}
LANDERS: Roles = frozenset(("integrator", "admin"))
RUNNERS: Roles = frozenset(("supervisor", "admin"))
WITHDRAWERS: Roles = LANDERS | RUNNERS
OVERSEERS: Roles = frozenset(("supervisor", "admin", "auditor"))

ACCESS: Mapping[str, Roles | Literal["public"]] = {
    "create_transaction": LANDERS,
    "create_transactions": LANDERS,
    "withdraw_transaction": WITHDRAWERS,
    "list_transactions": ROLES,
    "get_transaction": ROLES,
    "get_transaction_decision": ROLES,
    "get_wallet": READERS,
    "get_wallet_exposure": READERS,
    "list_wallet_stops": READERS,
    "get_wallet_subgraph": READERS,
    "get_wallet_paths": READERS,
    "list_wallet_transactions": READERS,
    "list_wallet_counterparties": READERS,
    "search_wallets": READERS,
    "get_live_score": ROLES,
    "get_score": ROLES,
    "list_top_scores": READERS,
    "list_scores": READERS,
    "list_score_changes": READERS,
    "create_scoring_run": RUNNERS,
    "list_scoring_runs": READERS,
    "get_scoring_run": READERS,
    "replay_scoring_run": OVERSEERS,
    "list_jobs": READERS,
    "get_job": READERS,
    "list_alerts": READERS,
    "get_alert": READERS,
    "create_attributions": RUNNERS,
    "import_attributions": RUNNERS,
    "preview_attributions": RUNNERS,
    "list_attributions": READERS,
    "get_attribution": READERS,
    "withdraw_attribution": RUNNERS,
    "list_wallet_attributions": READERS,
    "list_audit_events": OVERSEERS,
    "get_health": PUBLIC,
    "get_readiness": PUBLIC,
    "get_docs": PUBLIC,
    "get_docs_style": PUBLIC,
    "get_docs_icon": PUBLIC,
    "get_openapi": PUBLIC,
}

# How long a revoked key may still be taken for good.
CACHE_S = 3.0
CACHED_KEYS = 1_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Caller(Struct, frozen=True):
    """Who is calling; `id` is what the audit log names as the actor."""

    id: str
    role: Role


LOCAL = Caller("local", "admin")


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request pass if the table says so; raises Unauthenticated or Forbidden."""
    operation = operation_of(handler)
    roles = PUBLIC if operation is None else ACCESS[operation]
    if roles == PUBLIC:
        return
    services: Services = connection.app.state.services
    caller = _local_caller(connection) if services.settings.api.auth == "off" else await _caller(connection)
    connection.scope["user"] = caller
    if caller.role not in roles:
        allowed = ", ".join(sorted(roles))
        raise Forbidden(f"the role {caller.role} may not do this; it takes one of: {allowed}")


def operation_of(handler: BaseRouteHandler) -> str | None:
    """Return the operation id of a handler; None for the framework's own OPTIONS and docs handlers."""
    operation = handler.operation_id if isinstance(handler, HTTPRouteHandler) else None
    if isinstance(operation, str):
        return operation
    if handler.fn.__module__.startswith("litestar."):
        return None
    raise ImproperlyConfiguredException(f"{handler} has no operation_id")


def require_entries(app: Litestar) -> None:
    """Refuse to start with a route that the table does not know, or an entry without a route."""
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    operations = {operation for h in handlers if (operation := operation_of(h)) is not None}
    if odd := operations ^ set(ACCESS):
        names = ", ".join(sorted(odd))
        raise ImproperlyConfiguredException(f"the table in api/access.py and the routes differ in {names}")


class KeyCache:
    """Keys found a moment ago, by digest, so that a burst of calls is one look-up."""

    def __init__(self) -> None:
        self._found: dict[bytes, tuple[float, KeyInfo]] = {}

    async def find(self, services: Services, plaintext: str) -> KeyInfo | None:
        """Return the key in force; at most CACHE_S late to see that it was revoked."""
        digest, now = hashlib.sha256(plaintext.encode()).digest(), time.monotonic()
        seen_at, info = self._found.get(digest, (0.0, None))
        if info is not None and now - seen_at < CACHE_S:
            return info
        self._found.pop(digest, None)
        async with services.ledger.read() as connection:
            info = await find_key(connection, plaintext)
        if info is not None:
            if len(self._found) >= CACHED_KEYS:
                self._found.clear()
            self._found[digest] = (now, info)
        return info


async def _caller(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    plaintext = _shown_key(connection)
    if not plaintext:
        raise Unauthenticated("send `Authorization: Bearer hw_…` or `X-API-Key: hw_…`")
    keys: KeyCache = connection.app.state.key_cache
    sane = plaintext.startswith(PREFIX) and len(plaintext) <= 100 and plaintext.isascii()
    info = await keys.find(connection.app.state.services, plaintext) if sane else None
    if info is None:
        raise Unauthenticated("this key is unknown or revoked")
    return Caller(info.id, info.role)


def _shown_key(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme:
        return token.strip() if scheme.lower() == "bearer" else ""
    return str(connection.headers.get("x-api-key", "")).strip()


def _local_caller(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """The caller under AUTH=off. A web page elsewhere must not act through a browser on this machine."""
    host = connection.headers.get("host", "")
    origin = connection.headers.get("origin")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise Forbidden("with HEADWATER_AUTH=off only requests to localhost or 127.0.0.1 are answered")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Forbidden("with HEADWATER_AUTH=off requests from pages of other origins are not answered")
    return LOCAL
