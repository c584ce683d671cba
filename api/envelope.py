"""Around every request: who it is (request and trace id), its path kept escaped, headers, one log line."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct
from structlog.contextvars import bound_contextvars

from api.reads import note_read

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
# What may stand in a path segment as it is (RFC 3986 pchar).
_PLAIN = ":@!$&'()*+,;=-._~"

_is_request_id = re.compile(r"[A-Za-z0-9._:-]{1,128}").fullmatch
_is_traceparent = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?").fullmatch
_log = structlog.get_logger("headwater.access")


class Identity(Struct, frozen=True):
    """What ties an answer, its log lines and its decisions together."""

    request_id: str
    trace_id: str


def identify(raw: Iterable[tuple[bytes, bytes]]) -> Identity:
    """Take the caller's `X-Request-ID` and W3C `traceparent` where they are sane, else make new ones."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
    request_id = headers.get("x-request-id", "")
    trace = _is_traceparent(headers.get("traceparent", ""))
    known = trace is not None and trace[1].strip("0") != ""
    return Identity(
        request_id=request_id if _is_request_id(request_id) else secrets.token_hex(16),
        trace_id=trace[1] if trace is not None and known else secrets.token_hex(16),
    )


def identity_of(scope: Any) -> Identity:
    """Return the identity of the request being handled."""
    identity: Identity = scope["state"]["identity"]
    return identity


def escaped_path(scope: Any) -> str:
    """Return the path with its escapes in one spelling, so that a `%2F` within a key does not split it."""
    raw = scope.get("raw_path")
    path = raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])
    return "/".join(quote(unquote(segment), safe=_PLAIN) for segment in path.split("/"))


class Envelope:
    """The outermost layer: also around answers that no route gives, such as 404."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; a stream has a log line of its own."""
        identity = scope["state"]["identity"] = identify(scope["headers"])
        with bound_contextvars(request_id=identity.request_id, trace_id=identity.trace_id):
            if scope["type"] != ScopeType.HTTP:
                await self._app(scope, receive, send)
                return
            scope["path"] = escaped_path(scope)
            await self._logged(scope, receive, send, identity)

    async def _logged(self, scope: Any, receive: Receive, send: Send, identity: Identity) -> None:
        path, started, status = scope["path"], time.perf_counter(), 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name.lower() for name, _ in message["headers"]}
                extra = [header for header in HEADERS if header[0] not in own]
                more = [*scope["state"].get("headers", ()), (b"x-request-id", identity.request_id.encode())]
                message["headers"] = [*message["headers"], *extra, *more]
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        finally:
            if status == 200:
                note_read(scope, identity.request_id)
            _log.info(
                "request",
                method=scope["method"],
                path=path,
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 2),
                caller=getattr(scope.get("user"), "id", None),
            )
