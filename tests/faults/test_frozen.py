"""A server that is stopped (SIGSTOP) under light load: every answer in time, the rest goes on, nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest

from graph.model import Role
from graph.session import Graph
from tests.api.conftest import bearer, keys
from tests.chaos.processes import free_port, headwater, wait_until_ready
from tests.faults.freezing import frozen
from tests.faults.light_load import READS, LightLoad, Noted
from tests.reliability import record
from tests.servers import Servers

__all__ = ["keys"]

DEADLINE_S = 5.0
SERVERS = ("neo4j", "postgres", "redis")


@pytest.fixture
async def client(
    servers: Servers, graph: Graph, keys: dict[Role, str], tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The API in a process of its own."""
    port = free_port()
    environ = servers.environ(port=str(port), auth="keys", deadline_s=str(DEADLINE_S), data_dir=str(tmp_path))
    url = f"http://127.0.0.1:{port}"
    with headwater("serve", tmp_path / "api.log", environ):
        await asyncio.to_thread(wait_until_ready, url)
        async with httpx.AsyncClient(base_url=url, headers=bearer(keys["admin"]), timeout=60) as opened:
            yield opened


async def freeze(client: httpx.AsyncClient, servers: Servers, away: str, seconds: float) -> tuple[Noted, float, Noted]:
    """What was noted while a server was stopped, the seconds until it was ready again, and what was noted then."""
    load = LightLoad(client)
    load.start()
    await asyncio.sleep(2)
    with frozen(servers, away):
        during = load.since_now()
        await asyncio.sleep(seconds)
    thawed = time.monotonic()
    after = load.since_now()
    while not after.statuses["/api/v1/health/ready", 200]:
        assert time.monotonic() - thawed < 60, "it is not ready again"
        await asyncio.sleep(0.05)
    ready_s = time.monotonic() - thawed
    while not after.statuses["/api/v1/transactions", 201]:
        assert time.monotonic() - thawed < 60, "nothing is taken again"
        await asyncio.sleep(0.05)
    return during, ready_s, await load.stop()


def lost(servers: Servers, noted: Noted) -> set[str]:
    """What was acknowledged and is not decided, once."""
    with psycopg.connect(servers.postgres_url) as connection:
        rows = connection.execute("SELECT transaction FROM decisions").fetchall()
    decided = [key for (key,) in rows]
    assert len(decided) == len(set(decided))
    return set(noted.acknowledged) - set(decided)


def check(during: Noted, away: str) -> None:
    """What must be so while a server is stopped."""
    health = {status for path, status in during.statuses if path == "/api/v1/health"}
    ready = during.statuses["/api/v1/health/ready", 503]
    posted = {status for path, status in during.statuses if path == "/api/v1/transactions"}
    assert health == {200} and ready > 0 and during.named == {away}
    if away != "redis":
        assert 503 in posted
    for path, needed in READS.items():
        statuses = {status for at, status in during.statuses if at == path}
        if needed != away:
            assert statuses == {200}, (path, statuses)


@pytest.mark.parametrize("away", SERVERS)
async def test_nothing_hangs_and_nothing_is_lost_while_a_server_is_stopped(
    client: httpx.AsyncClient, servers: Servers, away: str
) -> None:
    during, _, noted = await freeze(client, servers, away, seconds=8)

    check(during, away)
    assert max([*during.slowest.values(), *noted.slowest.values()]) < 2 * DEADLINE_S, "a busy machine adds to 5 s"
    assert lost(servers, noted) == set()


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("away", SERVERS)
async def test_a_minute_without_a_server_is_got_over(client: httpx.AsyncClient, servers: Servers, away: str) -> None:
    during, ready_s, noted = await freeze(client, servers, away, seconds=60)

    longest = max([*during.slowest.values(), *noted.slowest.values()])
    missing = lost(servers, noted)
    record(
        f"frozen {away} 60 s",
        n=sum(during.statuses.values()),
        failures=len(missing),
        longest_answer_s=round(longest, 2),
        ready_again_s=round(ready_s, 2),
        acknowledged=len(noted.acknowledged),
    )
    check(during, away)
    assert longest < DEADLINE_S + 0.5 and ready_s <= 10 and missing == set()
