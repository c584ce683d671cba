"""A limit holds exactly, whoever counts at once and in however many processes; without Redis nothing is refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from jobs.limits import Limit, Limits
from tests.servers import Servers

ROOT = Path(__file__).parents[2]
HOUR = 3600.0
NOBODY = "redis://127.0.0.1:1/0"
# What a process of the test below runs, once all are there: as many uses as it can at once; it prints how many passed.
USES = """
import asyncio, sys
from redis.asyncio import Redis
from jobs.limits import Limit, Limits
async def main(url, name, most, uses, processes):
    limits, redis = Limits.open(url), Redis.from_url(url)
    await redis.incr("headwater:limit:ready")
    while int(await redis.get("headwater:limit:ready")) < int(processes):
        await asyncio.sleep(0.01)
    taken = await asyncio.gather(*(limits.take(name, Limit(int(most), 3600.0)) for _ in range(int(uses))))
    print(sum(one.passed for one in taken))
    await limits.close()
    await redis.aclose()
asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    client = Redis.from_url(servers.redis_url)
    keys = [key async for key in client.scan_iter("headwater:limit:*")]
    if keys:
        await client.delete(*keys)
    yield client
    await client.aclose()


@pytest.fixture
async def limits(servers: Servers, redis: Redis) -> AsyncIterator[Limits]:
    opened = Limits.open(servers.redis_url)
    yield opened
    await opened.close()


async def uses_of_a_process(url: str, *arguments: int | str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", USES, url, *map(str, arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return int(out)


async def test_exactly_as_many_pass_as_may_over_all_processes(servers: Servers, redis: Redis) -> None:
    passed = await asyncio.gather(*(uses_of_a_process(servers.redis_url, "many", 300, 200, 3) for _ in range(3)))

    assert sum(passed) == 300
    assert sum(one > 0 for one in passed) > 1


async def test_reading_and_then_writing_would_let_more_pass(redis: Redis) -> None:
    """Negative control: the same question by two commands instead of one script."""

    async def take_unlocked() -> bool:
        count = int(await redis.get("headwater:limit:unlocked") or 0)
        if count >= 10:
            return False
        await redis.incr("headwater:limit:unlocked")
        return True

    passed = await asyncio.gather(*(take_unlocked() for _ in range(100)))

    assert sum(passed) > 10


async def test_what_is_left_is_told_and_comes_back_as_the_first_use_grows_old(limits: Limits) -> None:
    limit = Limit(2, 1.0)

    first, second, third = [await limits.take("window", limit) for _ in range(3)]

    assert first and second and third
    assert (first.passed, second.passed, third.passed) == (True, True, False)
    assert (first.left, second.left, third.left) == (1, 0, 0)
    assert 0 < third.free_in_s <= 1.0
    await asyncio.sleep(third.free_in_s + 0.02)
    again = await limits.take("window", limit)
    assert again and again.passed


async def test_names_are_counted_apart_and_refusals_do_not_count(limits: Limits) -> None:
    limit = Limit(1, HOUR)

    outcomes = [await limits.take(name, limit) for name in ("a", "a", "a", "b")]

    assert [one.passed for one in outcomes if one] == [True, False, False, True]


async def test_a_lost_redis_lets_requests_pass_but_not_guessers(capsys: pytest.CaptureFixture[str]) -> None:
    limits = Limits.open(NOBODY)

    assert await limits.take("x", Limit(1, HOUR)) is None
    guesses = [await limits.take_for_sure("x", Limit(2, HOUR)) for _ in range(3)]

    assert capsys.readouterr().out.count("redis is away") == 1
    assert [guess.passed for guess in guesses] == [True, True, False]
    assert guesses[2].left == 0 and 0 < guesses[2].free_in_s <= HOUR
    await limits.close()
