"""One attempt at one job: claimed in Postgres, kept alive by heartbeats, ended once, fenced by its attempt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

import structlog
from msgspec import Struct
from msgspec.structs import replace

import deadlines
from graph.errors import Disturbed, HeadwaterError, NotFound, QueryCut, Rebuilding, Unavailable
from graph.model import Job
from graph.whole import check_whole
from jobs.services import Services
from ledger import audit, jobs
from ledger.errors import LedgerNotReady
from ledger.session import Connection

LEASE_S = 15.0
BEAT_S = 3.0
PASSING = (Unavailable, QueryCut, Disturbed)
# An attempt that meets an outage begins anew once it is over, and does not count; so often, after so many seconds.
OUTAGES_S = (1.0, 5.0, 15.0)
# How long work that was stopped may take to stop.
STOPPING_S = 10.0
log = structlog.get_logger()


class Fenced(HeadwaterError):
    """Another attempt owns the job now, or it was cancelled; this one must stop and leave no trace."""


class Stalled(HeadwaterError):
    """An attempt has made no progress for too long and was stopped."""


class Done(Struct):
    """What a handler hands back; the events are appended in the transaction that ends the job."""

    result: dict[str, Any]
    events: tuple[audit.EventDraft, ...] = ()


class Progress:
    """How far an attempt is. Call it to say so; it raises Fenced once the attempt no longer owns the job."""

    def __init__(self, services: Services, job: Job) -> None:
        self._services, self._job = services, job
        self._done, self._message = 0, ""
        self._total: int | None = None
        self._moved_at = time.monotonic()
        self._stopped = False

    @property
    def still_s(self) -> float:
        """Seconds since it was last called."""
        return time.monotonic() - self._moved_at

    async def __call__(self, message: str, done: int | None = None, total: int | None = None) -> None:
        """Set the message and the steps done; the total stays once it is known."""
        self._note(message, done, total)
        await self.beat()

    def say(self, message: str, done: int | None = None, total: int | None = None) -> None:
        """The same from a thread that computes; the next heartbeat tells it. Raises Fenced once the work is stopped."""
        if self._stopped:
            raise _fenced(self._job)
        self._note(message, done, total)

    def _note(self, message: str, done: int | None, total: int | None) -> None:
        self._moved_at = time.monotonic()
        self._message = message
        self._done = self._done if done is None else done
        self._total = self._total if total is None else total

    def stop(self) -> None:
        """Let threads of the attempt, which nobody can stop, stop themselves."""
        self._stopped = True

    async def beat(self) -> None:
        """Renew the lease."""
        async with self._services.ledger.transaction() as connection:
            await self.hold(connection)

    async def hold(self, connection: Connection) -> None:
        """Own the job until the caller's transaction ends; raises Fenced if the attempt no longer does."""
        job = self._job
        if not await jobs.heartbeat_job(connection, job.id, job.attempt, self._done, self._total, self._message):
            raise _fenced(job)

    async def settle(self, connection: Connection) -> None:
        """Own the job as `hold` does, and let it not be cancelled from then on: what it made begins to be seen."""
        if not await jobs.settle_job(connection, self._job.id, self._job.attempt):
            raise _fenced(self._job)


def _fenced(job: Job) -> Fenced:
    return Fenced(f"job {job.id} was cancelled, or is owned by a later attempt")


Handler: TypeAlias = Callable[[Services, Job, Progress], Awaitable[Done]]


async def run_job(services: Services, handlers: dict[str, Handler], job_id: str) -> bool:
    """Run the next attempt of a job to its end; False if it is not to be had. What goes wrong is recorded with the job.

    A worker of another version than the ledger's schema, or that does not know such jobs, leaves it to one that does.
    """
    try:
        await services.ledger.check()
        await _check_whole(services)
        job = await _claim(services, handlers, job_id)
        if job is not None:
            await _attempt(services, handlers, job)
        return job is not None
    except (Unavailable, LedgerNotReady, NotFound) as error:
        log.warning("job_postponed", job=job_id, error=str(error))
        return False


async def _check_whole(services: Services) -> None:
    """Raise Rebuilding: no job may take half of the graph for all of it. That it is away is for the job to meet."""
    try:
        await check_whole(services.graph)
    except Rebuilding:
        raise
    except Unavailable as error:
        log.warning("graph_away", error=str(error))


async def _claim(services: Services, handlers: dict[str, Handler], job_id: str) -> Job | None:
    """Begin an attempt; a job that nobody has been heard of at may be dead or cancelled instead, and that an event."""
    async with services.ledger.transaction() as connection:
        before = await jobs.get_job(connection, job_id)
        if before.name not in handlers:
            return None
        job = await jobs.claim_job(connection, job_id, LEASE_S)
        if job is None and before.state == "running":
            after = await jobs.get_job(connection, job_id)
            if after.state == "dead":
                await audit.append(connection, _ended_badly(after, "WorkerStopped"))
            elif after.state == "cancelled":
                await audit.append(connection, cancelled_event("worker", after))
        return job


async def _attempt(services: Services, handlers: dict[str, Handler], job: Job) -> None:
    progress = Progress(services, job)
    work = asyncio.ensure_future(_work(services, handlers[job.name], job, progress))
    beats = asyncio.create_task(_keep_alive(progress, work))
    limit_s = services.settings.queue.job_stall_s
    try:
        await _finish(services, job, await _unless_stalled(work, progress, limit_s))
    except (Fenced, asyncio.CancelledError) as error:
        log.warning("job_stopped", job=job.id, attempt=job.attempt, error=str(error))
    except Exception as error:
        log.exception("job_failed", job=job.id, attempt=job.attempt)
        await record_failure(services, job, error)
    finally:
        progress.stop()
        for task in (work, beats):
            task.cancel()
        await asyncio.wait([work, beats], timeout=STOPPING_S)
    await _end_cancelled(services, job)


async def _unless_stalled(work: asyncio.Future[Done], progress: Progress, limit_s: float) -> Done:
    """Wait for the work; raises Stalled, the work stopped, once it has made no progress for so long."""
    while not work.done():
        left = limit_s - progress.still_s
        if left <= 0:
            work.cancel()
            await asyncio.wait([work], timeout=STOPPING_S)
            raise Stalled(f"no progress for {limit_s:g} s")
        await asyncio.wait([work], timeout=left)
    return work.result()


async def _work(services: Services, handler: Handler, job: Job, progress: Progress) -> Done:
    """Do the job under the book as it is now: a copy, so that no other job changes it in the middle of this one.

    What a server that is away has stopped begins anew when it is back.
    """
    for pause_s in OUTAGES_S:
        try:
            return await handler(replace(services, book=await services.current_book()), job, progress)
        except Unavailable as error:
            log.warning("job_waits", job=job.id, attempt=job.attempt, error=str(error))
        await _until_back(services, progress, pause_s)
    return await handler(replace(services, book=await services.current_book()), job, progress)


async def _until_back(services: Services, progress: Progress, pause_s: float) -> None:
    """Return when graph and ledger answer, after a pause at least."""
    while True:
        await asyncio.sleep(pause_s)
        with suppress(Unavailable), deadlines.within(BEAT_S):
            await services.graph.watermark()
            await progress("a server was away; begun anew", 0)
            return


async def _keep_alive(progress: Progress, work: asyncio.Future[Done]) -> None:
    """Beat until the work ends; stop the work when it is fenced. A ledger that is away is tried again."""
    while not work.done():
        await asyncio.sleep(BEAT_S)
        try:
            await progress.beat()
        except Fenced:
            work.cancel()
        except Unavailable as error:
            log.warning("heartbeat_missed", error=str(error))


async def _finish(services: Services, job: Job, done: Done) -> None:
    async with services.ledger.transaction(timeout_s=60) as connection:
        if not await jobs.finish_job(connection, job.id, job.attempt, done.result):
            raise _fenced(job)
        await audit.append(connection, *done.events)


async def record_failure(services: Services, job: Job, error: Exception) -> None:
    """Record why an attempt ended; unless the job itself is at fault it is tried again, until it is dead."""
    with suppress(Unavailable):
        async with services.ledger.transaction() as connection:
            known = isinstance(error, HeadwaterError) and not isinstance(error, (*PASSING, Stalled))
            text = f"{type(error).__name__}: {error}"
            if await jobs.fail_job(connection, job.id, job.attempt, text, retry=not known):
                now = await jobs.get_job(connection, job.id)
                await audit.append(connection, _ended_badly(now, type(error).__name__))
    await _end_cancelled(services, job)


async def _end_cancelled(services: Services, job: Job) -> None:
    """End the job if its attempt was stopped to cancel it; a ledger that is away leaves that to the lease."""
    with suppress(Unavailable):
        async with services.ledger.transaction() as connection:
            ended = await jobs.cancel_attempt(connection, job.id, job.attempt)
            if ended is not None:
                await audit.append(connection, cancelled_event("worker", ended))


def cancelled_event(actor: str, job: Job) -> audit.EventDraft:
    """The event of a job that ended because somebody wanted it to."""
    body = {"name": job.name, "attempt": job.attempt, "cancelled_by": job.cancelled_by}
    return audit.EventDraft(actor, "job.cancelled", job.id, body)


def _ended_badly(job: Job, reason: str) -> audit.EventDraft:
    """The event of an attempt that failed, or of the job being dead with it. The whole error is with the job."""
    action = "job.dead" if job.state == "dead" else "job.failed"
    return audit.EventDraft("worker", action, job.id, {"name": job.name, "attempt": job.attempt, "error": reason})
