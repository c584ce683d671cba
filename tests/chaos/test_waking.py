"""Redis only wakes: what a worker leaves there, wherever it is killed, holds no job back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, retry_key_prefix
from redis.asyncio import Redis

from graph.model import Job
from jobs.services import Services
from ledger.jobs import create_job, get_job
from tests.chaos.processes import headwater
from tests.servers import Servers

SIX_HOURS_MS = 6 * 3600 * 1000


async def leave_behind(servers: Servers, name: str, attempt: int) -> None:
    """What arq writes when it takes a call, before any of our own code runs."""
    async with ArqRedis.from_url(servers.redis_url) as redis:
        await redis.psetex(f"{in_progress_key_prefix}{name}:{attempt}", SIX_HOURS_MS, b"1")
        await redis.set(f"{retry_key_prefix}{name}:{attempt}", 1)


async def ended(services: Services, name: str, tries: int = 300) -> Job:
    for _ in range(tries):
        async with services.ledger.read() as connection:
            job = await get_job(connection, name)
        if job.state not in ("queued", "running"):
            return job
        await asyncio.sleep(0.1)
    raise AssertionError(f"{job.name} is still {job.state}")


@pytest.mark.parametrize("is_left", [True, False])
async def test_a_worker_killed_before_its_claim_holds_no_job_back(
    servers: Servers, services: Services, tmp_path: Path, is_left: bool
) -> None:
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.flushdb()
    async with services.ledger.transaction() as connection:
        job = await create_job(connection, "rescreen", {})
    await services.queue.wake(job)
    if is_left:
        await leave_behind(servers, job.id, 1)
    with headwater("worker", tmp_path / "worker.log", servers.environ(data_dir=str(tmp_path))):
        done = await ended(services, job.id)
    assert (done.state, done.attempt) == ("succeeded", 1)
