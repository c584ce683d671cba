"""TCP ports on 127.0.0.1: chosen once per data folder and kept unless somebody else took them."""

from __future__ import annotations

import random
import socket
import time
from pathlib import Path

import msgspec

from stack.errors import StackError
from stack.files import write_private

LOOPBACK = "127.0.0.1"
PROBE_S = 1.0
PREFERRED = {"bolt": 7687, "http": 7474}
RANGE = range(20_000, 32_000)
ATTEMPTS = 50
# A server that was killed may keep its port a moment: the kernel ends its threads one by one.
LEAVING_S = 2.0
POLL_S = 0.05


class Ports:
    """The ports of one data folder, kept in `ports.json`."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "ports.json"

    def get(self, use: str) -> int:
        """Return the port kept for this use; 0 before the first start."""
        return self._kept().get(use, 0)

    def choose(self, use: str) -> int:
        """Return the kept port if it is free, else another one, which is then kept.

        Raises StackError when the machine gives none.
        """
        kept = self._kept()
        taken = {port for name, port in kept.items() if name != use}
        mine, preferred = kept.get(use, 0), PREFERRED.get(use, 0)
        if mine and mine not in taken and _is_left(mine):
            return mine
        if preferred and preferred not in taken and is_free(preferred):
            return self._keep(kept | {use: preferred}, use)
        return self._keep(kept | {use: _any_free_port()}, use)

    def _keep(self, ports: dict[str, int], use: str) -> int:
        write_private(self._file, msgspec.json.encode(ports).decode())
        return ports[use]

    def _kept(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            return {}


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen there now."""
    if answers(port, host):
        return False
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=PROBE_S):
            return True
    except OSError:
        return False


def _is_left(port: int) -> bool:
    """Tell whether the port is free, or gets free while whoever was killed on it is going."""
    limit = time.monotonic() + LEAVING_S
    while not (free := is_free(port)) and time.monotonic() < limit:
        time.sleep(POLL_S)
    return free


def _any_free_port() -> int:
    """Return a port below those that the system gives to outgoing connections, so that it stays ours over restarts."""
    for port in random.sample(RANGE, ATTEMPTS):
        if is_free(port):
            return port
    raise StackError(f"no free port is to be had on {LOOPBACK}: {ATTEMPTS} of {RANGE.start}-{RANGE.stop} are taken")
