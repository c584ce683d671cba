"""What Postgres leaves in `postmaster.pid`, and what to do about it after a kill."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil

from stack.errors import StackError

PATIENCE_S = 20.0
POLL_S = 0.1
STATUS_LINE = 7


def is_serving(data: Path, pid: int | None) -> bool:
    """Tell whether the server with this process id has written that it accepts connections."""
    lines = _lines(data)
    return (
        pid is not None
        and len(lines) > STATUS_LINE
        and lines[0].strip() == str(pid)
        and lines[STATUS_LINE].strip() == "ready"
    )


def clear_stale(data: Path) -> None:
    """Remove what a killed server left, once nothing of it runs any more.

    Postgres itself would refuse to start when its old process id belongs to a stranger now. A server of this
    folder that no pid file of ours names is stopped. Raises StackError when it cannot be.
    """
    lines = _lines(data)
    if not lines:
        return
    left = _processes(data)
    for process in left:
        if str(process.pid) == lines[0].strip():
            os.kill(process.pid, signal.SIGINT)
    limit = time.monotonic() + PATIENCE_S
    while left := [process for process in left if process.is_running() and _works_in(process, data)]:
        if time.monotonic() > limit:
            raise StackError(f"process {left[0].pid} still uses {data}: stop it, then start again")
        time.sleep(POLL_S)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _processes(data: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _works_in(process, data)]


def _works_in(process: psutil.Process, data: Path) -> bool:
    """Every process of a Postgres server has its data folder as working folder; a zombie has none."""
    try:
        return Path(process.cwd()) == data.resolve()
    except (psutil.Error, OSError):
        return False
