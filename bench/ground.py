"""Where a benchmark runs: servers of its own, empty at the start, gone at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from urllib.request import urlopen

from msgspec import Struct
from msgspec.structs import replace

from bench.figures import Report
from bench.memory import Peaks, server_pids, watched
from cli.stack import prepare
from graph.errors import HeadwaterError
from jobs.services import Services, open_services
from settings import PREFIX, ROOMS, Settings
from stack.discovery import connect, local_parts
from stack.local import LocalStack
from stack.processes import PARTS

START_S = 30.0
ROOT = Path(__file__).resolve().parent.parent


class BenchError(HeadwaterError):
    """The benchmark cannot run as asked; the message says what would be right."""


class Ground(Struct, frozen=True):
    """Open services on an empty graph; `peaks` watches the memory of this process and of our own servers."""

    services: Services
    peaks: Peaks
    report: Report


@asynccontextmanager
async def open_ground(settings: Settings, *, currency: str, keep: bool, report: Report) -> AsyncIterator[Ground]:
    """Open an empty graph and ledger: a temporary local stack, or the servers given by URL.

    Raises BenchError for given servers without `keep`, or a graph that is not empty: not ours to measure in.
    """
    settings = replace(settings, reference_currency=currency)
    async with _servers(settings, keep, report) as connected:
        await asyncio.to_thread(prepare, connected)
        async with open_services(connected) as services:
            if await services.graph.watermark() > 0:
                raise BenchError("the graph at HEADWATER_NEO4J_URI is not empty; a benchmark needs servers of its own")
            with watched(server_pids(Path(connected.stack.data_dir))) as peaks:
                yield Ground(services, peaks, report)


@asynccontextmanager
async def _servers(settings: Settings, keep: bool, report: Report) -> AsyncIterator[Settings]:
    """Start what is not given by URL under a temporary folder; what was started is stopped and removed."""
    parts = local_parts(settings)
    if len(parts) < len(PARTS) and not keep:
        raise BenchError("servers are given by URL: add --keep to say that what is measured may stay in them")
    folder = Path(tempfile.mkdtemp(prefix="headwater-bench-"))
    settings = replace(settings, stack=replace(settings.stack, data_dir=str(folder)))
    stack = LocalStack.of(settings.stack)
    try:
        if parts:
            # From this thread: the servers end with the thread that started them.
            stack.start(parts, detach=False, report=report)
        yield connect(settings)
    finally:
        await asyncio.to_thread(stack.stop)
        _leave(folder, keep and bool(parts), report)


def _leave(folder: Path, keep: bool, report: Report) -> None:
    if keep:
        report(f"data kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give a child process the same settings."""
    fields = {
        field: getattr(getattr(settings, room), field)
        for room, struct in ROOMS.items()
        for field in struct.__struct_fields__
    }
    fields["reference_currency"] = settings.reference_currency
    return {PREFIX + name.upper(): str(value) for name, value in fields.items()}


@asynccontextmanager
async def child(ground: Ground, name: str, log: Path, **changed: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one `headwater` command as a process of its own, its memory watched, until the block ends."""
    extra = environment(ground.services.settings) | {PREFIX + key.upper(): value for key, value in changed.items()}
    env = os.environ | extra | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    command = (sys.executable, "-P", "-m", "cli.main", name)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=output, stderr=output)
    ground.peaks.add(name, process.pid)
    try:
        yield process
    finally:
        ground.peaks.sample()
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def serving(ground: Ground) -> AsyncIterator[tuple[str, int]]:
    """Run the API, open to this machine only; yields host and port once it is ready."""
    host, port = "127.0.0.1", free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "api.log"
        async with child(ground, "serve", log, host=host, port=str(port), auth="off") as process:
            await _ready(f"http://{host}:{port}/health/ready", process, log)
            yield host, port


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ready(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    deadline = perf_counter() + START_S
    while perf_counter() < deadline and process.returncode is None:
        try:
            await asyncio.to_thread(lambda: urlopen(url, timeout=2).close())
            return
        except OSError:
            await asyncio.sleep(0.2)
    raise BenchError(f"the API did not start: {last_words(log)}")


def last_words(log: Path) -> str:
    """The end of a process's log."""
    return log.read_text()[-500:]
