"""A job that a worker of ours does, followed to its end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter

from bench.ground import BenchError, last_words
from graph.model import Job
from jobs.services import Services
from ledger.jobs import get_job

POLL_S = 0.1


async def followed(
    services: Services, job: Job, process: asyncio.subprocess.Process, log: Path
) -> tuple[Job, dict[str, float]]:
    """Wait for the end of a job; return it, and how many seconds it told each message."""
    told: dict[str, float] = {}
    was = perf_counter()
    while job.finished_at is None:
        if process.returncode is not None:
            raise BenchError(f"the worker stopped: {last_words(log)}")
        await asyncio.sleep(POLL_S)
        async with services.ledger.read() as connection:
            job = await get_job(connection, job.id)
        now = perf_counter()
        told[job.message] = told.get(job.message, 0.0) + now - was
        was = now
    return job, told
