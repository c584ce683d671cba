"""The step between us and a server: `python launch.py SPEC COMMAND...` prepares itself, then becomes COMMAND.

Run as a file by an isolated interpreter: it imports nothing of ours. SPEC is JSON:
parent (process id), pid_file, cwd, deathsig (0: outlive the parent), uid and gid (-1: keep).
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PATIENCE_S = 10.0
MOST_FILES = 1 << 16


def main() -> None:
    """Become the command, or end with a line in the log that says why not."""
    spec: dict[str, Any] = json.loads(sys.argv[1])
    command = sys.argv[2:]
    os.setsid()
    os.umask(0o077)
    os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), MOST_FILES))
    try:
        _wait_until_recorded(spec["pid_file"], spec["parent"])
        os.chdir(spec["cwd"])
        _become(spec["uid"], spec["gid"])
        _die_with_parent(spec["deathsig"], spec["parent"])
        os.execv(command[0], command)  # noqa: S606 - there is no shell to avoid
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error}")


def _become(uid: int, gid: int) -> None:
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _die_with_parent(deathsig: int, parent: int) -> None:
    """Ask the kernel for a signal when the parent dies; elsewhere than on Linux there is no such thing."""
    if deathsig and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, deathsig)
        if os.getppid() != parent:
            sys.exit("the process that started this one is gone")


def _wait_until_recorded(pid_file: str, parent: int) -> None:
    """Start nothing that no pid file names: a parent killed now would leave a server that nobody finds."""
    limit = time.monotonic() + PATIENCE_S
    while not _holds(pid_file, os.getpid()):
        if os.getppid() != parent or time.monotonic() > limit:
            sys.exit("the process that started this one did not record it")
        time.sleep(0.002)


def _holds(pid_file: str, pid: int) -> bool:
    try:
        return Path(pid_file).read_text().strip() == str(pid)
    except OSError:
        return False


if __name__ == "__main__":
    main()
