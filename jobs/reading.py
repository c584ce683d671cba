"""The log of reads, written beside the requests: in batches, once a second, so that no read waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from graph.errors import Unavailable
from ledger.read_log import Read, record_reads
from ledger.session import Ledger

EVERY_S, BATCH = 1.0, 500
# What may wait while Postgres is away; beyond it nothing is shown that could not be recorded.
MOST_WAITING = 10_000

_log = structlog.get_logger("headwater.reads")


class ReadLog:
    """Takes note of reads; a kill loses those of the last second, or fewer than a batch."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[Read] = []
        self._due = asyncio.Event()
        self._closing = False

    @classmethod
    @asynccontextmanager
    async def open(cls, ledger: Ledger) -> AsyncIterator[ReadLog]:
        """Write what is noted until the end, and then what is left."""
        log = cls(ledger)
        writing = asyncio.create_task(log._write())
        try:
            yield log
        finally:
            log._closing = True
            log._due.set()
            await writing

    def admit(self) -> None:
        """Raise Unavailable if too much waits to be written for one more read."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("postgres", "too many reads wait to be recorded")

    def note(self, read: Read) -> None:
        """Take note of a read, to be written within a second."""
        self._waiting.append(read)
        if len(self._waiting) >= BATCH:
            self._due.set()

    async def _write(self) -> None:
        while not self._closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), EVERY_S)
            self._due.clear()
            await self._flush()
        if not await self._flush():
            _log.error("reads are lost to the log", count=len(self._waiting))

    async def _flush(self) -> bool:
        """Write all that waits, batch by batch; False, and it goes on waiting, if that fails."""
        try:
            while batch := self._waiting[:BATCH]:
                async with self._ledger.transaction() as connection:
                    await record_reads(connection, batch)
                del self._waiting[: len(batch)]
        except Exception as error:  # this task must outlive whatever it is
            _log.error("reads could not be recorded yet", count=len(self._waiting), error=str(error))
            return False
        return True
