"""Lines to the servers that are slow, cut or crawl: each request ends within its deadline, and all is well after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from tests.api.conftest import bearer, calling, keys, movement
from tests.faults.lines import behind_lines
from tests.faults.patience import until_taken
from tests.faults.proxy import Line
from tests.servers import Servers

__all__ = ["keys"]

DEADLINE_S, SLACK_S = 4.0, 3.0
SERVERS = ("neo4j", "postgres", "redis")
Fragile = tuple[httpx.AsyncClient, dict[str, Line]]


@pytest.fixture
async def fragile(servers: Servers, graph: Graph, keys: dict[Role, str]) -> AsyncIterator[Fragile]:
    async with behind_lines(servers) as (lined, lines):
        app = create_app(lined.settings(auth="keys", deadline_s=str(DEADLINE_S)))
        async with calling(app, **bearer(keys["admin"])) as client:
            await posted(client, 1)
            yield client, lines


async def posted(client: httpx.AsyncClient, number: int) -> None:
    """Post until it is acknowledged."""
    await until_taken(partial(client.post, "/api/v1/transactions", json=movement(number)))


async def ask_all(client: httpx.AsyncClient, number: int) -> list[tuple[int, float]]:
    """Status and seconds of one post and of reads, all at once."""

    async def ask(method: str, path: str) -> tuple[int, float]:
        started = time.monotonic()
        response = await client.request(method, path, json=movement(number) if method == "POST" else None)
        return response.status_code, time.monotonic() - started

    asked = [("POST", "/api/v1/transactions"), ("GET", "/api/v1/wallets/acct:a"), ("GET", "/api/v1/alerts")]
    return await asyncio.gather(*(ask(*one) for one in asked))


def check(told: list[tuple[int, float]]) -> None:
    assert {status for status, _ in told} <= {200, 201, 503}
    assert max(seconds for _, seconds in told) < DEADLINE_S + SLACK_S


@pytest.mark.parametrize("slow", SERVERS)
async def test_half_a_second_on_every_answer_keeps_reads_alive(fragile: Fragile, slow: str) -> None:
    client, lines = fragile
    lines[slow].latency_s = 0.25  # on the way there, and on the way back
    told = await ask_all(client, 2)
    lines[slow].latency_s = 0.0

    check(told)
    assert [status for status, _ in told[1:]] == [200, 200]
    await posted(client, 2)


@pytest.mark.parametrize("slow", SERVERS)
async def test_a_byte_a_second_is_no_answer(fragile: Fragile, slow: str) -> None:
    client, lines = fragile
    lines[slow].bytes_per_s = 1
    told = await ask_all(client, 2)
    lines[slow].bytes_per_s = None
    lines[slow].cut()

    check(told)
    needs = {"neo4j": [503, 503, 200], "postgres": [503, 200, 503], "redis": [201, 200, 200]}
    assert [status for status, _ in told] == needs[slow]
    await posted(client, 2)


@pytest.mark.parametrize("cut", SERVERS)
async def test_connections_that_are_reset_are_made_again(fragile: Fragile, cut: str) -> None:
    client, lines = fragile
    asking = asyncio.create_task(ask_all(client, 2))
    for _ in range(10):
        await asyncio.sleep(0.02)
        lines[cut].cut()

    check(await asking)
    await posted(client, 2)
    check(await ask_all(client, 3))


async def test_a_line_that_went_dead_in_silence_is_replaced(fragile: Fragile) -> None:
    """Half open: what is connected stays silent, what is connected anew works. One deadline is lost to all of them."""
    client, lines = fragile
    await asyncio.gather(*(client.get("/api/v1/wallets/acct:a") for _ in range(8)))
    lines["neo4j"].deaden()
    await asyncio.sleep(DEADLINE_S)
    first = (await client.get("/api/v1/wallets/acct:a")).status_code

    assert first == 503
    assert [(await client.get("/api/v1/wallets/acct:a")).status_code for _ in range(3)] == [200] * 3
