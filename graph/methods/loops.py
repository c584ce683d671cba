"""The loops of `graph.methods.kernels`, interpreted or compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from graph.methods import kernels


class Loops(NamedTuple):
    """Each loop by name; as they are written they are interpreted."""

    match: Callable[..., None] = kernels.match
    mix: Callable[..., None] = kernels.mix
    pass_through: Callable[..., None] = kernels.pass_through
    queue: Callable[..., None] = kernels.queue


@lru_cache(1)
def compiled_loops() -> Loops:
    """Compile the loops, once a process: seconds the first time on a machine."""
    from numba import njit  # not before it is needed: importing it takes as long as a small question

    return Loops(*map(njit(cache=True), Loops()))
