"""Questions asked side by side that also end together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

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
