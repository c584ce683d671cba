"""Asking for a re-screening: one is enough, however many ask while it is queued or running."""

from __future__ import annotations

from graph.model import Job
from jobs.services import Services
from ledger.jobs import create_job
from ledger.session import Connection

RESCREEN = "rescreen"


async def queue_rescreening(connection: Connection) -> Job:
    """Queue a re-screening with what else the transaction records, or return the one there is; wake it after."""
    return await create_job(connection, RESCREEN, {}, unique_key=RESCREEN)


async def request_rescreening(services: Services) -> Job:
    """Queue a re-screening, or return the one that is queued or running, and wake a worker."""
    async with services.ledger.transaction() as connection:
        job = await queue_rescreening(connection)
    await services.queue.wake(job)
    return job
