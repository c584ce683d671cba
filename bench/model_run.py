"""A whole scoring run with three models on a simulated graph, by a worker, phase by phase and against the clock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from bench.crowning import crown
from bench.figures import Figure, Sizes, within
from bench.following import followed
from bench.ground import BenchError, Ground, child
from bench.memory import MEBIBYTE
from bench.scoring import load_simulation
from graph.model import Job, ModelKind
from jobs.policybook import activate_policy
from ledger.jobs import list_jobs
from ledger.runs import find_run
from risk.policy import MODELLED_POLICY

NAME, TARGET_S, TARGET_MIB = "model-run", 180, 6 * 1024
SIDES, MODELS = ("source", "destination"), ("reading movements", "computing features", "scoring with")
# What a message of the job begins with, and the phase that it is of, in order.
PHASES = (
    ("reading wallets", "reading wallets and hop counts"),
    *((begin, "exposure, features and three models, side by side") for begin in (SIDES + MODELS)),
    ("recording scores", "writing back to Neo4j and Postgres"),
)
OTHER = "starting and ending"


async def measure_model_run(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Load the graph, train a champion of every kind, then time one run under the policy that counts them."""
    services = ground.services
    with TemporaryDirectory() as folder:
        await load_simulation(services, Path(folder), sizes, ground.report)
        ground.report(f"{NAME}: fitting models")
        await crown(services, *get_args(ModelKind), seed=sizes.seed)
        await services.current_book()
        # This has all wallets scored.
        await activate_policy(services, MODELLED_POLICY.id, actor="bench")
        async with services.ledger.read() as connection:
            [job] = await list_jobs(connection, name="score_graph", limit=1)
        ground.report(f"{NAME}: scoring")
        log = Path(folder) / "worker.log"
        # A day's other work is not what is measured.
        async with child(ground, "worker", log, reconcile_every_s="0", reconcile_all_every_s="0") as process:
            job, told = await followed(services, job, process, log)
    async with services.ledger.read() as connection:
        done = await find_run(connection, (job.result or {}).get("run", ""))
    if done is None or any(model.skipped for model in done.models) or len(done.models) != len(get_args(ModelKind)):
        raise BenchError(f"not every model took part: {done and done.models}")
    return _figures(_by_phase(told), job, ground.peaks.bytes["worker"])


def _figures(phases: dict[str, float], job: Job, peak: int) -> list[Figure]:
    if job.finished_at is None or job.started_at is None or job.result is None:
        raise BenchError(f"the scoring run ended as {job.state}: {job.error}")
    whole = (job.finished_at - job.started_at).total_seconds()
    note = f"{job.result['wallets']:,} wallets, from the worker's claim to the end of the run"
    return [
        *(Figure(bench=NAME, name=f"of it: {name}", ours=taken, unit="s") for name, taken in phases.items()),
        within(NAME, "scoring run with three models, whole", whole, TARGET_S, note=note),
        Figure(
            bench=NAME,
            name="memory of the worker and its children in the run",
            ours=peak / MEBIBYTE,
            unit="MiB",
            target=f"at most {TARGET_MIB:,} MiB",
            met=peak / MEBIBYTE <= TARGET_MIB,
        ),
    ]


def _by_phase(told: Mapping[str, float]) -> dict[str, float]:
    """How long the job was in each phase that its messages tell of."""
    taken: dict[str, float] = {}
    for message, seconds in told.items():
        phase = next((name for begin, name in PHASES if message.startswith(begin)), OTHER)
        taken[phase] = taken.get(phase, 0.0) + seconds
    return taken
