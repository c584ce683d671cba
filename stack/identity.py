"""Which process a number means: a process id alone may be given to a stranger after ours died."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def birth(pid: int) -> str | None:
    """Return a mark that no other process with this id can have; None for a dead one or a zombie.

    On Linux it counts from the start of the system, so that setting the clock does not change it.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{pid} {_boot_id()} {_start_ticks(pid)}" if _boot_id() else f"{pid} {process.create_time()}"
    except (psutil.Error, OSError):
        return None


def reap(pid: int) -> None:
    """Let the system forget `pid` if it is a dead child of this process."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


@cache
def _boot_id() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _start_ticks(pid: int) -> str:
    # The name in brackets may hold blanks and brackets itself; the 22nd field is the 20th after it.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
