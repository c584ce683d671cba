"""Servers stopped with SIGSTOP: the kernel still takes connections for them, and nothing is answered."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import psutil

from tests.faults.lines import port_of
from tests.servers import Servers


def frozen(servers: Servers, name: str) -> AbstractContextManager[None]:
    """Stop a server with all its processes until the end of the block."""
    return frozen_at(port_of(servers, name))


@contextmanager
def frozen_at(port: int) -> Iterator[None]:
    """Stop whoever listens on a port of this machine."""
    stopped = _processes(port)
    try:
        for process in stopped:
            send(process, signal.SIGSTOP)
        yield
    finally:
        for process in reversed(stopped):
            send(process, signal.SIGCONT)


def _processes(port: int) -> list[psutil.Process]:
    """Who listens on a port of this machine, and its children."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            parent = psutil.Process(connection.pid)
            return [parent, *parent.children(recursive=True)]
    raise AssertionError(f"nobody whom we can stop listens on port {port}: give these tests servers of this machine")


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Signal a process unless it has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
