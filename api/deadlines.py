"""Every request is answered within its deadline: 503 names the server that did not answer, and nothing is cut half way.

What a handler waits for ends with the deadline by itself (`graph/session.py`, `ledger/session.py`). Where that is late
all the same the caller is answered, and the handler goes on to its end, unheard: it may be in the middle of a commit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from math import inf
from typing import Any

import structlog
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

import deadlines
from api.access import operation_of
from api.envelope import identity_of
from api.problems import problem_of, retry_headers, send_problem
from deadlines import Deadline
from graph.errors import NoAnswer
from graph.patience import PATIENCE
from jobs.services import Services

# How long after its deadline a request is answered in any case.
MARGIN_S = 0.2

_log = structlog.get_logger("headwater.api")


class Span(Struct, frozen=True):
    """How long a request may take as a whole (seconds), and how long any one answer that it waits for.

    `wait_s` is None for HEADWATER_DEADLINE_S, and 0 for that and what asking about many may take.
    """

    whole_s: float
    wait_s: float | None
    why: str


_MUCH = "much is asked at once; each answer of a server has the usual time"

# operation_id -> its time, where that is not HEADWATER_DEADLINE_S.
SPANS: Mapping[str, Span] = {
    "create_transactions": Span(inf, 0, "answers line by line, as long as it takes"),
    "import_attributions": Span(inf, 0, "a file as long as it may be"),
    "preview_attributions_import": Span(inf, 0, "a file as long as it may be"),
    "create_attributions": Span(60, None, _MUCH),
    "preview_attributions": Span(60, None, _MUCH),
    "edit_alerts": Span(30, None, _MUCH),
    "draw_wallets": Span(30, None, _MUCH),
    "get_case_report": Span(30, None, _MUCH),
    "draft_case_goaml": Span(30, None, _MUCH),
    "propose_case_closing": Span(30, None, _MUCH),
    "approve_case_closing": Span(30, None, _MUCH),
    "get_alert_explanation": Span(30, 25, "looks for ways of money as long as its policy has it"),
    "get_wallet_paths": Span(30, 25, "looks for as long as its policy has it"),
    "create_rule": Span(60, 30, "a new query is planned and proved"),
    "replace_rule": Span(60, 30, "a new query is planned and proved"),
    "update_rule": Span(60, 30, "a new query is planned and proved"),
    "activate_rule": Span(60, 30, "a query is planned and proved"),
    "ask_cypher": Span(45, 45, "the caller says how long, 30 s at most"),
    "list_events": Span(35, None, "the caller says how long to wait for an event, 30 s at most"),
}


async def give_time(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Give a request the time of its operation. A guard, to stand before all others."""
    if span := SPANS.get(operation_of(handler) or ""):
        services: Services = connection.app.state.services
        usual = services.settings.api.deadline_s
        many = usual + services.settings.graph.live_timeout_s * PATIENCE
        wait_s = many if span.wait_s == 0 else usual if span.wait_s is None else span.wait_s
        deadlines.allow(max(usual, span.whole_s), wait_s=max(usual, wait_s))


class Deadlines:
    """A layer round the application that gives each request `seconds`, unless `give_time` gives it others."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        with deadlines.within(self._seconds) as deadline:
            assert deadline is not None
            call = _Call(deadline, receive, send)
            task = asyncio.ensure_future(self._app(scope, call.receive, call.send))
        try:
            await call.until_over(task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            task.result()
            return
        self._late.add(task)
        task.add_done_callback(self._forget)
        await call.refuse(scope)

    def _forget(self, task: asyncio.Task[None]) -> None:
        """Nobody waits for it any more: whether it failed is for the log."""
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("a late request failed", error=str(error))


class _Call:
    """One request with its deadline. The time that its caller takes to send it is its caller's own."""

    def __init__(self, deadline: Deadline, receive: Receive, send: Send) -> None:
        self._deadline, self._receive, self._send = deadline, receive, send
        self._arriving_since: float | None = None
        self._whole = self._begun = self._refused = False

    async def receive(self) -> Any:
        """Pass on a part of the request."""
        if self._whole:
            return await self._receive()
        self._arriving_since = time.monotonic()
        try:
            message = await self._receive()
        finally:
            self._deadline.until += time.monotonic() - self._arriving_since
            self._arriving_since = None
        self._whole = message["type"] != "http.request" or not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer, unless the caller was answered without it."""
        if not self._refused:
            self._begun = True
            await self._send(message)

    async def until_over(self, task: asyncio.Future[None]) -> None:
        """Return when the task is done, or its time over without an answer begun."""
        while not task.done():
            left = self._deadline.left + MARGIN_S
            if self._begun or left == inf:
                await asyncio.wait([task])
            elif left > 0:
                await asyncio.wait([task], timeout=left)
            elif self._arriving_since is not None:
                await asyncio.wait([task], timeout=MARGIN_S)
            else:
                return

    async def refuse(self, scope: HTTPScope) -> None:
        """Answer 503 and name what was waited for."""
        self._refused = True
        server = self._deadline.waiting_for or "headwater itself"
        problem = problem_of(NoAnswer(server), identity_of(scope).request_id)
        _log.warning("unavailable", error=problem.detail)
        await send_problem(self._send, problem, retry_headers(503))
