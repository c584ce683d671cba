"""The only door to Postgres: a pool, one transaction at a time, facts instead of driver errors."""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import DiskFull as NoSpace
from psycopg.errors import IdleInTransactionSessionTimeout
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

import deadlines
from graph.errors import DiskFull, NoAnswer, Unavailable
from ledger import schema
from ledger.errors import LedgerNotReady

Row = dict[str, Any]
Connection = AsyncConnection[Row]

# Added to a limit that the server keeps itself, before we stop waiting for the server.
GRACE_S = 1.0


class Ledger:
    """A pool of connections as the application's role; every row is a dict."""

    def __init__(self, url: str, pool: AsyncConnectionPool[Connection], timeout_s: float) -> None:
        self._url = url
        self._pool = pool
        self._timeout_s = timeout_s

    @classmethod
    async def open(cls, url: str, *, min_size: int = 1, max_size: int = 10, timeout_s: float = 5.0) -> Ledger:
        """Open the pool; `timeout_s` bounds a connect, a statement and a transaction unless told otherwise.

        A server that is down is found by the first use, so that a process can start before its database.
        """
        pool = AsyncConnectionPool[Connection](
            url,
            kwargs=_connection_options(timeout_s),
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_s,
            # Short: a longer series of attempts would wait minutes between two of them after an outage.
            reconnect_timeout=timeout_s,
            open=False,
        )
        await pool.open()
        return cls(url, pool, timeout_s)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, *, timeout_s: float | None = None) -> AsyncIterator[Connection]:
        """One transaction, committed on the way out and rolled back on an error.

        It may last `timeout_s` as a whole. Raises Unavailable when Postgres is gone, too slow or asks to try
        again; if that happens in the commit, the outcome is not known: what was done must be repeatable.
        """
        async with self._unit(timeout_s, read_only=False) as connection:
            yield connection

    @asynccontextmanager
    async def read(self, *, timeout_s: float | None = None) -> AsyncIterator[Connection]:
        """Like `transaction`, but refuses to write."""
        async with self._unit(timeout_s, read_only=True) as connection:
            yield connection

    @asynccontextmanager
    async def listener(self) -> AsyncIterator[Connection]:
        """A connection of its own, outside the pool and committing by itself, to wait for notifications on."""
        try:
            connection = await AsyncConnection[Row].connect(
                self._url, autocommit=True, **_connection_options(self._timeout_s)
            )
            try:
                yield connection
            finally:
                await connection.close()
        except OperationalError as error:
            raise Unavailable("postgres", str(error).strip() or type(error).__name__) from error

    async def check(self) -> None:
        """Raise LedgerNotReady unless the schema is at head and our role owns no table."""
        async with self.read() as connection:
            found = await schema.version(connection)
            owned = await _owned_tables(connection)
        if found != schema.head():
            raise LedgerNotReady(
                f"the schema is at {found or 'no version'}, {schema.head()} is needed; run `headwater up`"
            )
        if owned:
            raise LedgerNotReady(
                f"HEADWATER_POSTGRES_URL has a role that can act as owner of {owned[0]}; use headwater_app"
            )

    @asynccontextmanager
    async def _unit(self, timeout_s: float | None, *, read_only: bool) -> AsyncIterator[Connection]:
        limit = self._timeout_s if timeout_s is None else timeout_s
        until = monotonic() + _patience(limit)
        try:
            with deadlines.waiting_for("postgres"):
                async with self._connection(until) as connection:
                    await connection.set_read_only(read_only)
                    with _cut_after(connection, until - monotonic()):
                        async with connection.transaction():
                            if timeout_s is not None:
                                await _limit(connection, timeout_s)
                            yield connection
        except (OperationalError, IdleInTransactionSessionTimeout) as error:
            raise _fact(error) from error

    @asynccontextmanager
    async def _connection(self, until: float) -> AsyncIterator[Connection]:
        """Take a connection that the server has not closed meanwhile, before `until` (time.monotonic).

        Not the pool's own `check`, which waits for a second after each connection that fails it.
        """
        connection = await self._taken(until)
        while _is_stale(connection):
            await connection.close()
            await self._pool.putconn(connection)
            connection = await self._taken(until)
        try:
            yield connection
        finally:
            await self._pool.putconn(connection)

    async def _taken(self, until: float) -> Connection:
        return await self._pool.getconn(timeout=max(0.001, min(self._timeout_s, until - monotonic())))


def _patience(limit: float) -> float:
    """Seconds that one unit may take here; raises NoAnswer where whoever asked waits no more."""
    left = deadlines.left()
    if left is not None and left <= 0:
        raise NoAnswer("postgres")
    return limit + GRACE_S if left is None else min(limit + GRACE_S, left)


def _fact(error: Exception) -> Unavailable:
    """What an error of the driver means to whoever asked."""
    said = str(error).strip() or type(error).__name__
    if isinstance(error, NoSpace) or "No space left on device" in said:
        return DiskFull("postgres", said)
    left = deadlines.left()
    return NoAnswer("postgres") if left is not None and left <= 0 else Unavailable("postgres", said)


def _connection_options(timeout_s: float) -> dict[str, Any]:
    """What every connection is opened with; a stopped or killed client must not hold locks for long."""
    limit_ms = int(timeout_s * 1000)
    options = {
        "statement_timeout": limit_ms,
        "lock_timeout": limit_ms,
        "idle_in_transaction_session_timeout": limit_ms,
        "client_connection_check_interval": 1000,
        "timezone": "UTC",
        "search_path": "public",
    }
    return {
        "row_factory": dict_row,
        "connect_timeout": max(1, round(timeout_s)),
        "application_name": "headwater",
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }


async def _limit(connection: Connection, timeout_s: float) -> None:
    await connection.execute(
        "SELECT set_config('statement_timeout', %(ms)s, true), set_config('lock_timeout', %(ms)s, true),"
        " set_config('idle_in_transaction_session_timeout', %(ms)s, true)",
        {"ms": str(int(timeout_s * 1000))},
    )


async def _owned_tables(connection: Connection) -> list[str]:
    cursor = await connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND pg_has_role(current_user, relowner, 'MEMBER') ORDER BY relname LIMIT 1"
    )
    return [row["relname"] for row in await cursor.fetchall()]


def _is_stale(connection: Connection) -> bool:
    """Whether the server has closed an idle connection: then there is something to read, its end."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _cut_after(connection: Connection, seconds: float) -> Iterator[None]:
    """Cut the connection's socket after `seconds`, so that a server that hangs cannot hang its callers.

    Cancelling would not do: the driver then waits for the server to say that it has stopped.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _cut, connection)
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: Connection) -> None:
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
