"""Questions asked side by side that also end together, and long work that lets others have their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable
from typing import Any, TypeVar

# Some milliseconds of work, where each item is worth a tenth of one.
SOME = 50

T = TypeVar("T")
U = TypeVar("U")


async def together(*questions: Coroutine[Any, Any, T]) -> list[T]:
    """Await all and return their answers; when one fails the others are stopped before its error is passed on.

    asyncio.gather would leave them running, with a connection each, after the request they belong to.
    """
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def both(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Like `together`, of two questions with answers of different kinds."""
    questions: tuple[Coroutine[Any, Any, Any], Coroutine[Any, Any, Any]] = (one, other)
    first, second = await together(*questions)
    return first, second


async def by_turns(items: Iterable[T]) -> AsyncGenerator[T, None]:
    """Yield all items, and let others have their turn after some: what they wait for may have come meanwhile."""
    for number, item in enumerate(items):
        if number and number % SOME == 0:
            await asyncio.sleep(0)
        yield item
