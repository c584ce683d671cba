"""Retention: what old scoring runs found of each wallet is removed in slices; the runs themselves stay."""

from __future__ import annotations

from graph.model import Job
from jobs.runner import Done, Progress
from jobs.services import Services
from ledger import audit, jobs
from ledger.run_rows import OldRun, begin_removal, list_leftovers, list_old_runs, remove_slice

NAME = "retain_runs"
SLICE = 20_000


async def request_retention(services: Services) -> Job | None:
    """Queue the removal of what is due, unless one is queued; None if nothing is."""
    settings = services.settings.runs
    async with services.ledger.transaction() as connection:
        old = await list_old_runs(connection, settings.runs_kept, settings.runs_kept_days, limit=1)
        if not old and not await list_leftovers(connection, limit=1):
            return None
        job = await jobs.create_job(connection, NAME, {}, NAME)
    await services.queue.wake(job)
    return job


async def retain_runs(services: Services, job: Job, progress: Progress) -> Done:
    """Remove the rows of runs that are not to be kept, and what runs that came to nothing have left.

    A run is closed to readers before the first of its rows goes; an attempt that dies leaves the rest to the next.
    """
    settings, closed = services.settings.runs, 0
    async with services.ledger.read() as connection:
        old = await list_old_runs(connection, settings.runs_kept, settings.runs_kept_days)
    for run in old:
        closed += await _close(services, run, progress)
    rows = 0
    while True:
        async with services.ledger.read() as connection:
            left = await list_leftovers(connection)
        before = rows
        for number in left:
            rows = await _empty(services, number, rows, progress)
        if rows == before:
            return Done({"runs": closed, "rows": rows})


async def _close(services: Services, run: OldRun, progress: Progress) -> bool:
    async with services.ledger.transaction() as connection:
        await progress.hold(connection)
        is_due = await begin_removal(connection, run.number)
        if is_due:
            body = {"wallets": run.wallets, "finished_at": audit.format_at(run.finished_at)}
            await audit.append(connection, audit.EventDraft("worker", "scoring_run.rows_removed", run.run, body))
    return is_due


async def _empty(services: Services, number: int, rows: int, progress: Progress) -> int:
    """Remove what a run has left, each slice a transaction of its own; return how many rows have gone by then."""
    while True:
        async with services.ledger.transaction(timeout_s=60) as connection:
            await progress.hold(connection)
            gone = await remove_slice(connection, number, SLICE)
        if not gone:
            return rows
        rows += gone
        await progress(f"{rows:,} rows removed", rows)
