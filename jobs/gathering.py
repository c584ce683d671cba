"""Requests that come at the same time done together: one commit for many, and nobody waits for company."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import deadlines
from deadlines import Deadline
from graph.errors import NoAnswer, Unavailable

AT_ONCE = 2
MOST = 100

P = TypeVar("P")
R = TypeVar("R")
Do = Callable[[Sequence[P]], Awaitable[Sequence[R]]]


class Gathering(Generic[P, R]):
    """Takes what was asked for while others were under way, up to 100 at a time, and asks for it as one.

    Up to two such batches are under way; who finds less than that starts at once.
    """

    def __init__(self, limit_s: float | None = None) -> None:
        """A batch may take `limit_s` seconds, whatever is left to those in it; None: as long as it takes."""
        self._limit_s = limit_s
        self._waiting: list[tuple[P, asyncio.Future[R]]] = []
        self._running: dict[asyncio.Task[None], Deadline | None] = {}

    async def ask(self, one: P, do: Do[P, R]) -> R:
        """Return what `do` answers for `one`, in order one answer for each; its errors are passed on.

        Where a batch fails for any reason but an outage, each of it is done alone, to spare the others. Who is
        cancelled, or whose deadline is over, stops waiting; what it asked for is done all the same once it has begun,
        since others may be in one unit with it.
        """
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        self._start(do)
        try:
            async with asyncio.timeout(deadlines.left()):
                return await answer
        except TimeoutError as error:
            raise NoAnswer(self._waiting_for()) from error

    def _start(self, do: Do[P, R]) -> None:
        while self._waiting and len(self._running) < AT_ONCE:
            there = [each for each in self._waiting if not each[1].done()]
            batch, self._waiting = there[:MOST], there[MOST:]
            if not batch:
                return
            # Not the deadline of whoever happens to start it.
            with deadlines.within(self._limit_s) as deadline:
                task = asyncio.get_running_loop().create_task(_answer(batch, do))
            self._running[task] = deadline
            task.add_done_callback(lambda done: self._next(done, do))

    def _next(self, done: asyncio.Task[None], do: Do[P, R]) -> None:
        self._running.pop(done, None)
        self._start(do)

    def _waiting_for(self) -> str:
        """What those under way wait for, and so whoever waits for them."""
        found = {deadline.waiting_for for deadline in self._running.values() if deadline} - {""}
        return " and ".join(sorted(found)) or "headwater itself"


async def _answer(batch: Sequence[tuple[P, asyncio.Future[R]]], do: Do[P, R]) -> None:
    try:
        answers = await do([one for one, _ in batch])
    except Exception as error:
        if len(batch) > 1 and not isinstance(error, Unavailable):
            for single in batch:
                await _answer([single], do)
            return
        for _, answer in batch:
            if not answer.done():
                answer.set_exception(error)
        return
    except BaseException:
        for _, answer in batch:
            answer.cancel()
        raise
    for (_, answer), given in zip(batch, answers, strict=True):
        if not answer.done():
            answer.set_result(given)
