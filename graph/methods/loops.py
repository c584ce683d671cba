"""The loops of `graph.methods.kernels`, interpreted or compiled."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple, TypeVar

from graph.methods import kernels

# Compiled loops run side by side; how many do makes no difference to the answer.
MOST_THREADS = 4

T = TypeVar("T")
U = TypeVar("U")


class Loops(NamedTuple):
    """Each loop by name; as they are written they are interpreted."""

    match: Callable[..., None] = kernels.match
    mix: Callable[..., None] = kernels.mix
    pass_through: Callable[..., None] = kernels.pass_through
    queue: Callable[..., None] = kernels.queue
    threads: int = 1

    def each(self, work: Callable[[T], U], parts: Iterable[T]) -> list[U]:
        """Do some work for all parts, side by side where the loops are compiled."""
        if self.threads == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, parts))


@lru_cache(1)
def compiled_loops() -> Loops:
    """Compile the loops, once a process: seconds the first time on a machine."""
    # Not before they are needed: importing them takes as long as a small question.
    from numba import njit

    import graph.methods.prefetching  # noqa: F401  # says what `kernels.ahead` is

    compiler = njit(cache=True, nogil=True, error_model="numpy")
    loops = (compiler(one) for one in (kernels.match, kernels.mix, kernels.pass_through, kernels.queue))
    return Loops(*loops, min(MOST_THREADS, os.cpu_count() or 1))  # type: ignore[call-arg, arg-type]
