"""One server as a process of the operating system: started, found again, stopped."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from stack.errors import StackError, file_trouble
from stack.files import write_private
from stack.identity import birth, reap

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_LIMIT_BYTES = 16 << 20
TAIL_LINES = 12
KILL_PATIENCE_S = 5.0
POLL_S = 0.05
# Linux ties "dies with its parent" to the thread that made the process: this one lives as long as we do.
_SPAWNER = ThreadPoolExecutor(1, "spawner")


class Account(NamedTuple):
    """The user a server runs as when we are root and it must not be."""

    name: str
    uid: int
    gid: int


class Process:
    """A named process of one data folder. Its truth is `run/NAME.pid`, so that any later command finds it."""

    def __init__(self, name: str, data_dir: Path, *, stop_signal: signal.Signals, grace_s: float) -> None:
        self.name = name
        self.log = data_dir / "logs" / f"{name}.log"
        self._pid_file = data_dir / "run" / f"{name}.pid"
        self._birth_file = data_dir / "run" / f"{name}.birth"
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self._log_start = 0

    def pid(self) -> int | None:
        """Return its process id while it runs; None when it died, or when its number is a stranger's now."""
        try:
            pid, born = int(self._pid_file.read_text()), self._birth_file.read_text()
        except (OSError, ValueError):
            return None
        reap(pid)
        return pid if birth(pid) == born else None

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environ: Mapping[str, str],
        detach: bool,
        account: Account | None = None,
    ) -> None:
        """Start it without waiting for it. Unless `detach`, the kernel stops it when this process ends.

        Raises StackError when log or pid file cannot be written.
        """
        spec = {
            "parent": os.getpid(),
            "pid_file": str(self._pid_file),
            "cwd": str(cwd),
            "deathsig": 0 if detach else int(self._stop_signal),
            "uid": account.uid if account else -1,
            "gid": account.gid if account else -1,
        }
        argv = [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(spec), *command]
        self._record(_SPAWNER.submit(_spawn, argv, environ, self._open_log()).result())

    def tail(self) -> str:
        """Return the last lines it wrote since `start`."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])

    def ask_to_stop(self) -> None:
        """Send the signal of a clean stop, if it runs."""
        if pid := self.pid():
            os.kill(pid, self._stop_signal)

    def stop(self) -> bool:
        """Stop it cleanly, or by force after its grace time; return whether it had been started."""
        ran = self._pid_file.exists()
        self.ask_to_stop()
        if not self._gone_within(self._grace_s):
            self._kill()
        self._pid_file.unlink(missing_ok=True)
        self._birth_file.unlink(missing_ok=True)
        return ran

    def _kill(self) -> None:
        if pid := self.pid():
            os.killpg(pid, signal.SIGKILL)
        if not self._gone_within(KILL_PATIENCE_S):
            raise StackError(f"{self.name} (process {self.pid()}) cannot be stopped")

    def _gone_within(self, seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > limit:
                return False
            time.sleep(POLL_S)
        return True

    def _record(self, pid: int) -> None:
        write_private(self._birth_file, birth(pid) or "")
        write_private(self._pid_file, str(pid))

    def _open_log(self) -> int:
        """Open the log to append; what grew too large moves to `.1` first."""
        try:
            if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
            handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise file_trouble(self.log, error) from None
        self._log_start = os.fstat(handle).st_size
        return handle


def _spawn(argv: list[str], environ: Mapping[str, str], log: int) -> int:
    """Start with /dev/null as input and the log as output: nothing of the caller's terminal is held."""
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2),
        ]
        return os.posix_spawn(argv[0], argv, environ, file_actions=actions)
    except OSError as error:
        raise StackError(f"{argv[0]} cannot be started: {error.strerror}") from None
    finally:
        os.close(log)


def plain_environ(home: Path) -> dict[str, str]:
    """Return what a server needs of our environment: no setting and no secret of ours."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(home), **kept}
