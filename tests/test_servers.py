"""Processes side by side have servers of their own: as many as there is room for, and never one set for two."""

from __future__ import annotations

import os

import psutil
import pytest

from tests.conftest import pytest_xdist_auto_num_workers
from tests.servers import running_servers

GIB = 1 << 30


class Memory:
    def __init__(self, total: int) -> None:
        self.total = total


@pytest.mark.parametrize(
    ("cores", "gib", "processes"),
    [(4, 16, 3), (8, 16, 3), (64, 256, 4), (2, 16, 2), (3, 64, 3), (1, 64, 0), (16, 8, 0), (None, 16, 0)],
)
def test_there_are_as_many_processes_as_cores_and_memory_carry(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, gib: int, processes: int
) -> None:
    monkeypatch.delenv("HEADWATER_NEO4J_URI", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(gib * GIB))

    assert pytest_xdist_auto_num_workers() == processes


def test_servers_given_by_url_are_for_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_NEO4J_URI", "bolt://db:7687")
    assert pytest_xdist_auto_num_workers() == 0

    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    with pytest.raises(RuntimeError, match="one set of servers"), running_servers():
        pass
