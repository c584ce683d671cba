"""A reader that is stopped is closed with 4008 and can go on after; the others hear of each event within a second."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import psutil
import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect

from api import serving as serving_api
from api.serving import Socket
from graph.model import Role
from graph.session import Graph
from ledger.session import Ledger
from tests.api.conftest import bearer
from tests.api.streaming import handshake, hear, hear_events, none_open, record_alert, record_events, serving
from tests.chaos.processes import ROOT, free_port, headwater, wait_until_ready
from tests.servers import Servers

PATIENCE_S, LONG_S = 1.0, 60.0
# Two events of this size are more than lies between a server and a narrow reader.
SIZE, MANY = 4_000, 1_500


class Api:
    """`headwater serve`, with its log."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self._log = port, log

    def process(self) -> psutil.Process:
        """The one that listens at its port."""
        own = psutil.Process().children(recursive=True)
        return next(child for child in own if self.port in [c.laddr.port for c in child.net_connections()])

    def ends(self) -> list[int]:
        """The codes of the streams that have ended so far."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line["code"] for line in lines if line["event"] == "stream"]

    async def ended(self, code: int) -> None:
        """Wait until a stream has ended with that code."""
        for _ in range(600):
            if code in self.ends():
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"no stream has ended with {code}")

    def errors(self) -> list[str]:
        """What it has logged as going wrong."""
        return re.findall(r'.*"level": "error".*', self._log.read_text())


@pytest.fixture
def api(servers: Servers, graph: Graph, ledger: Ledger, tmp_path: Path) -> Iterator[Api]:
    port, log = free_port(), tmp_path / "api.log"
    settings = {"port": str(port), "stream_patience_s": str(PATIENCE_S), "data_dir": str(tmp_path / "data")}
    with headwater("serve", log, servers.environ(**settings)):
        wait_until_ready(f"http://127.0.0.1:{port}")
        yield Api(port, log)


@asynccontextmanager
async def reading(api: Api, key: str) -> AsyncIterator[Process]:
    """A reader in a process of its own."""
    command = (sys.executable, "-m", "tests.api.slow_reader", str(api.port), key)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=ROOT)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def lines_of(process: Process) -> list[str]:
    assert process.stdout is not None
    return [line.decode().strip() async for line in process.stdout]


async def test_a_stopped_reader_is_closed_with_a_code_resumes_and_delays_nobody(
    api: Api, ledger: Ledger, keys: dict[Role, str]
) -> None:
    alert = await record_alert(ledger)
    url = f"ws://127.0.0.1:{api.port}/api/v1/alerts/stream"
    shown = bearer(keys["auditor"])
    async with reading(api, keys["auditor"]) as stopped, connect(url, additional_headers=shown) as other:
        assert stopped.stdout is not None
        assert [(await stopped.stdout.readline()).strip() for _ in range(2)] == [b"stream.opened", b"1"]
        await hear(other)
        os.kill(stopped.pid, signal.SIGSTOP)

        seq, slowest = 1, 0.0
        for _ in range(MANY // 30):
            await record_events(ledger, alert, 30, size=SIZE)
            started, seq = monotonic(), seq + 30
            assert (await hear_events(other, 30))[-1]["seq"] == seq
            slowest = max(slowest, monotonic() - started)
        await api.ended(4008)
        os.kill(stopped.pid, signal.SIGCONT)
        *read, code = await asyncio.wait_for(lines_of(stopped), LONG_S)

    assert (api.ends()[0], code, api.errors()) == (4008, "code 4008", [])
    assert slowest < 1
    assert [int(seq) for seq in read] == list(range(2, len(read) + 2))
    assert len(read) < MANY
    last = len(read) + 1
    async with connect(f"{url}?after={last}", additional_headers=shown, max_size=None) as again:
        rest = await hear_events(again, seq - last)
    assert [event["seq"] for event in rest] == list(range(last + 1, seq + 1))


async def test_a_server_ends_in_time_though_a_reader_is_stopped(
    api: Api, ledger: Ledger, keys: dict[Role, str]
) -> None:
    alert = await record_alert(ledger)
    server = api.process()
    async with reading(api, keys["auditor"]) as stopped:
        assert stopped.stdout is not None
        await stopped.stdout.readline()
        os.kill(stopped.pid, signal.SIGSTOP)
        await record_events(ledger, alert, MANY // 2, size=SIZE)
        await asyncio.sleep(PATIENCE_S / 2)

        started = monotonic()
        server.terminate()
        await asyncio.to_thread(server.wait, LONG_S)

    assert monotonic() - started < 12
    assert api.errors() == []


@pytest.mark.parametrize("sockets", [Socket, WebSocketsSansIOProtocol])
async def test_without_sockets_of_our_own_a_stopped_reader_is_never_let_go(
    servers: Servers,
    graph: Graph,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    sockets: type[WebSocketsSansIOProtocol],
) -> None:
    monkeypatch.setattr(serving_api, "GRACE_S", 1)
    monkeypatch.setattr(serving_api, "LINGER_S", 0.3)
    alert = await record_alert(ledger)
    async with serving(servers, sockets, auth="off", stream_patience_s="0.3") as served:
        _, writer = await handshake(served)
        await record_events(ledger, alert, MANY, size=SIZE)

        gone = asyncio.create_task(none_open(served, connected=False))
        done, _ = await asyncio.wait([gone], timeout=LONG_S if sockets is Socket else 3)
        gone.cancel()
        writer.transport.abort()

    assert (gone in done) is (sockets is Socket)
