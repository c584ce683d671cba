"""`headwater up` and `down` as a person uses them: real commands, real servers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from stack.local import LocalStack
from stack.processes import CONSUMER, KAFKA, PARTS, PROGRAMS
from stack.services import Services
from tests.stack.conftest import kill_at_once, wait_until

ROOT = Path(__file__).parents[2]
ALL = (*PARTS, *PROGRAMS)


@pytest.fixture
def environ(whole: LocalStack, services: Services) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = {"HEADWATER_DATA_DIR": str(whole.data_dir), "HEADWATER_PORT": str(port), "HEADWATER_AUTH": "off"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return kept | ours | {"HEADWATER_CACHE_DIR": str(whole.cache_dir), "PYTHONPATH": str(ROOT)}


def headwater(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False, cwd=ROOT)


def readiness(environ: dict[str, str]) -> tuple[int, dict]:
    connection = HTTPConnection("127.0.0.1", int(environ["HEADWATER_PORT"]), timeout=10)
    connection.request("GET", "/health/ready")
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def pids(stack: LocalStack) -> dict[str, int | None]:
    return {name: stack.process(name).pid() for name in ALL}


def test_up_returns_when_ready_and_starts_again_only_what_died(whole: LocalStack, environ: dict[str, str]):
    done = headwater(environ, "up", "--detach")
    assert (done.returncode, done.stderr) == (0, done.stderr)
    assert f"http://127.0.0.1:{environ['HEADWATER_PORT']}" in done.stdout
    assert "/browser/" in done.stdout
    assert readiness(environ)[0] == 200
    before = pids(whole)
    assert None not in before.values()

    kill_at_once(whole, "api")
    kill_at_once(whole, "redis")
    assert headwater(environ, "up", "--detach").returncode == 0
    after = pids(whole)
    assert readiness(environ)[0] == 200
    assert {name for name in ALL if after[name] != before[name]} == {"api", "redis"}

    for name in reversed(PROGRAMS):
        whole.process(name).stop()


def test_a_taken_port_of_the_api_is_told_in_one_line(environ: dict[str, str]):
    with socket.create_server(("127.0.0.1", int(environ["HEADWATER_PORT"]))):
        done = headwater(environ, "up", "--detach")
    assert done.returncode == 1
    assert "HEADWATER_PORT" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_foreground_up_stops_what_it_started_when_interrupted(whole: LocalStack, environ: dict[str, str]):
    command = [sys.executable, "-m", "cli.main", "up"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as up:
        for line in up.stderr:
            if line.startswith("Ctrl-C"):
                break
        assert whole.dead(ALL) == []
        kill_at_once(whole, "worker")
        wait_until(lambda: whole.dead(ALL) == [], 60)
        up.send_signal(signal.SIGINT)
        assert up.wait(timeout=60) == 0
        up.stderr.read()
    assert whole.dead(ALL) == list(PROGRAMS)  # the servers ran before and were not its own


def test_down_stops_everything_and_may_be_repeated(small: LocalStack, environ: dict[str, str]):
    small.start(("redis",), detach=True)
    code = "import time; time.sleep(600)"
    small.run("worker", [sys.executable, "-c", code], environ, detach=True)
    here = environ | {"HEADWATER_DATA_DIR": str(small.data_dir)}
    done = headwater(here, "down")
    assert done.stderr.splitlines() == ["worker is stopped", "redis is stopped"]
    assert small.dead(ALL) == list(ALL)
    again = headwater(here, "down")
    assert (again.returncode, again.stderr) == (0, "")


def test_a_command_without_a_stack_says_what_to_do(small: LocalStack, environ: dict[str, str]):
    done = headwater(environ | {"HEADWATER_DATA_DIR": str(small.data_dir)}, "env")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "run `headwater up`" in done.stderr


def test_kafka_and_a_consumer_come_when_asked_for_once_and_go_when_told(whole: LocalStack, environ: dict[str, str]):
    assert headwater(environ, "up", "--detach", "--kafka").returncode == 0
    before = {name: whole.process(name).pid() for name in (*ALL, KAFKA, CONSUMER)}
    assert None not in before.values()
    assert "HEADWATER_KAFKA_URL=kafka://" in headwater(environ, "env").stdout

    for name in (KAFKA, CONSUMER):
        kill_at_once(whole, name)
    assert headwater(environ, "up", "--detach").returncode == 0  # it remembers
    after = {name: whole.process(name).pid() for name in before}
    assert {name for name in before if after[name] != before[name]} == {KAFKA, CONSUMER}
    assert None not in after.values()

    for name in reversed(PROGRAMS):
        whole.process(name).stop()
    assert headwater(environ, "up", "--detach", "--no-api", "--no-kafka").returncode == 0
    assert whole.dead((KAFKA, CONSUMER)) == [KAFKA, CONSUMER]
    assert headwater(environ, "up", "--detach", "--no-api").returncode == 0
    assert whole.dead((*PARTS, KAFKA)) == [KAFKA]
