"""Chunks of payments screened one behind the other: one is recorded while the next is decided and a third is traced."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from contextlib import aclosing
from itertools import count
from sys import maxsize
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.errors import Unavailable
from jobs.screening import Screened, record_prepared, screen_posted
from jobs.screening_steps import Posted, decide_traced, land, trace_landed
from jobs.services import Services
from jobs.stages import in_stages

Outcome = Screened | Exception
Step = Callable[[Services, Any], Awaitable[Any]]


class _Chunk(Struct, frozen=True):
    """Chunk `number`, how far it has come, and what became of its payments once that is known."""

    number: int
    posted: Sequence[Posted]
    ready: Any
    outcomes: list[Outcome] | None = None


async def screen_chunks(
    services: Services, chunks: AsyncIterable[Sequence[Posted]]
) -> AsyncGenerator[list[Outcome], None]:
    """Yield for each chunk what became of its payments, in order; all of them land in order.

    What fails together is tried alone, to spare the others; after an outage the rest of the chunks is not tried.
    """
    screening, numbers = _Screening(services), count()
    steps = (land, trace_landed, decide_traced, record_prepared)
    begun = (_Chunk(next(numbers), posted, posted) async for posted in chunks)
    async with aclosing(in_stages(begun, [screening.stage(step) for step in steps])) as done:
        async for chunk in done:
            yield chunk.ready if chunk.outcomes is None else chunk.outcomes


class _Screening:
    """Takes chunks through the steps until an outage."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._outage: Unavailable | None = None
        self._last = maxsize

    def stage(self, step: Step) -> Callable[[_Chunk], Awaitable[_Chunk]]:
        """Wrap a step so that a chunk that failed passes by."""

        async def take(chunk: _Chunk) -> _Chunk:
            if chunk.outcomes is not None or not chunk.posted:
                return chunk
            if self._outage and chunk.number > self._last:
                return replace(chunk, outcomes=[self._outage] * len(chunk.posted))
            try:
                return replace(chunk, ready=await step(self._services, chunk.ready))
            except Exception as error:
                return replace(chunk, outcomes=await self._alone(chunk, error))

        return take

    async def _alone(self, chunk: _Chunk, error: Exception) -> list[Outcome]:
        """What becomes of those that failed together: after an outage nothing, else each is screened alone."""
        if isinstance(error, Unavailable) or len(chunk.posted) == 1:
            return [self._told(chunk, error)] * len(chunk.posted)
        outcomes: list[Outcome] = []
        for one in chunk.posted:
            outcomes.append(self._outage or await self._one(chunk, one))
        return outcomes

    async def _one(self, chunk: _Chunk, posted: Posted) -> Outcome:
        try:
            (screened,) = await screen_posted(self._services, [posted])
            return screened
        except Exception as error:
            return self._told(chunk, error)

    def _told(self, chunk: _Chunk, error: Exception) -> Exception:
        if isinstance(error, Unavailable):
            # A chunk before this one may be further on: what was done of that is still recorded.
            self._outage, self._last = error, min(self._last, chunk.number)
        return error
