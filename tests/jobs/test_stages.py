"""Stages work side by side, and nothing overtakes anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from graph.together import SOME, by_turns
from jobs.stages import in_stages


async def numbers(count: int, taken: list[int] | None = None) -> AsyncGenerator[int, None]:
    for number in range(count):
        if taken is not None:
            taken.append(number)
        yield number


async def test_each_item_passes_all_stages_in_order() -> None:
    async def add(number: int) -> int:
        # The later an item, the sooner it would be done.
        await asyncio.sleep(0.01 * (5 - number))
        return number + 1

    async def double(number: int) -> int:
        return 2 * number

    assert [done async for done in in_stages(numbers(5), [add, double])] == [2, 4, 6, 8, 10]


async def test_one_item_is_in_a_stage_while_the_next_is_in_the_one_before() -> None:
    inside: list[set[str]] = []
    now: set[str] = set()

    async def stay(name: str) -> None:
        now.add(name)
        inside.append(set(now))
        await asyncio.sleep(0.02)
        now.discard(name)

    async def first(number: int) -> int:
        await stay(f"first {number}")
        return number

    async def second(number: int) -> int:
        await stay(f"second {number}")
        return number

    assert [done async for done in in_stages(numbers(4), [first, second])] == [0, 1, 2, 3]
    assert any(now >= {"first 1", "second 0"} for now in inside)
    assert all(sum(name.startswith(stage) for name in now) < 2 for now in inside for stage in ("first", "second"))


async def test_no_more_is_taken_than_there_are_stages() -> None:
    taken: list[int] = []

    async def keep(number: int) -> int:
        return number

    async with aclosing(in_stages(numbers(10, taken), [keep, keep])) as stages:
        assert await anext(stages) == 0
        assert taken == [0, 1]


async def test_an_error_is_passed_on_and_stops_what_is_under_way() -> None:
    stopped: list[int] = []

    async def fail(number: int) -> int:
        if number == 1:
            raise ValueError("1")
        try:
            await asyncio.sleep(30 if number > 1 else 0)
        except asyncio.CancelledError:
            stopped.append(number)
            raise
        return number

    async def keep(number: int) -> int:
        return number

    seen: list[int] = []
    with pytest.raises(ValueError, match="1"):
        async for done in in_stages(numbers(5), [fail, keep, keep]):
            seen.append(done)

    assert seen == [0]
    assert stopped == [2]


async def test_long_work_lets_others_have_their_turn() -> None:
    turns: list[int] = []
    others: list[int] = []

    async def other() -> None:
        for _ in range(3):
            others.append(len(turns))
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    async for number in by_turns(range(5 * SOME)):
        turns.append(number)
    await task

    assert turns == list(range(5 * SOME))
    assert others == [SOME, 2 * SOME, 3 * SOME]
