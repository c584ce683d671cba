"""`/alerts/stream`: events about alerts as they are committed, from any place on, over a WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from litestar import websocket
from litestar.exceptions import WebSocketDisconnect

from api.callers import admit
from api.envelope import identity_of
from api.reads import note_read
from api.stream_callers import AnySocket, read_opener
from api.stream_closing import BAD_MESSAGE, GONE, StreamEnded, ended_by
from api.stream_reader import Reader
from api.stream_registry import Streams
from jobs.services import Services

OPERATION = "stream_alerts"

_log = structlog.get_logger("headwater.access")


@websocket("/alerts/stream", opt={"operation_id": OPERATION})
async def stream_alerts(socket: AnySocket) -> None:
    """Tell of alerts until either side ends it; a refusal comes once the socket is open, so that it has a code."""
    started, end = monotonic(), StreamEnded(GONE, "the peer has gone")
    # A peer that has gone needs no close.
    with suppress(WebSocketDisconnect, OSError):
        await socket.accept(headers={"x-request-id": identity_of(socket.scope).request_id})
        try:
            await _serve(socket, socket.app.state.streams)
        except Exception as error:
            end = ended_by(error)
            await socket.close(end.code, end.reason)
    _log.info(
        "stream",
        code=end.code,
        reason=end.reason,
        s=round(monotonic() - started, 2),
        caller=getattr(socket.scope.get("user"), "id", None),
    )


async def _serve(socket: AnySocket, streams: Streams) -> None:
    services: Services = socket.app.state.services
    with streams.unknown():
        opener, asked = await read_opener(socket)
    await admit(socket, OPERATION, opener.caller)
    with streams.entered(opener) as ended:
        note_read(socket.scope, identity_of(socket.scope).request_id)
        reader = Reader(socket, services.ledger, streams.feed, asked, services.settings.api.stream_patience_s)
        await _until_ended(ended, asyncio.create_task(reader.run()), asyncio.create_task(_hear(socket)))


async def _until_ended(ended: asyncio.Future[StreamEnded], *tasks: asyncio.Task[None]) -> None:
    """Return once the peer has gone; raises what else ends the stream."""
    waited: set[asyncio.Future[Any]] = {ended, *tasks}
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if ended.done():
        raise ended.result()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _hear(socket: AnySocket) -> None:
    """Return when the peer has gone."""
    message = await socket.receive()
    if message["type"] == "websocket.receive":
        raise StreamEnded(BAD_MESSAGE, "an open stream takes no messages")
