"""A real receiver of webhooks: an HTTP server in the test process that answers as it is told and keeps what it got."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct


class Message(Struct, frozen=True):
    """One request: its path, headers in lower case, body as sent, and when it came, by the loop's clock."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def seq(self) -> int:
        return int(self.event["seq"])

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


# From a message to the status it is answered with.
Behaviour = Callable[[Message], Awaitable[int]]


async def accept(_message: Message) -> int:
    return 204


class Receiver:
    """Answers every request by `behave`, which may be replaced at any time; `got` is what came, answered or not."""

    def __init__(self) -> None:
        self.behave: Behaviour = accept
        self.got: list[Message] = []
        self.taken: list[Message] = []
        self.connections = 0
        self.extra_headers = ""
        self.extra_body = b""
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, *, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Receiver]:
        receiver = cls()
        server = await asyncio.start_server(receiver._serve, "127.0.0.1", port, ssl=tls)
        receiver.port = server.sockets[0].getsockname()[1]
        try:
            yield receiver
        finally:
            server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, condition: Callable[[Receiver], bool], timeout_s: float = 60.0) -> None:
        """Wait for a condition on what came; fails where it never comes true."""
        async with asyncio.timeout(timeout_s):
            while not condition(self):  # noqa: ASYNC110  # looked at by whoever waits, whatever it is about
                await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(request, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = request.decode().rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        message = Message(first.split(" ")[1], headers, body, asyncio.get_running_loop().time())
        self.got.append(message)
        status = await self.behave(message)
        if 200 <= status < 300:
            self.taken.append(message)
        length = 0 if status == 204 else len(self.extra_body)
        extra = "" if status == 204 else f"content-length: {length}\r\n"
        writer.write(f"HTTP/1.1 {status} Told\r\n{extra}{self.extra_headers}\r\n".encode() + self.extra_body[:length])
        await writer.drain()
