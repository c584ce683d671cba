"""Starting and stopping, tried on the servers that start fast."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from stack.errors import StackError
from stack.local import LocalStack
from tests.stack.conftest import is_alive, kill_at_once, wait_until

SMALL = ("postgres", "redis")
ROOT = Path(__file__).parents[2]
STARTER = """
import json, sys, time
from pathlib import Path
from stack.local import LocalStack
stack = LocalStack(Path(sys.argv[1]), Path(sys.argv[1]))
stack.start(("postgres", "redis"), detach=sys.argv[2] == "detach")
print(json.dumps([stack.process(name).pid() for name in ("postgres", "redis")]), flush=True)
time.sleep(0 if sys.argv[2] == "detach" else 600)
"""


def starter(folder: Path, mode: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", STARTER, str(folder), mode]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ)


def children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def test_killed_parent_leaves_no_orphan(small: LocalStack):
    with starter(small.data_dir, "stay") as parent:
        pids = json.loads(parent.stdout.readline())
        pids += children(pids[0])
        assert all(is_alive(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in pids))
    assert small.running() is None
    with psycopg.connect(small.start(SMALL, detach=False).postgres_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_detached_servers_outlive_their_parent_and_hold_nothing_of_it(small: LocalStack):
    with starter(small.data_dir, "detach") as parent:
        out, _ = parent.communicate(timeout=60)  # returns only when nobody holds the pipe any more
    pids = json.loads(out)
    assert all(is_alive(pid) for pid in pids)
    assert small.running() is not None
    small.stop()
    assert not any(is_alive(pid) for pid in pids)
    assert small.running() is None
    assert list((small.data_dir / "run").glob("*.pid")) == []


def test_two_starts_at_once_start_each_server_once(small: LocalStack):
    other = LocalStack(small.data_dir, small.cache_dir)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda stack: stack.start(("redis",), detach=False), (small, other))
    assert first == second
    assert small.process("redis").log.read_text().count("Ready to accept connections") == 1


def test_close_stops_only_what_this_object_started(small: LocalStack):
    small.start(("redis",), detach=False)
    other = LocalStack(small.data_dir, small.cache_dir)
    other.start(SMALL, detach=False)
    other.close()
    assert small.dead(SMALL) == ["postgres"]


def test_a_taken_port_is_replaced(small: LocalStack):
    before = small.start(("redis",), detach=False)
    with redis.Redis.from_url(before.redis_url) as client:
        client.set("kept", "yes")
    small.stop()
    port = int(before.redis_url.rpartition(":")[2].split("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        after = small.start(("redis",), detach=False)
    assert after.redis_url != before.redis_url
    with redis.Redis.from_url(after.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_stale_pid_file_of_a_stranger_is_not_believed(small: LocalStack):
    small.start(("redis",), detach=False)
    kill_at_once(small, "redis")
    (small.data_dir / "run" / "redis.pid").write_text(str(os.getpid()))
    assert small.dead(["redis"]) == ["redis"]
    small.stop()  # and does not stop the stranger, which is this very process
    small.start(("redis",), detach=False)
    assert small.dead(["redis"]) == []


def test_interrupted_first_start_of_postgres_heals(small: LocalStack):
    half = small.data_dir / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with psycopg.connect(small.start(("postgres",), detach=False).postgres_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_server_that_cannot_start_is_told_with_its_log_and_leaves_nothing_running(small: LocalStack):
    small.start(("redis",), detach=False)
    small.stop()
    (small.data_dir / "redis" / "appendonly.aof").write_text("this is no append-only file\n")
    with pytest.raises(StackError, match=r"(?s)redis ended while it started; its log .*redis\.log ends with.*append"):
        small.start(("redis", "postgres"), detach=False)
    assert small.dead(SMALL) == ["postgres", "redis"]


def test_unreadable_secrets_are_told(small: LocalStack):
    small.data_dir.mkdir()
    (small.data_dir / "secrets.json").write_text("{")
    with pytest.raises(StackError, match=r"secrets\.json cannot be read"):
        small.start(("redis",), detach=False)


def test_data_dir_that_cannot_be_written_is_told_in_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="HEADWATER_DATA_DIR") as caught:
        LocalStack(tmp_path / "file" / "data", tmp_path).start(("redis",), detach=False)
    assert "\n" not in str(caught.value)
