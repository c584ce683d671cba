"""Items that pass through stages one after the other, so that the stages work side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Stage = Callable[[Any], Awaitable[Any]]


async def in_stages(items: AsyncIterable[T], stages: Sequence[Stage]) -> AsyncGenerator[Any, None]:
    """Yield what the last stage makes of each item; a stage has one at a time, and they keep their order.

    No more items are taken than there are stages, counting the one that was yielded last. An error of a stage is passed
    on, and whatever is under way then, or when nobody waits for more, is stopped.
    """
    places = [(asyncio.Lock(), stage) for stage in stages]
    under_way: deque[asyncio.Task[Any]] = deque()
    try:
        async for item in items:
            under_way.append(asyncio.create_task(_through(item, places)))
            # Begin at once: taking the next item may take a while.
            await asyncio.sleep(0)
            if len(under_way) >= len(stages):
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _through(item: Any, places: Sequence[tuple[asyncio.Lock, Stage]]) -> Any:
    # A lock lets those who wait in by turn, so that nobody overtakes.
    for lock, stage in places:
        async with lock:
            item = await stage(item)
    return item
