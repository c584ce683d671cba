"""One attempt at one job: claimed in Postgres, kept alive by heartbeats, ended once, fenced by its attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

import structlog
from msgspec import Struct
from msgspec.structs import replace

from graph.errors import Disturbed, HeadwaterError, NotFound, QueryCut, Unavailable
from graph.model import Job
from jobs.services import Services
from ledger import audit, jobs
from ledger.errors import LedgerNotReady
from ledger.session import Connection

LEASE_S = 15.0
BEAT_S = 3.0
PASSING = (Unavailable, QueryCut, Disturbed)
log = structlog.get_logger()


class Fenced(HeadwaterError):
    """Another attempt owns the job now; this one must stop and leave no trace."""


class Done(Struct):
    """What a handler hands back; the events are appended in the transaction that ends the job."""

    result: dict[str, Any]
    events: tuple[audit.EventDraft, ...] = ()


class Progress:
    """How far an attempt is. Call it to say so; it raises Fenced once another attempt owns the job."""

    def __init__(self, services: Services, job: Job) -> None:
        self._services, self._job = services, job
        self._done, self._message = 0, ""
        self._total: int | None = None

    async def __call__(self, message: str, done: int | None = None, total: int | None = None) -> None:
        """Set the message and the steps done; the total stays once it is known."""
        self._message = message
        self._done = self._done if done is None else done
        self._total = self._total if total is None else total
        await self.beat()

    async def beat(self) -> None:
        """Renew the lease."""
        async with self._services.ledger.transaction() as connection:
            await self.hold(connection)

    async def hold(self, connection: Connection) -> None:
        """Own the job until the caller's transaction ends; raises Fenced once another attempt does."""
        job = self._job
        if not await jobs.heartbeat_job(connection, job.id, job.attempt, self._done, self._total, self._message):
            raise Fenced(f"job {job.id} is owned by a later attempt")


Handler: TypeAlias = Callable[[Services, Job, Progress], Awaitable[Done]]


async def run_job(services: Services, handlers: dict[str, Handler], job_id: str) -> None:
    """Run the next attempt of a job to its end. Never raises: what went wrong is recorded with the job.

    A worker of another version than the ledger's schema, or that does not know such jobs, leaves it to one that does.
    """
    try:
        await services.ledger.check()
        async with services.ledger.transaction() as connection:
            is_ours = (await jobs.get_job(connection, job_id)).name in handlers
            job = await jobs.claim_job(connection, job_id, LEASE_S) if is_ours else None
        if job is not None:
            await _attempt(services, handlers, job)
    except (Unavailable, LedgerNotReady, NotFound) as error:
        log.warning("job_postponed", job=job_id, error=str(error))


async def _attempt(services: Services, handlers: dict[str, Handler], job: Job) -> None:
    progress = Progress(services, job)
    work = asyncio.ensure_future(_work(services, handlers[job.name], job, progress))
    beats = asyncio.create_task(_keep_alive(progress, work))
    try:
        await _finish(services, job, await work)
    except (Fenced, asyncio.CancelledError) as error:
        log.warning("job_stopped", job=job.id, attempt=job.attempt, error=str(error))
    except Exception as error:
        log.exception("job_failed", job=job.id, attempt=job.attempt)
        await _fail(services, job, error)
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats


async def _work(services: Services, handler: Handler, job: Job, progress: Progress) -> Done:
    """Do the job under the book as it is now: a copy, so that no other job changes it in the middle of this one."""
    return await handler(replace(services, book=await services.current_book()), job, progress)


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
            raise Fenced(f"job {job.id} is owned by a later attempt")
        await audit.append(connection, *done.events)


async def _fail(services: Services, job: Job, error: Exception) -> None:
    """Record the failure; what may pass by itself is tried again until the attempts are used up."""
    draft = audit.EventDraft("worker", "job.failed", job.id, {"attempt": job.attempt, "error": type(error).__name__})
    with suppress(Unavailable):
        async with services.ledger.transaction() as connection:
            known = isinstance(error, HeadwaterError) and not isinstance(error, PASSING)
            text = f"{type(error).__name__}: {error}"
            if await jobs.fail_job(connection, job.id, job.attempt, text, retry=not known):
                await audit.append(connection, draft)
