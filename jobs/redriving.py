"""Giving a job that is dead, or has failed, new attempts: a person's decision, and an event."""

from __future__ import annotations

from graph.model import Job
from jobs.services import Services
from ledger import audit, jobs
from ledger.errors import JobConflict


async def retry_job(services: Services, job: str, *, actor: str) -> Job:
    """Queue it again and return it; one that waits or is under way is left as it is. Raises NotFound, JobConflict."""
    async with services.ledger.transaction() as connection:
        found = await jobs.get_job(connection, job)
        if found.state == "succeeded":
            raise JobConflict(f"job {job} has succeeded; ask for a new one instead")
        again = await jobs.revive_job(connection, job)
        if again is not None:
            body = {"name": found.name, "was": found.state, "attempts": found.attempt}
            await audit.append(connection, audit.EventDraft(actor, "job.retried", job, body))
    if again is not None:
        await services.queue.wake(again)
    return again or found
