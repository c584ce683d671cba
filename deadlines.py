"""How long whoever asked will wait: kept with the request, known at every door to a server. Imports nothing of ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

# How much of what is left one step may take where another one, with an answer as a rule, comes after it.
PART = 0.4

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """How long all of it may take (seconds from now), how long any one answer of a server; and what is waited for."""

    def __init__(self, seconds: float = inf, *, wait_s: float = inf) -> None:
        self.until = time.monotonic() + seconds
        self.wait_s = wait_s
        self._waiting: list[str] = []

    @property
    def left(self) -> float:
        """Seconds left, 0 or less once it is over."""
        return self.until - time.monotonic()

    @property
    def waiting_for(self) -> str:
        """The servers whose answers are waited for now, by name; empty if none is."""
        return " and ".join(sorted(set(self._waiting)))

    @contextmanager
    def waiting(self, server: str) -> Iterator[None]:
        """Have it told meanwhile that this server is waited for."""
        self._waiting.append(server)
        try:
            yield
        finally:
            self._waiting.remove(server)


def left() -> float | None:
    """Seconds that whoever asked waits for the next answer, 0 or less if no more; None if as long as it takes."""
    deadline = _current.get()
    found = inf if deadline is None else min(deadline.left, deadline.wait_s)
    return None if found == inf else found


def part(seconds: float) -> float:
    """So many seconds for one step, or PART of what is left where that is less."""
    remaining = left()
    return seconds if remaining is None else max(0.001, min(seconds, remaining * PART))


def extend(seconds: float) -> None:
    """Give whoever asked more time, as to who asks for more than is usual."""
    if deadline := _current.get():
        deadline.until += seconds
        deadline.wait_s += seconds


def allow(seconds: float, *, wait_s: float) -> None:
    """Have all of it take so long from now, and any one answer `wait_s`, in place of what was so far."""
    if deadline := _current.get():
        deadline.until, deadline.wait_s = time.monotonic() + seconds, wait_s


@contextmanager
def within(seconds: float | None, *, wait_s: float = inf) -> Iterator[Deadline | None]:
    """Give what is done inside so long and no longer, whatever it had before; None: as long as it takes.

    `wait_s` is how long any one answer of a server may take, besides.
    """
    deadline = None if seconds is None else Deadline(seconds, wait_s=wait_s)
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Give what is done inside so long at most, or what is left where that is less."""
    remaining = left()
    with within(seconds if remaining is None else min(seconds, remaining)):
        yield


@contextmanager
def waiting_for(server: str) -> Iterator[None]:
    """Have it told, should the deadline pass inside, that this server was waited for."""
    deadline = _current.get()
    if deadline is None:
        yield
    else:
        with deadline.waiting(server):
            yield
