"""Neo4j that ran out of memory is started again by itself, unless somebody stopped it or it cannot live."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import Neo4jError, ServiceUnavailable

from stack import memory
from stack.local import LocalStack
from stack.neo4j import CONFIG
from stack.ports import is_free
from stack.revive import SHORTEST_LIFE_S, revive, write_revival
from tests.stack.conftest import stack_in_folder, wait_until

COLLECTS_TOO_MUCH = "UNWIND range(1, 100000000) AS x RETURN size(collect(toString(x)))"
# Its list is no more than an expression: no operator collects it, so no limit of a transaction counts it.
FILLS_THE_HEAP = "RETURN size([a IN range(1, 100000000) | toString(a)])"


def died(stack: LocalStack, *, lived_s: float) -> Path:
    """Leave behind what a Neo4j leaves that ran for so long and then ended."""
    for folder in ("run", "logs", "neo4j/conf"):
        (stack.data_dir / folder).mkdir(parents=True, exist_ok=True)
    pid = stack.data_dir / "run" / "neo4j.pid"
    pid.write_text("1")
    os.utime(pid, (time.time(), time.time() - lived_s))
    return pid


def test_the_script_that_java_runs_tells_what_became_of_it(small: LocalStack) -> None:
    # The script is run for real, with nothing of our environment but an open socket, as by the dying server.
    died(small, lived_s=1)
    argument = write_revival(small.data_dir / "neo4j", small.data_dir, small.cache_dir)
    script = small.data_dir / "neo4j" / "conf" / "revive.sh"

    subprocess.run(["/bin/sh", str(script)], env={}, cwd="/", check=True, timeout=30)

    log = small.data_dir / "logs" / "revive.log"
    wait_until(lambda: log.is_file() and "not started again" in log.read_text())
    assert argument == f'"-XX:OnOutOfMemoryError=/bin/sh {script}"\n'
    assert small.process("neo4j").pid() is None


def test_what_the_dying_server_had_open_is_let_go(small: LocalStack) -> None:
    # Java hands its sockets on to the script: held by the script, the ports would never get free.
    died(small, lived_s=SHORTEST_LIFE_S + 1)
    write_revival(small.data_dir / "neo4j", small.data_dir, small.cache_dir)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        (small.data_dir / "ports.json").write_text(json.dumps({"bolt": port, "http": port}))
        script = small.data_dir / "neo4j" / "conf" / "revive.sh"
        subprocess.run(["/bin/sh", str(script)], env={}, check=True, timeout=30, pass_fds=[listening.fileno()])

    wait_until(lambda: is_free(port))


def test_a_stack_that_was_stopped_stays_stopped(small: LocalStack) -> None:
    died(small, lived_s=SHORTEST_LIFE_S + 1)

    revive(small.data_dir, small.cache_dir)

    assert small.was_stopped() and small.process("neo4j").pid() is None


def test_one_transaction_may_collect_half_of_the_heap() -> None:
    assert "db.memory.transaction.max={transaction}m\n" in CONFIG


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_what_is_collected_is_bounded_and_after_what_is_not_neo4j_comes_back_with_its_data(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A heap that is full soon: of a large one, Java looks for something to free for minutes before it gives up.
    monkeypatch.setattr(memory, "HEAP_MIB", (512, 512))
    with stack_in_folder(cache_dir) as stack:
        services = stack.start(("neo4j",), detach=True)
        first = stack.process("neo4j").pid()
        pid_file = stack.data_dir / "run" / "neo4j.pid"
        os.utime(pid_file, (time.time(), time.time() - SHORTEST_LIFE_S - 1))
        login = (services.neo4j_user, services.neo4j_password)
        with neo4j.GraphDatabase.driver(services.neo4j_uri, auth=login) as door:
            door.execute_query("CREATE (:Kept {number: 42})")
            with pytest.raises(Neo4jError, match=r"db\.memory\.transaction\.max"), door.session() as session:
                session.run(COLLECTS_TOO_MUCH).consume()
            assert stack.process("neo4j").pid() == first
            with pytest.raises((Neo4jError, ServiceUnavailable)), door.session() as session:
                session.run(FILLS_THE_HEAP).consume()

            log = stack.data_dir / "logs" / "revive.log"
            wait_until(lambda: log.is_file() and "neo4j is ready" in log.read_text(), 500)
            assert stack.process("neo4j").pid() not in (None, first)
            [row] = door.execute_query("MATCH (k:Kept) RETURN k.number AS number").records
        assert row["number"] == 42
