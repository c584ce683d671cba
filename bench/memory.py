"""Resident memory of each process while a benchmark runs: the highest of two samples a second."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psutil

from bench.figures import Figure

INTERVAL_S = 0.5
MEBIBYTE = 1 << 20
# Whose work is done by processes of theirs.
FAMILIES = ("postgres", "worker")


class Peaks:
    """Highest resident memory by process name, in bytes."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes: dict[str, psutil.Process] = {}
        self.bytes: dict[str, int] = {}
        for name, pid in pids.items():
            self.add(name, pid)

    def add(self, name: str, pid: int) -> None:
        """Watch one more process, if it is there."""
        if psutil.pid_exists(pid):
            self._processes[name] = psutil.Process(pid)
            self.bytes.setdefault(name, 0)

    def sample(self) -> None:
        """Look at every process once; one that has ended keeps its peak."""
        for name, process in list(self._processes.items()):
            try:
                family = [process, *(process.children(recursive=True) if name in FAMILIES else [])]
                self.bytes[name] = max(self.bytes[name], resident(family))
            except psutil.NoSuchProcess:
                continue

    def figures(self, bench: str) -> list[Figure]:
        """One line per process."""
        note = dict.fromkeys(FAMILIES, "with its children, shared pages once")
        return [
            Figure(bench=bench, name=f"peak memory of {n}", ours=b / MEBIBYTE, unit="MiB", note=note.get(n, ""))
            for n, b in self.bytes.items()
        ]


def resident(family: list[psutil.Process]) -> int:
    """Resident bytes of processes that share pages; what is shared counts once where the system tells it."""
    known = [process.memory_info() for process in family]
    shared = [getattr(memory, "shared", 0) for memory in known]
    if len(known) == 1:
        return int(known[0].rss)
    return int(sum(m.rss - s for m, s in zip(known, shared, strict=True)) + max(shared))


@contextmanager
def watched(pids: Mapping[str, int]) -> Iterator[Peaks]:
    """Sample the given processes, and this one as `bench`, until the block ends."""
    peaks, done = Peaks({**pids, "bench": os.getpid()}), Event()

    def look() -> None:
        while not done.wait(INTERVAL_S):
            peaks.sample()

    thread = Thread(target=look, name="memory", daemon=True)
    peaks.sample()
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()
        peaks.sample()


def server_pids(data_dir: Path) -> dict[str, int]:
    """Process ids of a local stack's servers, from its pid files; empty where servers are given by URL."""
    found = {path.stem: path.read_text().strip() for path in sorted((data_dir / "run").glob("*.pid"))}
    return {name: int(text) for name, text in found.items() if text.isdigit()}
