"""Following the audit log: its head as it grows, told by Postgres at each commit, asked for again when in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from graph.errors import Unavailable
from ledger.audit import CHANNEL
from ledger.session import Connection, Ledger

# How long nothing may be heard before the head is asked for: a notification can be lost, a silence never lasts.
SILENCE_S = 2.0
RETRY_S = 0.5
log = structlog.get_logger()


class Following:
    """Knows the highest seq of the log, a moment after its commit; one connection for any number of waiters."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._grown = asyncio.Condition()
        self.head = 0
        self.released = False

    @classmethod
    @asynccontextmanager
    async def open(cls, ledger: Ledger) -> AsyncIterator[Following]:
        """Follow until the block ends. Postgres need not be up: `head` is 0 until it has been asked."""
        following = cls(ledger)
        task = asyncio.create_task(following._follow())
        try:
            yield following
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def beyond(self, seq: int, timeout_s: float) -> int:
        """Wait until the log has grown beyond `seq`, for `timeout_s` at most; return its head as known then.

        Once everybody was released nobody waits.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._grown:
                await self._grown.wait_for(lambda: self.head > seq or self.released)
        return self.head

    async def release(self) -> None:
        """Let go whoever waits, for good: the process is about to end, and has answers to give before that."""
        async with self._grown:
            self.released = True
            self._grown.notify_all()

    async def _follow(self) -> None:
        while True:
            try:
                async with self._ledger.listener() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        await self._ask(connection)
                        await self._hear(connection)
            except (Unavailable, TimeoutError) as error:
                log.warning("log_not_followed", error=str(error) or "no answer")
            except Exception:
                log.exception("log_not_followed")
            await asyncio.sleep(RETRY_S)

    async def _ask(self, connection: Connection) -> None:
        async with asyncio.timeout(SILENCE_S):
            cursor = await connection.execute("SELECT coalesce(max(seq), 0) AS head FROM audit_events")
            row = await cursor.fetchone()
        await self._tell(row["head"] if row else 0)

    async def _hear(self, connection: Connection) -> None:
        """Return after a silence."""
        async for notification in connection.notifies(timeout=SILENCE_S):
            await self._tell(int(notification.payload))

    async def _tell(self, head: int) -> None:
        async with self._grown:
            # Lower, too: the ledger may have been restored from a backup.
            self.head = head
            self._grown.notify_all()
