"""A line to a server that is slow, cut, or half open: nothing passes and nobody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

PART = 65_536


class Line:
    """Passes bytes on, both ways, as it is told to: change its fields at any time."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._ends: set[asyncio.StreamWriter] = set()
        self._gates = [asyncio.Event()]
        self._open.set()
        self.port = 0
        self.latency_s = 0.0
        self.bytes_per_s: float | None = None
        self.refuses = False

    @classmethod
    @asynccontextmanager
    async def to(cls, host: str, port: int) -> AsyncIterator[Self]:
        """Listen on a port of its own until the end of the block."""
        line = cls(host, port)
        server = await asyncio.start_server(line._accept, "127.0.0.1", 0)
        line.port = server.sockets[0].getsockname()[1]
        try:
            yield line
        finally:
            for gate in line._gates:
                gate.set()
            server.close()
            line.cut()
            await asyncio.sleep(0)

    @property
    def _open(self) -> asyncio.Event:
        """Set while bytes pass on connections that are made now."""
        return self._gates[-1]

    def freeze(self) -> None:
        """Half open: connections are taken and kept, and nothing passes."""
        self._open.clear()

    def thaw(self) -> None:
        """Let everything pass that waits, and what comes."""
        self._open.set()

    def deaden(self) -> None:
        """Let nothing pass any more on the connections there are, and tell nobody; new ones work."""
        self._open.clear()
        self._gates.append(asyncio.Event())
        self._open.set()

    def cut(self) -> None:
        """Reset every connection there is."""
        for end in list(self._ends):
            end.transport.abort()
        self._ends.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        if self.refuses:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._ends.add(back)
        gate = self._open
        await asyncio.gather(self._pass(reader, back, gate), self._pass(there, writer, gate))
        self._ends -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        try:
            while data := await reader.read(PART):
                await asyncio.sleep(self.latency_s)
                await gate.wait()
                await self._write(writer, data)
        except OSError:
            pass
        finally:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        while data and self.bytes_per_s is not None:
            writer.write(data[:1])
            data = data[1:]
            await writer.drain()
            await asyncio.sleep(1 / self.bytes_per_s)
        writer.write(data)
        await writer.drain()
