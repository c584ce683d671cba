"""Following the log: its head is known a moment after each commit, also across a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from ledger.audit import EventDraft, append
from ledger.following import Following
from ledger.session import Ledger
from tests.servers import Servers

LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'headwater'"
    " AND (query LIKE 'LISTEN%' OR query LIKE '%AS head FROM audit_events')"
)
LONG_S = 30.0


@pytest.fixture
async def following(ledger: Ledger) -> AsyncIterator[Following]:
    async with Following.open(ledger) as opened:
        yield opened


async def record(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        await append(connection, EventDraft("test", "thing.done", "s", {}))


async def test_everybody_who_waits_is_told_at_the_commit(ledger: Ledger, following: Following) -> None:
    waiting = [asyncio.create_task(following.beyond(0, LONG_S)) for _ in range(5)]

    await record(ledger)

    assert await asyncio.gather(*waiting) == [1] * 5
    assert await following.beyond(0, 0.0) == 1


async def test_nothing_is_told_of_what_is_rolled_back(ledger: Ledger, following: Following) -> None:
    await record(ledger)
    await following.beyond(0, LONG_S)
    with pytest.raises(LookupError):
        async with ledger.transaction() as connection:
            await append(connection, EventDraft("test", "thing.done", "s", {}))
            raise LookupError

    assert await following.beyond(1, 0.2) == 1


async def test_a_killed_connection_is_opened_again_and_nothing_is_missed(
    ledger: Ledger, following: Following, servers: Servers
) -> None:
    await record(ledger)
    await following.beyond(0, LONG_S)

    with psycopg.connect(servers.postgres_url, autocommit=True) as connection:
        killed = connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({LISTENERS}) AS l").fetchall()
    await record(ledger)

    assert killed
    assert await following.beyond(1, LONG_S) == 2


async def test_whoever_waits_is_let_go_at_the_end(ledger: Ledger, following: Following) -> None:
    waiting = asyncio.create_task(following.beyond(0, LONG_S))
    await asyncio.sleep(0.05)

    await following.release()

    assert await asyncio.wait_for(waiting, 5) == 0
    assert await asyncio.wait_for(following.beyond(0, LONG_S), 5) == 0
