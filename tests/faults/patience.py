"""A caller who comes again after a 503, as its Retry-After asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx


async def until_taken(ask: Callable[[], Awaitable[httpx.Response]], seconds: float = 60.0) -> None:
    """Ask until the answer is no 503, which has to be a good one: a loaded machine that is asked first is slow."""
    started = time.monotonic()
    while (response := await ask()).status_code == 503:
        assert time.monotonic() - started < seconds, _told(response)
        await asyncio.sleep(0.1)
    assert response.status_code < 300, _told(response)


def _told(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url}: {response.text}"
