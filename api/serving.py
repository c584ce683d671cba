"""How uvicorn runs the application: its limits, its end, and sockets whose peer does not read."""

from __future__ import annotations

import logging
import socket
from asyncio import BaseTransport
from typing import Any

import uvicorn
from litestar import Litestar
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ledger.following import Following
from settings import Settings

# How long requests under way may take once the process is told to stop.
GRACE_S = 15
# A first message is a key and a place, no more; a longer one is answered with code 1009.
MAX_MESSAGE_BYTES = 4_096
PING_EVERY_S, PONG_WITHIN_S = 15.0, 15.0
# How long a close may wait for its peer to read it.
LINGER_S = 15.0
SERVICE_RESTART, INTERNAL_ERROR = 1012, 1011


# uvicorn tells of each handshake with its query, in which somebody may have put a key by mistake.
_log = logging.getLogger("headwater.sockets")
_log.setLevel(logging.WARNING)


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket that ends also where its peer reads nothing: uvicorn's own would wait for ever to say so."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin."""
        self.logger = _log
        super().connection_made(transport)

    async def send(self, message: Any) -> None:
        """Send one message; a close does not wait until what was sent before is read."""
        if message["type"] == "websocket.close":
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.close":
            self._abort_later()

    def keepalive_timeout(self) -> None:
        """End a connection whose peer did not answer a ping."""
        super().keepalive_timeout()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": INTERNAL_ERROR, "reason": "no pong"})
        self._abort_later()

    def shutdown(self) -> None:
        """Tell the peer that the server goes away; a connection that is closing already is cut."""
        if self.transport.is_closing():
            self.transport.abort()
            return
        super().shutdown()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def _abort_later(self) -> None:
        self.loop.call_later(LINGER_S, self.transport.abort)


class Server(uvicorn.Server):
    """A server that lets go requests that wait for events before it waits for requests to end."""

    def __init__(self, config: uvicorn.Config, app: Litestar) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End connections, in order, and then the application."""
        following: Following | None = self._app.state.get("following")
        if following is not None:
            await following.release()
        await super().shutdown(sockets)


def server_of(app: Litestar, settings: Settings) -> Server:
    """Return the server of an application, as its settings say."""
    config = uvicorn.Config(
        app,
        host=settings.api.host,
        port=settings.api.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        ws=Socket,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_WITHIN_S,
        # Alerts are small, and compressing each for each reader takes longer than sending it.
        ws_per_message_deflate=False,
    )
    return Server(config, app)
