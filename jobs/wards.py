"""A process of ours that is watched by another: it must show that it lives, and may not take all memory.

It writes a byte a second down a pipe, from its event loop. Who does not is stuck and is killed; who watches it starts
it again, or records what became of the job that it was working on.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import psutil
from msgspec import Struct

import __main__
from settings import QueueSettings

PULSE = "WORKER_PULSE_FD"
BEAT_S = 1.0
# How long it may take to begin; afterwards the settings tell how long it may be silent.
STARTING_S = 180.0
STOP_S = 20.0
PR_SET_PDEATHSIG = 1


class Killed(Exception):
    """The process was ended by us, or by a signal; the message says why."""


def ward_command(*arguments: str) -> list[str]:
    """Return the command of a `headwater worker` of the same program as this one."""
    flags = ["-P"] if sys.flags.safe_path else []
    spec = getattr(__main__, "__spec__", None)
    return [sys.executable, *flags, "-m", spec.name if spec else "cli.main", "worker", *arguments]


class Bounds(Struct, frozen=True):
    """How many bytes of memory a process may take, and how many seconds be silent."""

    memory: int
    silent_s: float

    @classmethod
    def of(cls, settings: QueueSettings) -> Bounds:
        """Those of the settings; half of the machine's memory unless they say how much."""
        half = int(psutil.virtual_memory().total) // 2
        return cls(settings.worker_memory_mb << 20 or half, settings.worker_silent_s)


async def watch_over(command: Sequence[str], bounds: Bounds) -> int:
    """Run a command to its end and return its exit status; it ends with us. Raises Killed."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    try:
        process = await asyncio.create_subprocess_exec(
            *command, pass_fds=(theirs,), env={**os.environ, PULSE: str(theirs)}
        )
    finally:
        os.close(theirs)
    try:
        await _until_ended(process, ours, bounds)
    finally:
        await _stop(process)
        os.close(ours)
    status = process.returncode or 0
    if status < 0:
        raise Killed(f"its process was ended by {signal.Signals(-status).name}")
    return status


async def _until_ended(process: asyncio.subprocess.Process, pulse: int, bounds: Bounds) -> None:
    ended = asyncio.ensure_future(process.wait())
    silent_s, patience_s = 0.0, STARTING_S
    while not ended.done():
        await asyncio.wait([ended], timeout=BEAT_S)
        # Counted by our own turns: a machine that stood still is no silence.
        silent_s, patience_s = (0.0, bounds.silent_s) if _heard(pulse) else (silent_s + BEAT_S, patience_s)
        why = _too_much(process.pid, bounds)
        if silent_s > patience_s:
            why = f"its process was stuck for {silent_s:g} s"
        if why and not ended.done():
            process.kill()
            await ended
            raise Killed(why)


def _too_much(pid: int, bounds: Bounds) -> str | None:
    taken = _memory_of(pid)
    most = f"{bounds.memory >> 20:,} are let it"
    return f"its process took {taken >> 20:,} MiB of memory, {most}" if taken > bounds.memory else None


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask it to stop, if it runs, and kill it where it does not."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _heard(pulse: int) -> bool:
    try:
        return bool(os.read(pulse, 4096))
    except BlockingIOError:
        return False


def _memory_of(pid: int) -> int:
    """Bytes of memory that a process holds, without its own wards, which it watches itself; 0 once it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


async def show_pulse() -> None:
    """Show whoever watches us that the event loop turns, for ever; end at once when they are gone."""
    pulse = int(os.environ.pop(PULSE))
    os.set_blocking(pulse, False)
    if sys.platform == "linux":
        # Also where the loop is stuck: nobody would end us then.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    while True:
        try:
            os.write(pulse, b".")
        except BlockingIOError:
            pass
        except BrokenPipeError:
            os._exit(1)
        await asyncio.sleep(BEAT_S / 2)
