"""Asking for a comparison of methods over all wallets."""

from __future__ import annotations

from graph.model import Job
from jobs.services import Services
from ledger import audit, jobs

NAME = "compare_methods"


async def request_comparison_of_methods(services: Services, *, actor: str, hops: int | None, job_id: str | None) -> Job:
    """Queue a comparison of all wallets, or return the one that is queued or running, and wake a worker.

    `hops` None are those of the policy. `job_id` is an id to queue it under: a job of that id is returned.
    """
    book = await services.current_book()
    over = hops or book.policy.hops
    async with services.ledger.transaction() as connection:
        if job_id is not None and (known := await jobs.find_job(connection, job_id)):
            return known
        job = await jobs.create_job(connection, NAME, {"hops": over}, NAME, job=job_id)
        await audit.append(connection, audit.EventDraft(actor, "methods.comparison_requested", job.id, {"hops": over}))
    await services.queue.wake(job)
    return job
