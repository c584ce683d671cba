"""How many threads a training may take: the machine serves others meanwhile."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from threadpoolctl import threadpool_limits


def limited_threads(threads: int) -> AbstractContextManager[Any]:
    """Hold OpenMP and BLAS to so many threads while this is open."""
    held: AbstractContextManager[Any] = threadpool_limits(limits=max(1, threads))
    return held
