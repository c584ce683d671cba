"""The API in a process of its own, over a real socket: whole logs, kept-alive connections, a graceful end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graph.session import Graph
from ledger.session import Ledger
from tests.api.conftest import movement
from tests.chaos.processes import free_port, wait_until_ready
from tests.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
SERVE = "from cli.serve import serve; serve()"


def environment(servers: Servers, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return clean | servers.environ(**more) | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def served(
    servers: Servers, graph: Graph, ledger: Ledger, tmp_path: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env=environment(servers, port=str(port), auth="off"),
            stderr=out,
            cwd=tmp_path,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url)  # a cold Neo4j on a busy machine plans its first queries for seconds: a 503 until then
        yield url, process, log
    finally:
        process.kill()
        process.wait()


def test_a_process_serves_logs_and_ends_gracefully(served: tuple[str, subprocess.Popen[bytes], Path]) -> None:
    url, process, log = served
    with httpx.Client(base_url=url, timeout=30) as client:
        assert client.get("/health/ready").status_code == 200
        assert client.post("/api/v1/transactions", json=movement(id="a/b")).status_code == 201
        assert client.get("/api/v1/transactions/acct:a%2Fb").json()["id"] == "a/b"
        rows = b"\n".join(json.dumps(movement(number)).encode() for number in range(1_200))
        with client.stream("POST", "/api/v1/transactions/bulk", content=rows) as response:
            lines = [json.loads(line) for line in response.iter_lines()]
        assert [line["line"] for line in lines] == list(range(1, 1_201))
        assert {line["status"] for line in lines} == {201}
        too_large = client.post("/api/v1/transactions", content=(b" " * 100_000 for _ in range(20)))
        assert too_large.status_code == 413
        assert "server" not in too_large.headers

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in {0, -signal.SIGTERM}
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    requests = [entry for entry in entries if entry["event"] == "request"]
    assert {"method", "path", "status", "ms", "caller", "request_id", "trace_id", "timestamp"} <= set(requests[-1])
    assert not [entry for entry in entries if entry["level"] == "error"]


def test_serving_without_keys_on_a_network_is_refused(servers: Servers, tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", SERVE],
        env=environment(servers, host="0.0.0.0", auth="off"),
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert outcome.returncode != 0
    assert b"HEADWATER_AUTH=off" in outcome.stderr
