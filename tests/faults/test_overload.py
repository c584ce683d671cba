"""More posts than can be done: each is answered, what is refused says when to come back, what is taken is decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest

from api.overload import BURST_S, FEW, Lane
from bench.overload_client import Client, Told
from graph.session import Graph
from ledger.session import Ledger
from tests.chaos.processes import free_port, headwater, wait_until_ready
from tests.servers import Servers

MOST, ROUNDS = 8, 100
PREVIEW = "/api/v1/transactions/preview"


@pytest.fixture
async def url(servers: Servers, graph: Graph, ledger: Ledger, tmp_path: Path) -> AsyncIterator[httpx.URL]:
    port = free_port()
    environ = servers.environ(
        port=str(port), auth="off", most_under_way=str(MOST), longest_wait_s="1", data_dir=str(tmp_path)
    )
    found = httpx.URL(f"http://127.0.0.1:{port}")
    with headwater("serve", tmp_path / "api.log", environ):
        await asyncio.to_thread(wait_until_ready, str(found))
        yield found


async def test_what_is_too_much_is_refused_and_what_is_taken_is_done(url: httpx.URL, servers: Servers) -> None:
    posting = asyncio.create_task(Client(url.host, url.port or 0, seed=1).post_for(3.0, rate=400.0))
    healthy = await beside(url, posting)
    told: Told = await posting

    assert set(told.statuses) == {201, 503} and (told.bare, told.cut) == (0, 0)
    assert told.statuses[503] > MOST, "or it was not too much"
    with psycopg.connect(servers.postgres_url) as connection:
        decided = {key for (key,) in connection.execute("SELECT transaction FROM decisions").fetchall()}
    assert set(told.ids) == decided
    assert healthy == {200}
    assert await asyncio.to_thread(wait_until_ready, str(url), 30) < 30


async def beside(url: httpx.URL, posting: asyncio.Task[Told]) -> set[int]:
    """The statuses of health and of reads meanwhile."""
    statuses = set()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        while not posting.done():
            for path in ("/health", "/api/v1/alerts", "/api/v1/transactions"):
                statuses.add((await client.get(path)).status_code)
    return statuses


async def test_a_refusal_is_a_problem_like_any_other(url: httpx.URL) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        answers = [answer async for answer in many_at_once(client)]

    assert {answer.status_code for answer in answers} == {422, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    body = refused.json()
    assert (body["type"], body["request_id"]) == ("/docs#busy", "mine")
    assert refused.headers["retry-after"] == "1" and refused.headers["x-content-type-options"] == "nosniff"


async def many_at_once(client: httpx.AsyncClient) -> AsyncIterator[httpx.Response]:
    """Eighty at a time until one is refused: how many are under way at once is up to the machine, too."""
    for _ in range(ROUNDS):
        sent = [client.post(PREVIEW, json={}, headers={"x-request-id": "mine"}) for _ in range(80)]
        answers = await asyncio.gather(*sent)
        for answer in answers:
            yield answer
        if any(answer.status_code == 503 for answer in answers):
            return


def busy_lane(apart_s: float) -> Lane:
    """One with FEW under way, and so many seconds between two answers."""
    lane = Lane(1_000, 0.25)
    for _ in range(FEW):
        lane.begin()
    lane.apart_s = apart_s
    return lane


def test_a_burst_is_taken_and_what_goes_on_too_long_is_refused() -> None:
    lane = busy_lane(0.1)

    assert [lane.is_full(at) for at in (100.0, 100.0 + BURST_S / 2, 100.0 + 2 * BURST_S)] == [False, False, True]


def test_nobody_is_refused_who_waits_a_little() -> None:
    lane = busy_lane(0.001)

    assert [lane.is_full(at) for at in (100.0, 100.0 + 2 * BURST_S)] == [False, False]


@pytest.mark.parametrize(("calm_s", "refused"), [(BURST_S / 2, True), (2 * BURST_S, False)])
def test_an_overload_is_forgotten_only_after_a_calm(calm_s: float, refused: bool) -> None:
    lane = busy_lane(0.1)
    for at in (100.0, 101.0):
        lane.is_full(at)
    lane.apart_s = 0.001
    assert not lane.is_full(101.0 + calm_s)
    lane.apart_s = 0.1

    assert lane.is_full(101.0 + calm_s) is refused


def test_more_than_the_most_is_refused_at_once() -> None:
    lane = Lane(2, 0.25)
    lane.begin()
    assert not lane.is_full(100.0)
    lane.begin()
    assert lane.is_full(100.0)
