"""Any list as CSV: `Accept: text/csv` on a list reads it page by page, as the caller could, and streams the rows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import structlog
from litestar.datastructures.headers import Accept
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

from api.csv_columns import Listing, listing_of
from api.csv_text import line
from graph.errors import HeadwaterError

MEDIA_TYPE = "text/csv"
MAX_ROWS = 1_000_000
PAGE_ROWS = 500
# How often, and how long at most, an export waits when its caller's rate is spent.
PATIENCE, LONGEST_WAIT_S = 10, 60

# What the framework and the guard find out about a request.
_TOLD = ("user", "route_handler", "path_params", "litestar_app")

_log = structlog.get_logger("headwater.api")


class ExportCut(HeadwaterError):
    """An export could not be finished; raised so that the connection is cut and no reader takes it for whole."""


class _Answer(Struct):
    """What the application answered to one internal request."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""

    def header(self, name: bytes) -> str:
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), "")


class CsvLists:
    """Around the application: turns a list's pages into one stream of rows, in memory bounded by a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; all but a GET that prefers CSV pass through."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET" or not _prefers_csv(scope):
            await self._app(scope, receive, send)
            return
        first, listing = await self._first(scope)
        if listing is None or first.status != 200:
            await send({"type": "http.response.start", "status": first.status, "headers": first.headers})
            await send({"type": "http.response.body", "body": first.body, "more_body": False})
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await self._stream(scope, first, listing, gone, send)
        finally:
            gone.cancel()

    async def _first(self, scope: HTTPScope) -> tuple[_Answer, Listing | None]:
        """Ask for the first page; the router tells which operation it was, and so which columns there are."""
        inner = _inner_scope(scope, scope["query_string"])
        answer = await self._ask(inner)
        _tell_outside(scope, inner)
        handler = inner.get("route_handler")
        return answer, listing_of(handler) if isinstance(handler, HTTPRouteHandler) else None

    async def _stream(
        self, scope: HTTPScope, page: _Answer, listing: Listing, gone: asyncio.Future[None], send: Send
    ) -> None:
        query = _query(scope)
        most = min(MAX_ROWS, int(query.get(listing.bound or "", MAX_ROWS)))
        await _start(scope, send)
        await _write(send, line(listing.columns))
        rows = 0
        while not gone.done():
            items, cursor = _read(page)
            rows += len(items)
            await _write(send, "".join(line(item.get(name) for name in listing.columns) for item in items))
            if cursor is None or rows >= most:
                await _end(send, rows, cursor)
                return
            if listing.bound:
                query[listing.bound] = str(min(PAGE_ROWS, most - rows))
            page = await self._next(scope, query | {"cursor": cursor})
            if page.status != 200:
                await _cut(send, page, rows)

    async def _next(self, scope: HTTPScope, query: dict[str, str]) -> _Answer:
        """Ask for a further page, waiting where the caller's rate is spent."""
        for _ in range(PATIENCE):
            answer = await self._ask(_inner_scope(scope, urlencode(query).encode()))
            wait = answer.header(b"retry-after")
            if answer.status != 429 or not wait.isdigit() or int(wait) > LONGEST_WAIT_S:
                break
            await asyncio.sleep(int(wait))
        return answer

    async def _ask(self, scope: HTTPScope) -> _Answer:
        answer, asked = _Answer(), False

        async def receive() -> Any:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                answer.body += message["body"]

        await self._app(scope, receive, keep)
        return answer


def _prefers_csv(scope: HTTPScope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name.lower() == b"accept").decode("latin-1")
    return Accept(accepted).best_match(["application/json", MEDIA_TYPE]) == MEDIA_TYPE if accepted else False


def _query(scope: HTTPScope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _inner_scope(scope: HTTPScope, query: bytes) -> HTTPScope:
    """The same request by the same caller, for JSON; each has state of its own, as the framework keeps some there."""
    headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept"]
    inner = {**scope, "headers": [*headers, (b"accept", b"application/json")], "state": dict(scope["state"])}
    return {**inner, "query_string": query}  # type: ignore[typeddict-item]


def _tell_outside(scope: HTTPScope, inner: HTTPScope) -> None:
    """Let the layers outside see who asked for what, for the access log, the log of reads and the rate's headers."""
    found: dict[str, Any] = {name: inner[name] for name in _TOLD if name in inner}  # type: ignore[literal-required]
    scope.update(found)  # type: ignore[typeddict-item]
    if "headers" in inner["state"]:
        scope["state"]["headers"] = inner["state"]["headers"]


def _read(page: _Answer) -> tuple[list[dict[str, Any]], str | None]:
    found = msgspec.json.decode(page.body)
    return found["items"], found["next"]


async def _start(scope: HTTPScope, send: Send) -> None:
    name = scope["path"].rstrip("/").rpartition("/")[2].replace('"', "").replace("%", "") or "list"
    headers = [
        (b"content-type", b"text/csv; charset=utf-8; header=present"),
        (b"content-disposition", f'attachment; filename="{name}.csv"'.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _write(send: Send, text: str, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})


async def _end(send: Send, rows: int, cursor: str | None) -> None:
    """End an export; one that is not whole says so in its last line."""
    more = f"# INCOMPLETE: {rows} rows are the limit; go on with cursor={cursor}"
    await _write(send, "" if cursor is None else line([more]), more=False)


async def _cut(send: Send, page: _Answer, rows: int) -> None:
    """End an export that cannot go on: it says so in its last line, and the connection is cut."""
    why = f"{page.status}"
    with suppress(msgspec.DecodeError, KeyError, TypeError):
        why = f"{page.status} {msgspec.json.decode(page.body)['title']}"
    await _write(send, line([f"# INCOMPLETE: it ended after {rows} rows: {why}"]))
    _log.warning("export cut off", rows=rows, why=why)
    raise ExportCut(f"after {rows} rows: {why}")


async def _gone(receive: Receive) -> None:
    """Wait until the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
