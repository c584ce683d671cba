"""Scores of all wallets of a simulated graph: against networkx, and against the clock."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.columns import compare_columns, read_columns
from bench.figures import Figure, Report, Sizes, Watch, times_faster, within
from bench.following import followed
from bench.ground import BenchError, Ground, child
from bench.ingest import unheard
from bench.searches import CUTOFF, build_network, search_all
from graph.batch import CHUNK, WalletColumns, read_wallets
from jobs.importing import ImportReport, import_transactions
from jobs.importing_attributions import import_attributions
from jobs.scoring import request_scoring_run
from jobs.services import Services
from jobs.simulation import simulate_columns, write_simulation

NAME = "scoring"
POLL_S = 0.2
STEP = 100_000


async def measure_scoring(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Load the simulated graph once, then measure on it what a batch owner waits for."""
    services = ground.services
    loaded = Watch()
    with TemporaryDirectory() as folder, loaded:
        await load_simulation(services, Path(folder), sizes, ground.report)
    figures = [Figure(bench=NAME, name="loading, import to last attribution", ours=loaded.median, unit="s")]
    ground.report("scoring: hop scores")
    figures += await _hop_scores(services, sizes)
    ground.report("scoring: exposure by category")
    figures += await _category_exposure(services, sizes)
    ground.report("scoring: full batch")
    figures += await _full_batch(ground, sizes)
    ground.report("scoring: columns")
    return figures + await compare_columns(services, NAME, "simulated", sizes.rounds)


async def load_simulation(services: Services, folder: Path, sizes: Sizes, report: Report) -> None:
    """Land a simulated history and its attributions, unscreened."""
    path = folder / "simulated.csv"
    report(f"scoring: simulating {sizes.wallets:,} wallets, {sizes.transactions:,} transactions")
    columns = await asyncio.to_thread(simulate_columns, sizes.seed, sizes.wallets, sizes.transactions)
    attributions = await asyncio.to_thread(write_simulation, path, columns)
    report("scoring: landing them")

    def tell(so_far: ImportReport) -> None:
        if so_far.landed % STEP == 0:
            report(f"scoring: {so_far.landed:,} landed after {so_far.seconds:.0f} s")

    await import_transactions(
        services, path, network="eth", asset="USD", mapping=None, screening=False, actor="bench", tell=tell
    )
    await import_attributions(services, attributions, actor="bench", tell=unheard)


async def _hop_scores(services: Services, sizes: Sizes) -> list[Figure]:
    """All wallets in the database, and a seeded sample by networkx in turn; both must agree."""
    ours, reference = Watch(), Watch()
    wallets = await read_wallets(services.graph)
    network = build_network(await read_columns(services.graph))
    illicit = {k for k, c in zip(wallets.keys, wallets.hop_counts, strict=True) if c[0]}
    reachable = [key for key in wallets.keys if key in network]
    drawn = random.Random(sizes.seed).sample(reachable, min(sizes.sample, len(reachable)))
    for turn in range(sizes.rounds):
        with ours:
            wallets = await read_wallets(services.graph)
            wallets.hop_scores(services.policy.hop_weights)
        part = drawn[turn :: sizes.rounds]
        with reference:
            counted = search_all(network, part, illicit)
        _agree(wallets, part, counted)
    per_wallet = sum(reference.times) / len(drawn)
    note = (
        f"{len(wallets.keys):,} wallets; reference: networkx breadth first, undirected, cutoff {CUTOFF}, "
        f"{1000 * per_wallet:.1f} ms a wallet over {len(drawn)} drawn with seed {sizes.seed}, scaled to all"
    )
    return [times_faster(NAME, "hop score of all wallets", ours.median, per_wallet * len(wallets.keys), 100, note=note)]


def _agree(wallets: WalletColumns, drawn: list[str], counted: list[tuple[int, int, int]]) -> None:
    """A figure of something that computes another number would be worth nothing."""
    index = {key: i for i, key in enumerate(wallets.keys)}
    for key, counts in zip(drawn, counted, strict=True):
        if tuple(wallets.hop_counts[index[key]]) != counts:
            raise BenchError(f"{key}: {wallets.hop_counts[index[key]]} in the database, {counts} by networkx")


async def _category_exposure(services: Services, sizes: Sizes) -> list[Figure]:
    """Every category present pushed over its flows, one direction, read back as columns."""
    graph, watch, n = services.graph, Watch(), 0
    present = [row["category"] for row in await graph.read("categories_present")]
    stopping = [name for name in present if services.taxonomy.get(name).stops]
    for _ in range(sizes.rounds):
        with watch:
            rows = graph.stream(
                "push_source",
                categories=stopping,
                numbers={name: number for number, name in enumerate(stopping)},
                kinds=len(stopping),
                origins=False,
                blocked=[],
                hops=sizes.hops,
                size=CHUNK,
            )
            n = sum([len(row["keys"]) async for row in rows])
    note = f"{len(stopping)} categories, source side, {n:,} rows of {len(stopping)} shares read back"
    return [within(NAME, f"category exposure over {sizes.hops} hops, in the database", watch.median, 10, note=note)]


async def _full_batch(ground: Ground, sizes: Sizes) -> list[Figure]:
    """A scoring run by a worker process: both directions, residuals, stored in Postgres and on wallets."""
    services = ground.services
    with TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        async with child(ground, "worker", log) as process:
            _, job = await request_scoring_run(services, actor="bench", hops=sizes.hops)
            job, _ = await followed(services, job, process, log)
    if job.started_at is None or job.finished_at is None or job.result is None:
        raise BenchError(f"the scoring run ended as {job.state}: {job.error}")
    seconds = (job.finished_at - job.started_at).total_seconds()
    note = f"{job.result['wallets']:,} wallets, from the worker's claim to the end of the run"
    return [within(NAME, "full batch: both directions, residuals, stored", seconds, 60, note=note)]
