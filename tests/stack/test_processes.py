"""A process of ours: found by its pid file, never mistaken for another one, stopped in the end."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from stack.identity import birth
from stack.ports import Ports, is_free
from stack.process import Process, plain_environ
from tests.stack.conftest import wait_until

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


@pytest.fixture
def process(tmp_path: Path):
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    process = Process("thing", tmp_path, stop_signal=signal.SIGTERM, grace_s=0.5)
    yield process
    process.stop()


def run(process: Process, code: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", code]
    process.start(command, cwd=tmp_path, environ=plain_environ(tmp_path), detach=False)


def test_stop_insists_after_the_grace_time(process: Process, tmp_path: Path):
    run(process, STUBBORN, tmp_path)
    wait_until(lambda: "up" in process.log.read_text())
    assert process.stop()
    assert process.pid() is None
    assert not process.stop()


def test_a_process_that_ended_is_dead_and_its_last_words_are_kept(process: Process, tmp_path: Path):
    run(process, "print('earlier')", tmp_path)
    wait_until(lambda: process.pid() is None)
    run(process, "raise SystemExit('the reason')", tmp_path)
    wait_until(lambda: process.pid() is None)
    assert process.tail() == "    the reason"
    assert "earlier" in process.log.read_text()


def test_a_command_that_is_not_there_is_told_in_the_log(process: Process, tmp_path: Path):
    process.start([str(tmp_path / "nothing")], cwd=tmp_path, environ={}, detach=False)
    wait_until(lambda: process.pid() is None)
    assert "cannot be started: [Errno 2]" in process.tail()


def test_a_recycled_number_is_not_ours(process: Process, tmp_path: Path):
    (tmp_path / "run" / "thing.pid").write_text(str(os.getppid()))
    (tmp_path / "run" / "thing.birth").write_text(birth(os.getpid()) or "")
    assert process.pid() is None


def test_it_gets_no_file_and_no_setting_of_its_parent(process: Process, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HEADWATER_NEO4J_PASSWORD", "secret")
    read, write = os.pipe()
    os.set_inheritable(write, True)
    code = "import os; print(sorted(os.listdir('/dev/fd'))[:4], [k for k in os.environ if 'HEADWATER' in k])"
    run(process, code, tmp_path)
    wait_until(lambda: process.pid() is None)
    os.close(read)
    os.close(write)
    assert process.tail().strip() == "['0', '1', '2', '3'] []"  # 3 is the listing itself


def test_a_port_is_kept_while_it_is_free(tmp_path: Path):
    import socket

    ports = Ports(tmp_path)
    port = ports.choose("redis")
    assert ports.choose("redis") == port == Ports(tmp_path).get("redis")
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
        assert ports.choose("redis") != port


def test_a_port_is_waited_for_while_the_server_killed_on_it_is_going(tmp_path: Path):
    import socket
    import threading

    ports = Ports(tmp_path)
    port = ports.choose("redis")
    going = socket.create_server(("127.0.0.1", port))
    gone = threading.Timer(0.3, going.close)
    gone.start()
    assert ports.choose("redis") == port
    gone.join()
