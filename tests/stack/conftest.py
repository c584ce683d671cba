"""One local stack of its own for these tests: they kill servers."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from settings import load_settings
from stack.files import make_folder, write_private
from stack.local import LocalStack
from stack.neo4j import EXTRA
from stack.services import Services
from tests.servers import set_apart


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    return LocalStack.of(load_settings().stack).cache_dir


@pytest.fixture(scope="session")
def whole(cache_dir: Path) -> Iterator[LocalStack]:
    """All three servers, in the foreground: they end with the tests whatever happens."""
    with stack_in_folder(cache_dir) as stack:
        set_apart(make_folder(stack.data_dir))
        write_private(stack.data_dir / EXTRA, "db.logs.query.threshold=7s\n")
        stack.start(detach=False, report=print)
        yield stack


@pytest.fixture
def services(whole: LocalStack) -> Services:
    """Where the whole stack is, with whatever an earlier test killed started again."""
    return whole.start(detach=False)


@pytest.fixture
def small(cache_dir: Path) -> Iterator[LocalStack]:
    """A stack of which a test starts only the small servers."""
    with stack_in_folder(cache_dir) as stack:
        yield stack


@contextmanager
def stack_in_folder(cache_dir: Path) -> Iterator[LocalStack]:
    """Not in `tmp_path`: as root, another pytest would close that to the user that Postgres runs as."""
    folder = Path(tempfile.mkdtemp(prefix="headwater-stack-"))
    stack = LocalStack(folder / "data", cache_dir)
    try:
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(folder)


def kill_at_once(stack: LocalStack, name: str) -> int:
    """SIGKILL one server, wait until it is gone, return its process id."""
    pid = stack.process(name).pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: stack.process(name).pid() is None)
    return pid


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"not so after {seconds} s"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
