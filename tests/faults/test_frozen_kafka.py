"""A Kafka that is stopped (SIGSTOP): nothing waits for it, and both ways go on where they were once it answers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from bench.ground import environment
from graph.session import Graph
from jobs.kafka_address import parse_kafka_url
from ledger.session import Ledger
from settings import Settings
from tests.chaos.processes import free_port, headwater, wait_until_ready
from tests.faults.freezing import frozen_at
from tests.faults.light_load import LightLoad, Noted
from tests.jobs.kafka_ground import make_topic, message, put, read, settings_for, until
from tests.reliability import record
from tests.servers import Servers

DEADLINE_S = 5.0
SENT = 300


@pytest.fixture
def settings(servers: Servers, kafka: str, tmp_path: Path) -> Settings:
    own = {"port": str(free_port()), "auth": "off", "data_dir": str(tmp_path), "deadline_s": str(DEADLINE_S)}
    return settings_for(servers, kafka, kafka_from="beginning", **own)


@pytest.fixture
async def client(
    settings: Settings, kafka: str, graph: Graph, ledger: Ledger, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """API, worker and consumer, each a process of its own, on topics of their own."""
    for topic in (settings.kafka.kafka_transactions, settings.kafka.kafka_dead_letters):
        await make_topic(kafka, topic)
    url = f"http://127.0.0.1:{settings.api.port}"
    with ExitStack() as stack:
        for name in ("serve", "worker", "consume"):
            stack.enter_context(headwater(name, tmp_path / f"{name}.log", environment(settings)))
        await asyncio.to_thread(wait_until_ready, url)
        async with httpx.AsyncClient(base_url=url, timeout=60) as opened:
            yield opened


def decided(servers: Servers) -> Counter[str]:
    with psycopg.connect(servers.postgres_url) as connection:
        rows = connection.execute("SELECT subject FROM audit_events WHERE action = 'transaction.decided'").fetchall()
    return Counter(subject for (subject,) in rows)


async def freeze(client: httpx.AsyncClient, settings: Settings, servers: Servers, seconds: float) -> Noted:
    """Stop Kafka while payments come from it and over HTTP; what was noted until all is told."""
    kafka, load = settings.kafka.kafka_url, LightLoad(client)
    load.start()

    async def told() -> Any:
        return (await client.get("/health/ready")).json()["kafka"]

    async def is_degraded() -> bool:
        return bool((await told())["status"] == "degraded")

    def consumed() -> int:
        return sum(subject.startswith("acct:k") for subject in decided(servers))

    async def is_consuming() -> bool:
        return consumed() > 0

    async def is_told() -> bool:
        return consumed() == SENT and await told() == {"status": "ok", "lag": 0, "failing_since": None}

    await put(kafka, settings.kafka.kafka_transactions, [message(number) for number in range(SENT)])
    await until(is_consuming)
    began = time.monotonic()
    with frozen_at(int(parse_kafka_url(kafka).servers[0].rpartition(":")[2])):
        await until(is_degraded)
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    noted = await load.stop()
    await until(is_told)
    return noted


async def check(noted: Noted, settings: Settings, servers: Servers) -> None:
    """Every post was taken at once, readiness stayed green, and each decision is made once and published."""
    assert {status for path, status in noted.statuses if path == "/api/v1/transactions"} == {201}
    assert {status for path, status in noted.statuses if path == "/api/v1/health/ready"} == {200}
    found = decided(servers)
    assert set(found) == {*noted.acknowledged, *(f"acct:k{number}" for number in range(SENT))}
    assert set(found.values()) == {1}
    records = await read(settings.kafka.kafka_url, settings.kafka.kafka_decisions, len(found))
    assert {msgspec.json.decode(one.value)["subject"] for one in records} >= set(found)


async def got_over(client: httpx.AsyncClient, settings: Settings, servers: Servers, seconds: float) -> Noted:
    """Freeze, check, and return what was noted."""
    noted = await freeze(client, settings, servers, seconds)
    await check(noted, settings, servers)
    return noted


@pytest.mark.timeout(300)
async def test_nothing_waits_for_a_kafka_that_is_stopped(
    client: httpx.AsyncClient, settings: Settings, servers: Servers
) -> None:
    noted = await got_over(client, settings, servers, 5)

    assert max(noted.slowest.values()) < 2 * DEADLINE_S, "a busy machine adds to 5 s"


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_minute_without_kafka_is_got_over(
    client: httpx.AsyncClient, settings: Settings, servers: Servers
) -> None:
    noted = await got_over(client, settings, servers, 60)

    longest = max(noted.slowest.values())
    record("frozen kafka 60 s", n=sum(noted.statuses.values()), failures=0, longest_answer_s=round(longest, 2))
    assert longest < DEADLINE_S + 0.5
