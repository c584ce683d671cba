"""Replay: an old scoring run computed again from history, and compared with what it stored."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from msgspec import Struct, to_builtins

from graph.clock import Clock
from graph.columns import read_network
from graph.errors import FieldError, InvalidInput, NotFound
from graph.model import Job, ScoringRun
from graph.recount import Recount, recount
from jobs.model_scores import SignalColumns
from jobs.modelled import Modelled, judge_again
from jobs.runner import Done, Progress
from jobs.score_table import ScoreTable
from jobs.services import Services
from ledger import audit, jobs, runs
from ledger.score_rows import RowDigest, row_line, stored_lines
from ledger.session import Connection

SLICE = 20_000
SHOWN = 20
STEPS = 3


class Replay(Struct, frozen=True, kw_only=True):
    """What came out: the digest that the run recorded, what history gives, and what the rows as stored now give.

    `differing` names the first wallets of which a row is missing, added or another, `differences` counts them. If
    `disturbed`, the graph changed while the run read it, and such wallets need not be anybody's doing. Where the rows
    are not kept any more, `stored` is None and wallets cannot be named.
    """

    run: str
    identical: bool
    digest: str
    recomputed: str
    stored: str | None
    wallets: int
    differing: list[str]
    differences: int
    disturbed: bool


async def request_replay(services: Services, run: str, *, actor: str, job_id: str | None = None) -> Job:
    """Queue the replay of a run and wake a worker; raises NotFound, or InvalidInput where it cannot be replayed.

    `job_id` is an id to queue it under: if there is a job of that id, it is returned, and none is queued.
    """
    async with services.ledger.transaction() as connection:
        await _replayable(connection, run)
        if job_id is not None and (known := await jobs.find_job(connection, job_id)):
            return known
        job = await jobs.create_job(connection, "replay_run", {"run": run}, job=job_id)
        draft = audit.EventDraft(actor, "scoring_run.replay_requested", run, {"job": job.id})
        await audit.append(connection, draft)
    await services.queue.wake(job)
    return job


async def replay_run(services: Services, job: Job, progress: Progress) -> Done:
    """Read history as the run knew it, compute every wallet again, and compare digest and rows."""
    async with services.ledger.read() as connection:
        run, known_at = await _replayable(connection, job.arguments["run"])
    services = await services.under(run.policy)
    await progress("reading history", 0, STEPS)
    clock = Clock(known_at=known_at)
    network = await read_network(services.graph, services.taxonomy, clock, valid_at=run.valid_at)
    await progress("computing", 1, STEPS)
    counted = await asyncio.to_thread(recount, network, hops=run.hops, taxonomy=services.taxonomy)
    modelled = await judge_again(services, run, known_at, progress)
    table = await asyncio.to_thread(_table, services, counted, modelled, run)
    await progress("comparing", 2, STEPS)
    result: dict[str, Any] = await _compare(services, run, table)
    await progress("done", STEPS, STEPS)
    return Done(result, (audit.EventDraft("worker", "scoring_run.replayed", run.id, result),))


async def _replayable(connection: Connection, run: str) -> tuple[ScoringRun, datetime]:
    """The run and the time of its knowledge; raises NotFound, or InvalidInput for one that has not recorded it."""
    found = await runs.find_run(connection, run)
    if found is None:
        raise NotFound("scoring run", run)
    if found.known_at is None or found.digest is None:
        raise InvalidInput(
            FieldError("run", "a finished run that recorded its digest can be replayed; this one has none")
        )
    return found, found.known_at


def _table(services: Services, counted: Recount, modelled: Modelled, run: ScoringRun) -> ScoreTable:
    signals = SignalColumns(counted.wallets.keys, modelled, services.policy, run.watermark or 0)
    return ScoreTable(counted.wallets, counted.sides, services.taxonomy, services.policy, signals)


async def _compare(services: Services, run: ScoringRun, table: ScoreTable) -> dict[str, Any]:
    recomputed, stored = RowDigest(), RowDigest()
    differing: list[str] = []
    after = ""
    for first in range(0, max(1, len(table)), SLICE):
        last = first + SLICE
        until = table.wallets.keys[last - 1] if last < len(table) else None
        mine = await asyncio.to_thread(_lines, table, first, last)
        async with services.ledger.read() as connection:
            theirs = await stored_lines(connection, run.id, after, until)
        for digest, lines in ((recomputed, mine), (stored, theirs)):
            for line in lines.values():
                digest.add(line)
        differing += sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))
        after = until or ""
    # Asked last: the rows may have been on their way out while they were read.
    async with services.ledger.read() as connection:
        now = await runs.find_run(connection, run.id)
    if now is not None and now.rows_removed_at is not None:
        return _result(run, recomputed.hex(), None, len(table), [])
    return _result(run, recomputed.hex(), stored.hex(), len(table), differing)


def _lines(table: ScoreTable, first: int, last: int) -> dict[str, str]:
    return {row[0]: row_line(row) for row in table.rows(first, last)}


def _result(run: ScoringRun, recomputed: str, stored: str | None, wallets: int, differing: list[str]) -> dict[str, Any]:
    replay = Replay(
        run=run.id,
        identical=recomputed == run.digest and stored in {None, run.digest},
        digest=run.digest or "",
        recomputed=recomputed,
        stored=stored,
        wallets=wallets,
        differing=differing[:SHOWN],
        differences=len(differing),
        disturbed=(run.ended_watermark or 0) > (run.watermark or 0),
    )
    told: dict[str, Any] = to_builtins(replay)
    return told
