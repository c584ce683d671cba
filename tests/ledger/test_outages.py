"""A Postgres that is gone, hangs or is slow is a fact that callers can act on, within seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from graph.errors import Unavailable
from ledger.landed import find_landed, record_landed
from ledger.session import Ledger
from tests.ledger.records import landed


class Proxy:
    """A wire to Postgres that can hang (nothing passes, nothing is refused) or be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: list[asyncio.StreamWriter] = []
        self.flows = asyncio.Event()
        self.flows.set()
        self.open = True

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if not self.open:
            return self.cut()
        back, forth = await asyncio.open_connection(*self._target)
        self._writers.append(forth)
        await asyncio.gather(self._pump(reader, forth), self._pump(back, writer), return_exceptions=True)
        return None

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self.flows.wait()
            sink.write(data)
        sink.close()

    def cut(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@asynccontextmanager
async def through_proxy(url: str, timeout_s: float = 0.5) -> AsyncIterator[tuple[Ledger, Proxy]]:
    target = conninfo_to_dict(url)
    proxy = Proxy(str(target["host"]), int(str(target["port"])))
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ledger = await Ledger.open(make_conninfo(url, host="127.0.0.1", port=port), timeout_s=timeout_s)
    try:
        yield ledger, proxy
    finally:
        await ledger.close()
        proxy.cut()
        server.close()


async def ask(ledger: Ledger) -> int:
    async with ledger.read() as connection:
        row = await (await connection.execute("SELECT 1 AS one")).fetchone()
        assert row
        return int(row["one"])


async def test_no_server_is_unavailable_within_the_time_limit():
    ledger = await Ledger.open("postgresql://headwater_app@127.0.0.1:1/headwater", timeout_s=0.5)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="postgres is not available"):
        await ask(ledger)
    await ledger.close()
    assert time.monotonic() - started < 3


async def test_a_server_that_hangs_does_not_hang_its_callers(ledger, postgres):
    async with through_proxy(postgres.postgres_url) as (slow, proxy):
        assert await ask(slow) == 1
        proxy.flows.clear()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await ask(slow)
        assert time.monotonic() - started < 4
        proxy.flows.set()
        await asyncio.sleep(0.1)
        assert await ask(slow) == 1


async def test_connections_the_server_closed_are_not_handed_out(ledger, postgres):
    async with through_proxy(postgres.postgres_url) as (cut, proxy):
        assert await ask(cut) == 1
        proxy.cut()
        await asyncio.sleep(0.05)
        assert await ask(cut) == 1


async def test_service_is_back_soon_after_an_outage(ledger, postgres):
    async with through_proxy(postgres.postgres_url) as (cut, proxy):
        assert await ask(cut) == 1
        proxy.open = False
        proxy.cut()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await ask(cut)
        proxy.open = True
        started = time.monotonic()
        while True:
            try:
                assert await ask(cut) == 1
                break
            except Unavailable:
                assert time.monotonic() - started < 5


async def test_a_cut_in_the_middle_rolls_back(ledger, postgres):
    async with through_proxy(postgres.postgres_url) as (cut, proxy):
        with pytest.raises(Unavailable):
            async with cut.transaction() as connection:
                await record_landed(connection, [landed("eth:1")])
                proxy.cut()
    async with ledger.read() as connection:
        assert await find_landed(connection, "eth:1") is None


async def test_a_slow_statement_is_unavailable_unless_more_time_was_given(ledger, postgres):
    hasty = await Ledger.open(postgres.postgres_url, timeout_s=0.2)
    try:
        with pytest.raises(Unavailable, match="statement timeout"):
            async with hasty.read() as connection:
                await connection.execute("SELECT pg_sleep(0.4)")
        async with hasty.read(timeout_s=2) as connection:
            await connection.execute("SELECT pg_sleep(0.4)")
    finally:
        await hasty.close()


async def test_a_client_that_stops_in_a_transaction_loses_its_locks(ledger, postgres):
    hasty = await Ledger.open(postgres.postgres_url, timeout_s=0.2)
    try:
        with pytest.raises(Unavailable):
            async with hasty.transaction() as connection:
                await connection.execute("SELECT * FROM lock_audit_head()")
                await asyncio.sleep(0.5)
                await connection.execute("SELECT 1")
    finally:
        await hasty.close()


async def test_a_read_cannot_write(ledger):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with ledger.read() as connection:
            await record_landed(connection, [landed("eth:1")])
    async with ledger.transaction() as connection:
        assert await record_landed(connection, [landed("eth:1")]) == ["eth:1"]


async def test_a_cancelled_caller_leaves_the_pool_as_it_was(ledger, postgres):
    single = await Ledger.open(postgres.postgres_url, max_size=1)

    async def wait_long() -> None:
        async with single.transaction() as connection:
            await record_landed(connection, [landed("eth:1")])
            await connection.execute("SELECT pg_sleep(4)")

    try:
        task = asyncio.create_task(wait_long())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with single.read() as connection:
            assert await find_landed(connection, "eth:1") is None
    finally:
        await single.close()
