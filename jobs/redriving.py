"""What a person decides of a job: to give one that came to nothing new attempts, or to cancel it; each an event."""

from __future__ import annotations

from graph.model import Job
from jobs.runner import cancelled_event
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


async def cancel_job(services: Services, job: str, *, actor: str) -> Job:
    """Cancel a job and return it: ended if it waited, about to stop within seconds if it is under way.

    One that is cancelled, or about to be, is left as it is. Raises NotFound, and JobConflict for one that has ended
    otherwise, or is so far that others can see what it made.
    """
    async with services.ledger.transaction() as connection:
        asked = await jobs.ask_to_cancel(connection, job, actor)
        found = asked or await jobs.get_job(connection, job)
        if asked is not None and asked.state == "cancelled":
            await audit.append(connection, cancelled_event(actor, asked))
        elif asked is not None:
            body = {"name": asked.name, "attempt": asked.attempt}
            await audit.append(connection, audit.EventDraft(actor, "job.cancel_requested", job, body))
        elif found.cancel_requested_at is None:
            was = "is writing down what it made" if found.state == "running" else f"has ended: {found.state}"
            raise JobConflict(f"job {job} {was}; it can no longer be cancelled")
    return found
