"""The API behind a real socket in this process, clients of its stream, and alerts to tell of."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api.app import create_app
from api.serving import Server, Socket, server_of
from ledger.alerts import record_alerts
from ledger.audit import EventDraft, append
from ledger.decisions import record_decisions
from ledger.landed import record_landed
from ledger.session import Ledger
from tests.chaos.processes import free_port
from tests.ledger.records import alert, decision, landed
from tests.servers import Servers

LONG_S = 30.0
STREAM = "/api/v1/alerts/stream"


class Served(Struct, frozen=True):
    """An application that answers at a port of this machine."""

    app: Litestar
    port: int
    server: Server

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stream(self, query: str = "", **headers: str) -> connect:
        """A client of the stream, to be opened by `async with`."""
        url = f"ws://127.0.0.1:{self.port}{STREAM}{query}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return connect(url, additional_headers=named, open_timeout=LONG_S, max_size=None)


@asynccontextmanager
async def serving(servers: Servers, sockets: type[asyncio.Protocol] = Socket, **changes: str) -> AsyncIterator[Served]:
    """The API as `headwater serve` runs it, but for the process of its own; with other sockets if they are given."""
    settings = servers.settings(**{"auth": "keys", "port": str(free_port())} | changes)
    app = create_app(settings)
    server = server_of(app, settings)
    server.config.ws = sockets
    running = asyncio.create_task(server._serve())
    while not server.started:
        assert not running.done()
        await asyncio.sleep(0.01)
    try:
        yield Served(app, settings.api.port, server)
    finally:
        server.should_exit = True
        await asyncio.wait_for(running, LONG_S)


async def handshake(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A bare socket that has become a stream; what comes after is up to the test."""
    narrow = socket.create_connection(("127.0.0.1", served.port))
    # So that what waits at its side is not megabytes.
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    reader, writer = await asyncio.open_connection(sock=narrow, limit=1_024)
    lines = (
        f"GET {STREAM}?after=0 HTTP/1.1",
        f"Host: 127.0.0.1:{served.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    assert b" 101 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LONG_S)
    return reader, writer


async def none_open(served: Served, *, connected: bool = True) -> None:
    """Wait until the server has let go of every stream; of every connection too, unless one may be left `connected`."""
    for _ in range(1_000):
        if not served.app.state.streams._open and (connected or not served.server.server_state.connections):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a stream is open still")


async def record_alert(ledger: Ledger, number: int = 1) -> str:
    """An alert in the ledger, with the event that says so; return its id."""
    one = alert(number, f"acct:{number}")
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed(f"acct:{number}")])
        await record_decisions(connection, [decision(f"acct:{number}")])
        await record_alerts(connection, [one])
        await append(connection, EventDraft("test", "alert.opened", one.id, {"severity": one.severity}))
    return one.id


async def record_events(ledger: Ledger, subject: str, count: int, action: str = "alert.changed", size: int = 0) -> None:
    """So many events about an alert, in one transaction."""
    body = {"status": "open", "padding": "x" * size}
    async with ledger.transaction(timeout_s=LONG_S) as connection:
        await append(connection, *[EventDraft("test", action, subject, body)] * count)


async def hear(client: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), LONG_S))
    return message


async def hear_events(client: ClientConnection, count: int) -> list[dict[str, Any]]:
    """So many events, whatever else is said between them."""
    events: list[dict[str, Any]] = []
    while len(events) < count:
        message = await hear(client)
        if message["type"].startswith("alert."):
            events.append(message)
    return events


async def closed(client: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closes; what it says before is passed over."""
    try:
        while True:
            await asyncio.wait_for(client.recv(), LONG_S)
    except ConnectionClosed as error:
        assert error.rcvd is not None, error
        return error.rcvd.code, error.rcvd.reason
