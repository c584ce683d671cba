"""How much memory Neo4j may take on this machine."""

from __future__ import annotations

from pathlib import Path

import psutil

HEAP_MIB = (512, 2048)
PAGECACHE_MIB = (64, 512)
HEAP_PART, PAGECACHE_PART = 4, 12
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_mib() -> tuple[int, int]:
    """Return (heap, page cache) in MiB: a quarter and a twelfth of the machine, within fixed bounds.

    2 GiB of heap hold a batch exposure over a million flows.
    """
    total = _total_mib()
    return _within(HEAP_MIB, total // HEAP_PART), _within(PAGECACHE_MIB, total // PAGECACHE_PART)


def _total_mib() -> int:
    """Return the machine's memory, or the container's share of it where that is smaller."""
    limit = CGROUP_LIMIT.read_text().strip() if CGROUP_LIMIT.is_file() else "max"
    total: int = psutil.virtual_memory().total
    return (min(total, int(limit)) if limit.isdigit() else total) >> 20


def _within(bounds: tuple[int, int], size: int) -> int:
    return max(bounds[0], min(bounds[1], size))
