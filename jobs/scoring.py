"""Scoring: all wallets as a job over one watermark, or one wallet live; the same definitions for both."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from graph.attributions import Refreshed, refresh_attributions
from graph.batch import Side, WalletColumns, expose_all, read_wallets
from graph.clock import NOW, Clock
from graph.exposure import get_exposure
from graph.live import HopCounts, hop_counts_of
from graph.marks import clear_marks, count_marks, marked_since, read_marks
from graph.model import Direction, Exposure, Job, ScoringRun, WalletScore
from graph.score_store import claim_scores
from graph.session import undisturbed
from graph.together import both, together
from jobs.comparing import create_comparison
from jobs.drifting import note_drift
from jobs.model_scores import SignalColumns
from jobs.modelled import Modelled, judge_wallets
from jobs.runner import Done
from jobs.runner import Progress as JobProgress
from jobs.score_table import ScoreTable, severity_of
from jobs.services import Services
from ledger import audit, jobs, runs, scores
from ledger.score_rows import RowDigest
from risk.model_signals import joined
from risk.wallet_score import side_score, wallet_score

COPY_ROWS = 20_000
STEPS = 4
DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")


async def request_scoring_run(
    services: Services, *, actor: str, hops: int | None = None, run_id: str | None = None
) -> tuple[ScoringRun, Job]:
    """Queue a scoring run and wake a worker; the request is recorded before anybody is told.

    `run_id` is an id to make it under: if there is a run of that id, it is returned, and none is queued.
    """
    await services.current_book()
    async with services.ledger.transaction() as connection:
        if run_id is not None and (known := await runs.find_run(connection, run_id)):
            return known, await jobs.get_job(connection, known.job)
        job = await jobs.create_job(connection, "score_graph", {"hops": hops or services.policy.hops})
        run = await runs.create_run(
            connection, job=job.id, hops=job.arguments["hops"], policy=services.policy.id, run=run_id
        )
        await audit.append(
            connection,
            audit.EventDraft(actor, "scoring_run.requested", run.id, {"hops": run.hops, "job": job.id}),
        )
    await services.queue.wake(job)
    return run, job


async def ensure_scoring_run(services: Services, hops: int | None) -> None:
    """Queue a scoring run in the worker's own name, unless one is queued."""
    async with services.ledger.read() as connection:
        waiting = await jobs.list_jobs(connection, name="score_graph", state="queued", limit=1)
    if not waiting:
        await request_scoring_run(services, actor="worker", hops=hops)


async def score_graph(services: Services, job: Job, progress: JobProgress) -> Done:
    """Score every wallet at the watermark the run starts with; repeatable from its beginning."""
    async with services.ledger.transaction(timeout_s=120) as connection:
        run = await runs.create_run(connection, job=job.id, hops=job.arguments["hops"], policy=services.policy.id)
        if run.finished_at is None:
            await scores.clear_scores(connection, run.id)
    # An attempt that died between the end of the run and that of the job has left nothing to compute.
    return Done(_told(run if run.finished_at else await _score(await services.under(run.policy), run, progress)))


async def _score(services: Services, run: ScoringRun, progress: JobProgress) -> ScoringRun:
    claim = await claim_scores(services.graph, is_run=True)
    # From here on every cached category holds for one instant, and what changes later renews its mark.
    begun = await refresh_attributions(services.graph, services.taxonomy)
    marks = await read_marks(services.graph, await count_marks(services.graph))
    table, modelled = await _compute(services, run.hops, begun, progress)
    # The levels of a query and those of the next may not be of the same flows and categories.
    disturbed = await marked_since(services.graph, marks)
    ended = await services.graph.watermark()
    # What is written to the graph is seen at once: half of it would be worse than all of it.
    async with services.ledger.transaction() as connection:
        await progress.settle(connection)
    digest = RowDigest()
    recorded = _record_scores(services, run, table, digest, progress)
    await together(recorded, table.store(services.graph, run.id, begun.seq, disturbed=disturbed, claim=claim))
    scored = replace(
        run,
        watermark=begun.seq,
        wallets=len(table),
        known_at=begun.at,
        valid_at=begun.valid_at,
        ended_watermark=ended,
        digest=digest.hex(),
        models=modelled.models,
        feature_digest=modelled.feature_digest,
    )
    await _finish(services, scored, modelled, progress)
    # Only now: a worker that dies before has lost no mark, and one that dies after leaves some to be worked off again.
    await clear_marks(services.graph, marks)
    await progress("done", STEPS, STEPS)
    return scored


async def _finish(services: Services, run: ScoringRun, modelled: Modelled, progress: JobProgress) -> None:
    """Make the scores visible while the job still runs, so that nobody yet takes its marks for pending."""
    end = ("watermark", "wallets", "known_at", "valid_at", "ended_watermark", "digest", "models", "feature_digest")
    async with services.ledger.transaction(timeout_s=60) as connection:
        await progress.hold(connection)
        await runs.finish_run(connection, run.id, **{name: getattr(run, name) for name in end})
        await create_comparison(connection, run.id)
        drifted = await note_drift(
            connection,
            services.settings.models,
            modelled.judgements,
            job=run.job,
            run=run.id,
            watermark=run.watermark or 0,
        )
        finished = audit.EventDraft("worker", "scoring_run.finished", run.id, _told(run))
        await audit.append(connection, finished, *drifted)


def _told(run: ScoringRun) -> dict[str, Any]:
    models = [one.model for one in run.models if one.skipped is None]
    told = {"run": run.id, "wallets": run.wallets, "watermark": run.watermark, "digest": run.digest}
    return told | {"models": models, "feature_digest": run.feature_digest}


async def _compute(
    services: Services, hops: int, begun: Refreshed, progress: JobProgress
) -> tuple[ScoreTable, Modelled]:
    await progress("reading wallets", 0, STEPS)
    wallets = await read_wallets(services.graph)
    # The database works on exposure while this process works on models. What these see is history at the run's
    # watermark, so that no change meanwhile disturbs it.
    sides, modelled = await both(
        _expose(services, wallets, hops, progress),
        judge_wallets(services, Clock(known_at=begun.at), progress, valid_at=begun.valid_at),
    )
    table = await asyncio.to_thread(_table, services, wallets, sides, modelled, begun.seq)
    return table, modelled


async def _expose(
    services: Services, wallets: WalletColumns, hops: int, progress: JobProgress
) -> dict[Direction, Side]:
    sides: dict[Direction, Side] = {}
    for step, direction in enumerate(DIRECTIONS, start=1):
        say = partial(progress, done=step, total=STEPS)
        side = partial(
            expose_all,
            services.graph,
            wallets,
            direction=direction,
            hops=hops,
            taxonomy=services.taxonomy,
            progress=say,
        )
        sides[direction] = await undisturbed(side)
    return sides


def _table(
    services: Services, wallets: WalletColumns, sides: dict[Direction, Side], modelled: Modelled, watermark: int
) -> ScoreTable:
    signals = SignalColumns(wallets.keys, modelled, services.policy, watermark)
    return ScoreTable(wallets, sides, services.taxonomy, services.policy, signals)


async def _record_scores(
    services: Services, run: ScoringRun, table: ScoreTable, digest: RowDigest, progress: JobProgress
) -> None:
    """Copy the rows in slices, so that no transaction is long; they are seen only when the run has finished."""
    for first in range(0, len(table), COPY_ROWS):
        await progress(f"recording scores: {first:,} of {len(table):,}", STEPS - 1, STEPS)
        async with services.ledger.transaction(timeout_s=120) as connection:
            rows = digest.through(table.rows(first, first + COPY_ROWS))
            await scores.copy_scores(connection, run.id, rows, table.judged(first, first + COPY_ROWS))


async def live_score(services: Services, key: str, clock: Clock = NOW) -> WalletScore:
    """Score one wallet under the clock, as a scoring run would; NotFound if it was not known. Its run is `live`.

    What models say is what the latest run stored, each with its watermark; nothing of it under another clock than now.
    """
    await services.current_book()
    counts = await hop_counts_of(services.graph, key, clock)
    source, destination = await together(*(_side(services, key, direction, clock) for direction in DIRECTIONS))
    score = score_of(services, key, counts, source, destination)
    if clock:
        return score
    async with services.ledger.read() as connection:
        stored = await scores.find_score(connection, key)
    return joined(score, stored.signals, services.policy) if stored else score


def score_of(
    services: Services, key: str, counts: HopCounts, source: Exposure, destination: Exposure, *, run: str = "live"
) -> WalletScore:
    """Make the score of a wallet by exposure from live answers about it; its watermark is the lowest of theirs."""
    weights, taxonomy = services.policy.hop_weights, services.taxonomy
    listed = taxonomy.categories
    hops = (counts.at_0, counts.at_1, counts.at_2)
    degree = max(1, counts.in_degree + counts.out_degree)
    own = severity_of(counts.category or "", taxonomy)
    return WalletScore(
        wallet=key,
        run=run,
        score=float(wallet_score(side_score(source, listed), side_score(destination, listed), own)),
        hop_score=sum(weight * n for weight, n in zip(weights, hops, strict=True)) / degree**0.5,
        hop_counts=hops,
        in_degree=counts.in_degree,
        out_degree=counts.out_degree,
        illicit_source_share=_illicit_share(source),
        illicit_destination_share=_illicit_share(destination),
        category=counts.category,
        source=_live_document(source),
        destination=_live_document(destination),
        watermark=min(counts.watermark, source.watermark, destination.watermark),
        scored_at=datetime.now(UTC),
    )


async def _side(services: Services, key: str, direction: Direction, clock: Clock) -> Exposure:
    return await get_exposure(services.tracing(direction, services.policy.hops, clock=clock), key)


def _illicit_share(exposure: Exposure) -> float:
    return min(1.0, sum(c.share for c in exposure.categories if c.class_ == "illicit"))


def _live_document(exposure: Exposure) -> dict[str, Any]:
    return {
        "total_value": exposure.total_value,
        "coverage": exposure.coverage,
        "passed_through": exposure.passed_through,
        "categories": {c.category: [c.share, c.direct_share, c.shortest_hops] for c in exposure.categories},
        "residuals": {r.reason: r.share for r in exposure.residuals},
    }
