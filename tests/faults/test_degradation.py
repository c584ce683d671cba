"""What works while a server is frozen, row by row as the guide tells it; the rest is 503 within its deadline."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from tests.api.conftest import bearer, calling, keys, movement, problem
from tests.faults.lines import behind_lines
from tests.faults.patience import until_taken
from tests.faults.proxy import Line
from tests.servers import Servers

__all__ = ["keys"]

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "outages.md"
SERVERS = ("neo4j", "postgres", "redis")
DEADLINE_S = 3.0
# What a machine that is busy may add.
SLACK_S = 2.0
BODIES = {
    "/api/v1/transactions": movement(2),
    "/api/v1/transactions/preview": movement(3),
    "/api/v1/cases": {"title": "While it is away"},
    "/api/v1/scoring-runs": None,
}
ROW = re.compile(r"^\| `(GET|POST) (\S+)` \| (works|503) \| (works|503) \| (works|503) \|$", re.MULTILINE)


def rows() -> list[tuple[str, str, dict[str, bool]]]:
    """Method, path, and whether it works while each server is away."""
    return [
        (method, path, {name: said == "works" for name, said in zip(SERVERS, told, strict=True)})
        for method, path, *told in ROW.findall(GUIDE.read_text())
    ]


@pytest.fixture
async def fragile(
    servers: Servers, graph: Graph, keys: dict[Role, str]
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Line]]]:
    async with behind_lines(servers) as (lined, lines):
        app = create_app(lined.settings(auth="keys", deadline_s=str(DEADLINE_S)))
        async with calling(app, **bearer(keys["admin"])) as client:
            await until_ready(client)
            await until_taken(partial(client.post, "/api/v1/transactions", json=movement(1)))
            yield client, lines


async def until_ready(client: httpx.AsyncClient, seconds: float = 60.0) -> float:
    started = time.monotonic()
    while (await client.get("/api/v1/health/ready")).status_code != 200:
        assert time.monotonic() - started < seconds
        await asyncio.sleep(0.1)
    return time.monotonic() - started


def body_of(method: str, path: str) -> object:
    return BODIES.get(path) if method == "POST" else None


async def ask(client: httpx.AsyncClient, method: str, path: str) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    response = await client.request(method, path, json=body_of(method, path))
    return response, time.monotonic() - started


def test_the_guide_has_a_table() -> None:
    assert len(rows()) > 15
    assert {away for _, _, works in rows() for away, so in works.items() if not so} == set(SERVERS)


@pytest.mark.parametrize("away", SERVERS)
async def test_what_the_guide_says_of_a_frozen_server_is_so(
    fragile: tuple[httpx.AsyncClient, dict[str, Line]], away: str
) -> None:
    client, lines = fragile
    for method, path, _ in rows():
        await until_taken(partial(client.request, method, path, json=body_of(method, path)))

    lines[away].freeze()
    told = await asyncio.gather(*(ask(client, method, path) for method, path, _ in rows()))
    for place, (method, path, works) in enumerate(rows()):
        # All at once may be too much for a busy machine; what works is there for who comes again.
        if works[away] and told[place][0].status_code == 503:
            told[place] = await ask(client, method, path)
    lines[away].thaw()

    for (method, path, works), (response, seconds) in zip(rows(), told, strict=True):
        assert (response.status_code < 300) is works[away], (method, path, response.text)
        assert seconds < DEADLINE_S + SLACK_S, (method, path, seconds)
        if not works[away]:
            assert int(response.headers["retry-after"]) > 0
            name = "not-ready" if path.endswith("ready") else "no-answer"
            assert away in str(problem(response, 503, name))
    assert await until_ready(client) < 10
    assert (await client.post("/api/v1/transactions", json=movement(2))).status_code in {200, 201}
