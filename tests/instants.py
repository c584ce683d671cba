"""An instant that some work must come before: put off for as long as the machine is too slow for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import neo4j

from tests.conftest import empty_graph

T = TypeVar("T")


async def before_an_instant(
    cypher: neo4j.Session, work: Callable[[datetime], Awaitable[T]], seconds: float = 0.5
) -> tuple[datetime, T]:
    """Do `work` on an empty graph, given an instant soon; when it has come, return it and what the work gave.

    Work that ended after its instant is done once more, before a later one.
    """
    while True:
        empty_graph(cypher)
        instant = datetime.now(UTC) + timedelta(seconds=seconds)
        done = await work(instant)
        left = (instant - datetime.now(UTC)).total_seconds()
        if left > 0:
            await asyncio.sleep(left)
            return instant, done
        seconds *= 2
