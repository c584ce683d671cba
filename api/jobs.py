"""Jobs: how far background work is."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import Id
from graph.model import Job, JobState
from jobs import redriving
from ledger import jobs as ledger

# Litestar keeps the name `state` for itself.
State = Annotated[JobState | None, QueryParameter(name="state", description="Only jobs in this state")]
Name = Annotated[str | None, QueryParameter(max_length=100, description="Only jobs of this name")]


_cursors: Cursors[str] = Cursors("jobs", str)


class JobPage(Struct, frozen=True):
    """A page of jobs; `next` is null at the end."""

    items: list[Job]
    next: str | None


@get("/jobs", operation_id="list_jobs", summary="Jobs, newest first")
async def list_jobs(
    services: GivenServices,
    *,
    in_state: State = None,
    name: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JobPage:
    """Page through background work, done, under way and waiting."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        jobs = await ledger.list_jobs(connection, name=name, state=in_state, after=after, limit=limit + 1)
    ended = jobs[limit - 1].id if len(jobs) > limit else None
    return JobPage(jobs[:limit], _cursors.write(ended))


@get("/jobs/{job:str}", operation_id="get_job", summary="One job")
async def get_job(services: GivenServices, job: Id) -> Job:
    """Return a job with its progress: `done` of `total` steps, and what it is at in `message`.

    `eta_s` is in how many seconds it ends if it goes on as it did so far; null until it has done a step of known many.
    """
    async with services.ledger.read() as connection:
        return await ledger.get_job(connection, job)


@post(
    "/jobs/{job:str}/retry",
    operation_id="retry_job",
    summary="Give a job that came to nothing new attempts",
    status_code=202,
)
async def retry_job(services: GivenServices, caller: GivenCaller, job: Id) -> Job:
    """Queue a job again that is `dead`, `failed` or `cancelled`, with as many attempts as at first.

    Safe to send again: one that waits or is under way is answered as it is. 409 `job-conflict` for one that has
    succeeded, and while another job does the same. It is tried in a process of its own.
    """
    return await redriving.retry_job(services, job, actor=caller.id)


@post("/jobs/{job:str}/cancel", operation_id="cancel_job", summary="Cancel a job", status_code=202)
async def cancel_job(services: GivenServices, caller: GivenCaller, job: Id) -> Job:
    """Cancel a job: one that waits is `cancelled` at once, one under way stops within seconds and then is.

    Until then it is `running` with `cancel_requested_at`. Safe to send again. What it made is not shown to anybody; a
    retry begins from the start. 409 `job-conflict` for one that has ended otherwise, or that has computed everything
    and is writing it where others see it.
    """
    return await redriving.cancel_job(services, job, actor=caller.id)
