"""Requests of a key are counted, told in headers and refused beyond the limit; nothing is counted unless it is set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from settings import Settings
from tests.api.conftest import bearer, calling, problem
from tests.servers import Servers

ME = "/api/v1/me"
MOST = 5


@pytest.fixture
async def limited(settings: Settings, servers: Servers) -> AsyncIterator[Settings]:
    redis = Redis.from_url(servers.redis_url)
    async for key in redis.scan_iter("headwater:limit:*"):
        await redis.delete(key)
    await redis.aclose()
    yield replace(settings, api=replace(settings.api, rate_limit=MOST))


async def test_two_applications_share_one_count_and_tell_it(
    limited: Settings, graph: Graph, keys: dict[Role, str]
) -> None:
    async with calling(create_app(limited)) as one, calling(create_app(limited)) as other:
        calls = [c.get(ME, headers=bearer(keys["auditor"])) for c in (one, other) for _ in range(MOST)]
        answers = await asyncio.gather(*calls)
        independent = await one.get(ME, headers=bearer(keys["admin"]))

    assert sorted(answer.status_code for answer in answers) == [200] * MOST + [429] * MOST
    left = sorted(answer.headers["ratelimit"].split(";")[1] for answer in answers if answer.status_code == 200)
    assert left == [f"r={n}" for n in range(MOST)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem(refused, 429, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == f'"caller";q={MOST};w=60'
    assert independent.status_code == 200


async def test_without_redis_requests_pass(limited: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    alone = replace(limited, queue=replace(limited.queue, redis_url="redis://127.0.0.1:1/0"))
    async with calling(create_app(alone), **bearer(keys["auditor"])) as client:
        answers = [await client.get(ME) for _ in range(MOST + 1)]

    assert [answer.status_code for answer in answers] == [200] * (MOST + 1)
    assert "ratelimit" not in answers[0].headers


async def test_by_default_nothing_is_counted(client: httpx.AsyncClient) -> None:
    answers = [await client.get(ME) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_with_keys_off_nothing_is_counted(limited: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    off = replace(limited, api=replace(limited.api, auth="off"))
    async with calling(create_app(off), host="127.0.0.1:8000") as client:
        answers = [await client.get(ME) for _ in range(MOST + 2)]

    assert {answer.status_code for answer in answers} == {200}
