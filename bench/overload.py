"""Five times as many posts as are possible: what is accepted stays quick and is done, the rest is refused politely."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import msgspec

from bench.figures import Figure, Sizes, quantile, within
from bench.ground import ROOT, BenchError, Ground, serving
from bench.overload_client import Told

NAME = "overload"
USUAL_PART, TIMES = 0.6, 5
MOST_TIMES, READY_S, GROWTH = 2.0, 30.0, 0.2
SEARCHED_RATE, CALLERS = 2_000.0, 32


async def measure_overload(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Find the ceiling, then post at a part of it and at five times it, by an open loop."""
    seconds = max(2.0, sizes.asked / 50)
    async with serving(ground) as (host, port):
        await _post(host, port, 50.0, seconds, sizes.seed)  # warms up
        ceiling = await _ceiling(host, port, seconds, sizes)
        ground.report(f"{NAME}: {ceiling:.0f} posts a second at most")
        usual = await _post(host, port, USUAL_PART * ceiling, seconds, sizes.seed + 1)
        before = dict(ground.peaks.bytes)
        over = await _post(host, port, TIMES * ceiling, 3 * seconds, sizes.seed + 2)
        ready_s = await asyncio.to_thread(_until_ready, f"http://{host}:{port}/health/ready")
        grown = ground.peaks.bytes["serve"] / max(1, before["serve"]) - 1
    lost = await _undecided(ground, [*usual.ids, *over.ids])
    more = _none("accepted and lost", lost, f"of {len(usual.ids) + len(over.ids):,}")
    return [*_figures(ceiling, usual, over), more, *_after(ready_s, grown)]


async def _ceiling(host: str, port: int, seconds: float, sizes: Sizes) -> float:
    """Accepted a second while far more are posted than can be: refusals cost next to nothing."""
    told = await _post(host, port, SEARCHED_RATE / 4, seconds, sizes.seed + 3)
    return len(told.accepted) / seconds


async def _post(host: str, port: int, rate: float, seconds: float, seed: int) -> Told:
    """Have a process of its own post."""
    command = (sys.executable, "-m", "bench.overload_client", host, port, rate, seconds, seed)
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=asyncio.subprocess.PIPE, cwd=Path(ROOT), env=env
    )
    told, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchError("the client failed; see above")
    return msgspec.json.decode(told, type=Told)


def _until_ready(url: str) -> float:
    started = time.monotonic()
    while time.monotonic() - started < 2 * READY_S:
        try:
            urlopen(url, timeout=2).close()
            break
        except (URLError, OSError):
            time.sleep(0.1)
    return time.monotonic() - started


async def _undecided(ground: Ground, ids: list[str]) -> int:
    """How many that were accepted have no decision."""
    async with ground.services.ledger.read(timeout_s=60) as connection:
        cursor = await connection.execute("SELECT count(*) AS there FROM decisions WHERE transaction = ANY(%s)", (ids,))
        row = await cursor.fetchone()
    return len(ids) - int(row["there"] if row else 0)


def _figures(ceiling: float, usual: Told, over: Told) -> list[Figure]:
    p99, over_p99 = (quantile(told.accepted, 0.99) for told in (usual, over))
    client = f"open loop; client {over.cpu:.0%} of a core, at most {over.late_s * 1000:.0f} ms behind itself"
    times = Figure(
        bench=NAME,
        name=f"accepted posts at {TIMES} x the ceiling, p99",
        ours=over_p99 * 1000,
        unit="ms",
        reference=p99 * 1000,
        ratio=over_p99 / p99,
        target=f"at most {MOST_TIMES:g} x as long",
        met=over_p99 <= MOST_TIMES * p99,
        note=f"reference: at {USUAL_PART:g} x the ceiling; {client}",
    )
    impolite = over.bare + over.cut + sum(n for status, n in over.statuses.items() if status not in {201, 429, 503})
    return [
        Figure(bench=NAME, name="posts a second, the ceiling", ours=ceiling, unit="per s"),
        times,
        _none("refused without 429 or 503 and Retry-After", impolite, f"statuses {over.statuses}"),
    ]


def _after(ready_s: float, grown: float) -> list[Figure]:
    return [
        Figure(
            bench=NAME,
            name="memory that the API grew by under overload",
            ours=grown,
            unit="share",
            target=f"less than {GROWTH:g}",
            met=grown < GROWTH,
        ),
        within(NAME, "ready again after it", ready_s, READY_S),
    ]


def _none(name: str, count: int, note: str) -> Figure:
    return Figure(bench=NAME, name=name, ours=count, unit="share", target="none", met=count == 0, note=note)
