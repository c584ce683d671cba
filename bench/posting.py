"""Posting to the API over kept connections: one after the other, as fast as it goes, and at a given rate."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from time import perf_counter

from bench.figures import Watch
from bench.ground import BenchError

CREATED = 201


class Connection:
    """One HTTP/1.1 connection, bare enough not to be measured itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        """Connect; whoever opens it closes it."""
        return cls(*await asyncio.open_connection(host, port))

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send one body and return status and answer."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lines = answer.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), None)
        content = await self._chunks() if length is None else await self._reader.readexactly(length)
        return int(answer.split(b" ", 2)[1]), content

    async def post_for_head(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send one body and return status and head of the answer, the rest of which is read."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        lines = answer.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), None)
        await (self._chunks() if length is None else self._reader.readexactly(length))
        return int(answer.split(b" ", 2)[1]), answer

    async def _chunks(self) -> bytes:
        parts = []
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            parts.append((await self._reader.readexactly(size + 2))[:-2])
        await self._reader.readexactly(2)
        return b"".join(parts)

    @property
    def is_closed(self) -> bool:
        """Whether the server has closed it, as it does after some seconds without a request."""
        return self._reader.at_eof()

    def close(self) -> None:
        """Close it."""
        self._writer.close()


async def post_in_turn(host: str, port: int, bodies: Sequence[bytes]) -> list[float]:
    """Seconds of each post, over one connection."""
    connection, watch = await Connection.open(host, port), Watch()
    for body in bodies:
        with watch:
            await _create(connection, body)
    connection.close()
    return watch.times


async def post_at_once(host: str, port: int, bodies: Sequence[bytes], callers: int) -> float:
    """Posts a second when so many callers each wait for an answer before they post again."""
    waiting = iter(bodies)

    async def call() -> None:
        connection = await Connection.open(host, port)
        for body in waiting:
            await _create(connection, body)
        connection.close()

    started = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(callers):
            tasks.create_task(call())
    return len(bodies) / (perf_counter() - started)


async def post_at_rate(host: str, port: int, bodies: Sequence[bytes], rate: float, seed: int) -> list[float]:
    """Seconds from when each post was due to its answer; posts are due at random, `rate` a second on average.

    A post that is late because an earlier one holds things up counts from when it was due: nobody's wait is left out.
    """
    draw, idle, times = random.Random(seed), list[Connection](), list[float]()

    async def call(body: bytes, due: float) -> None:
        while idle and idle[-1].is_closed:
            idle.pop().close()
        connection = idle.pop() if idle else await Connection.open(host, port)
        await _create(connection, body)
        times.append(perf_counter() - due)
        idle.append(connection)

    due = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for body in bodies:
            due += draw.expovariate(rate)
            await asyncio.sleep(due - perf_counter())
            tasks.create_task(call(body, due))
    for connection in idle:
        connection.close()
    return times


async def post_bulk(host: str, port: int, bodies: Sequence[bytes]) -> float:
    """Lines a second of one bulk request, from its first byte to the last line of its answer."""
    connection, started = await Connection.open(host, port), perf_counter()
    status, answer = await connection.post("/api/v1/transactions/bulk", b"\n".join(bodies))
    seconds = perf_counter() - started
    connection.close()
    made = answer.count(b'"status":201')
    if status != 200 or made != len(bodies):
        raise BenchError(f"of {len(bodies)} lines {made} were landed and decided: {status} {answer[:300]!r}")
    return len(bodies) / seconds


async def _create(connection: Connection, body: bytes) -> None:
    status, answer = await connection.post("/api/v1/transactions", body)
    if status != CREATED:
        raise BenchError(f"POST /transactions answered {status}: {answer[:300]!r}")
