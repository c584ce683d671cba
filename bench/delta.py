"""What a change costs after a run on the simulated graph: draining one transaction's marks, previewing a list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench.clocks import measure_hubs
from bench.columns import read_columns
from bench.figures import Figure, Sizes, Watch, quantile, times_as_long
from bench.ground import BenchError, Ground
from bench.scoring import load_simulation
from graph.ingest import land_transactions
from graph.marks import count_marks
from graph.model import Attribution, Job, Party, Transaction
from graph.sums import EPOCH
from jobs.previewing import preview_attributions
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger.jobs import get_job

NAME = "delta"
# As many as the OFAC list of digital-currency addresses held in September 2024.
LISTED = 654


async def measure_delta(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Load the simulated graph, score it, then change it and see what each change takes."""
    services = ground.services
    with TemporaryDirectory() as folder:
        await load_simulation(services, Path(folder), sizes, ground.report)
    ground.report("delta: first run")
    batch = await _run(services, sizes)
    flows = await read_columns(services.graph)
    pairs = list(zip(flows.sources, flows.targets, strict=True))
    draw = random.Random(sizes.seed)
    ground.report("delta: previewing")
    figures = [await _preview(services, sorted(set(flows.sources)), draw, batch)]
    ground.report("delta: draining")
    figures += await _drain(services, sizes, [pair for pair in draw.sample(pairs, sizes.sample) if pair[0] != pair[1]])
    return [*figures, await measure_hubs(services, NAME, "simulated", sizes)]


async def _run(services: Services, sizes: Sizes) -> float:
    """Seconds of one whole scoring run, in this process."""
    _, job = await request_scoring_run(services, actor="bench", hops=sizes.hops)
    started = perf_counter()
    await _finish(services, job)
    return perf_counter() - started


async def _finish(services: Services, job: Job) -> dict[str, Any]:
    """Run a job here, and return its result."""
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        done = await get_job(connection, job.id)
    if done.state != "succeeded" or done.result is None:
        raise BenchError(f"job {done.name} ended as {done.state}: {done.error}")
    return done.result


async def _preview(services: Services, keys: list[str], draw: random.Random, batch_s: float) -> Figure:
    """Listing as many wallets as OFAC does, without writing, against the run it would otherwise take."""
    listed = [
        Attribution(id="", wallet=key, category="sanctions", source="bench", official=True)
        for key in draw.sample(keys, min(LISTED, len(keys)))
    ]
    started = perf_counter()
    found = await preview_attributions(services, listed, [], limit=100)
    note = f"{len(listed)} wallets listed, {found.wallets_total:,} wallets move; reference: one scoring run"
    return times_as_long(NAME, "preview of a sanctions list", perf_counter() - started, batch_s, 2, note=note)


async def _drain(services: Services, sizes: Sizes, pairs: list[tuple[str, str]]) -> list[Figure]:
    """One transaction between wallets that dealt before, screened like a posted one, then its marks worked off."""
    screening, landing, draining = Watch(), Watch(), Watch()
    done: list[dict[str, Any]] = []
    for number, (sender, receiver) in enumerate(pairs):
        with landing:
            await land_transactions(services.graph, [_payment(f"l{number}", receiver, sender)])
        await _settle(services, sizes)
        with screening:
            await screen_transactions(
                services, [_payment(f"s{number}", sender, receiver)], actor="bench", trace_id="bench"
            )
        if not await count_marks(services.graph):
            raise BenchError("a landing left no mark")
        with draining:
            done.append(await _finish(services, await request_rescreening(services)))
        await _settle(services, sizes)
    return _figures(screening, landing, draining, done)


def _figures(screening: Watch, landing: Watch, draining: Watch, done: Sequence[dict[str, Any]]) -> list[Figure]:
    wallets, left = [one["wallets"] for one in done if not one["left"]], sum(bool(one["left"]) for one in done)
    note = (
        f"{len(done)} transactions one at a time, each the whole job, from its request; {median(wallets or [0]):,.0f}"
        f" wallets re-screened at the median, {max(wallets, default=0):,} at most; {left} left to a scoring run"
    )
    asked = (
        (
            "draining the marks of one transaction, p50",
            0.5,
            screening,
            "landing it as posted, with decision and record",
        ),
        ("the same against the graph alone, p50", 0.5, landing, "landing it in the graph alone"),
        ("the same, p95", 0.95, screening, "landing it as posted"),
    )
    return [
        times_as_long(
            NAME,
            name,
            quantile(draining.times, part),
            quantile(against.times, part),
            3,
            note=f"{note}; reference: {reference}",
        )
        for name, part, against, reference in asked
    ]


async def _settle(services: Services, sizes: Sizes) -> None:
    """Work off what is marked, by a scoring run where it is too much."""
    result = await _finish(services, await request_rescreening(services))
    if result["left"]:
        await _run(services, sizes)


def _payment(name: str, sender: str, receiver: str) -> Transaction:
    address = [key.partition(":")[2] for key in (sender, receiver)]
    return Transaction(
        network="eth",
        id=f"bench-{name}",
        at=EPOCH.replace(year=2026),
        asset="USD",
        amount="10",
        value=10_000_000,
        inputs=(Party(address[0], "10"),),
        outputs=(Party(address[1], "10"),),
    )
