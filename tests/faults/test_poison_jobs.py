"""Jobs that raise, hang, die, grow or block end as dead after three attempts, with a reason; the others go on."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from graph.model import Job
from jobs.redriving import retry_job
from jobs.services import Services
from ledger.errors import JobConflict
from ledger.jobs import create_job, get_job, list_jobs
from tests.chaos.processes import Killable
from tests.faults.poison import POISONS
from tests.servers import Servers

PATIENCE_S = 150.0
STALL_S, SILENT_S, MEMORY_MB = 4, 8, 700
KILLERS, SILENT = ("dies", "grows", "blocks"), "the worker stopped without a word"
REASONS = {
    "raises": "RuntimeError: poison",
    "hangs": "Stalled: no progress for 4 s",
    "dies": "Killed: its process was ended by SIGKILL",
    "grows": "Killed: its process took",
    "blocks": "Killed: its process was stuck for",
}


@pytest.fixture
async def worker(servers: Servers, services: Services, tmp_path: Path) -> AsyncIterator[Killable]:
    environ = servers.environ(
        data_dir=str(tmp_path),
        job_stall_s=str(STALL_S),
        worker_memory_mb=str(MEMORY_MB),
        worker_silent_s=str(SILENT_S),
        reconcile_every_s="0",
    )
    command = [sys.executable, "-m", "tests.faults.poison", "worker"]
    with Killable("worker", command, tmp_path / "worker.log", environ) as running:
        await ended(services, await queue_one(services, "fine"))
        yield running


async def queue_one(services: Services, name: str, **arguments: int) -> Job:
    async with services.ledger.transaction() as connection:
        job = await create_job(connection, name, dict(arguments))
    await services.queue.wake(job)
    return job


async def ended(services: Services, job: Job) -> Job:
    limit = time.monotonic() + PATIENCE_S
    while True:
        async with services.ledger.read() as connection:
            found = await get_job(connection, job.id)
        if found.state not in {"queued", "running"}:
            return found
        assert time.monotonic() < limit, found
        await asyncio.sleep(0.05)


def events(servers: Servers, job: Job) -> list[str]:
    with psycopg.connect(servers.postgres_url) as connection:
        query = "SELECT action FROM audit_events WHERE subject = %s ORDER BY seq"
        return [action for (action,) in connection.execute(query, (job.id,)).fetchall()]


@pytest.mark.usefixtures("worker")
async def test_poison_is_dead_after_three_attempts_and_the_rest_is_done(services: Services, servers: Servers) -> None:
    poison = {name: await queue_one(services, name) for name in POISONS}
    good = [await queue_one(services, "fine") for _ in range(20)]

    done = await asyncio.gather(*(ended(services, job) for job in good))
    dead = dict(zip(poison, await asyncio.gather(*(ended(services, job) for job in poison.values())), strict=True))

    assert {job.state for job in done} == {"succeeded"}
    for name, job in dead.items():
        assert (job.state, job.attempt) == ("dead", 3), job
        # Where two that kill the worker meet, one may have ended with it in the middle of its last attempt.
        why = [REASONS[name], *([SILENT] if name in KILLERS else [])]
        assert any(each in (job.error or "") for each in why), job
        assert events(servers, job)[-1] == "job.dead"
    async with services.ledger.read() as connection:
        assert {job.name for job in await list_jobs(connection, state="dead")} == set(POISONS)
    assert (await ended(services, await queue_one(services, "fine"))).state == "succeeded"


@pytest.mark.usefixtures("worker")
async def test_a_dead_job_is_given_three_more_attempts(services: Services, servers: Servers) -> None:
    job = await ended(services, await queue_one(services, "raises"))

    again = await retry_job(services, job.id, actor="key_boss")
    twice = await retry_job(services, job.id, actor="key_boss")
    dead = await ended(services, again)

    assert (again.state, again.attempt) == ("queued", 3) and twice.state in {"queued", "running"}
    assert (dead.state, dead.attempt) == ("dead", 6)
    assert events(servers, job) == [*["job.failed"] * 2, "job.dead", "job.retried", *["job.failed"] * 2, "job.dead"]


@pytest.mark.usefixtures("worker")
async def test_what_has_succeeded_is_not_done_again(services: Services) -> None:
    job = await ended(services, await queue_one(services, "fine"))

    with pytest.raises(JobConflict):
        await retry_job(services, job.id, actor="key_boss")


@pytest.mark.usefixtures("worker")
async def test_what_is_wrong_by_itself_is_tried_once(services: Services, servers: Servers) -> None:
    job = await ended(services, await queue_one(services, "refuses"))

    assert (job.state, job.attempt, events(servers, job)) == ("failed", 1, ["job.failed"])


@pytest.mark.usefixtures("worker")
async def test_a_training_that_takes_too_much_memory_takes_nobody_with_it(services: Services, servers: Servers) -> None:
    """Every attempt is told of, which one in the worker's own process could not be."""
    dead = await ended(services, await queue_one(services, "train_greedily"))

    assert (dead.state, dead.attempt) == ("dead", 3)
    assert REASONS["grows"] in (dead.error or "") and SILENT not in (dead.error or "")
    assert events(servers, dead) == ["job.failed", "job.failed", "job.dead"]
