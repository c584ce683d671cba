"""How far a download is: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

STEPS = 10


class Download(Protocol):
    """Something that is told how many more bytes have arrived, from any thread."""

    def advance(self, size: int) -> None:
        """Add `size` bytes."""


@contextmanager
def showing(title: str, total: int, report: Callable[[str], None]) -> Iterator[Download]:
    """Show the progress of `total` bytes on standard error while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        report(f"{title}: {total >> 20} MiB")
        yield _Lines(title, total, report)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console) as bar:
        yield _Bar(bar, bar.add_task(title, total=total))


class _Bar:
    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def advance(self, size: int) -> None:
        self._bar.advance(self._task, size)


class _Lines:
    """One line for every tenth of the whole."""

    def __init__(self, title: str, total: int, report: Callable[[str], None]) -> None:
        self._title, self._total, self._report = title, total, report
        self._done, self._told = 0, 0
        self._lock = threading.Lock()

    def advance(self, size: int) -> None:
        with self._lock:
            self._done += size
            step = self._done * STEPS // self._total
            if step > self._told:
                self._told = step
                self._report(f"{self._title}: {step * 100 // STEPS} %")
