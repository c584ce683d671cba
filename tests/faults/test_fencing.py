"""A worker that was stopped (SIGSTOP) in the middle of a job and wakes up late writes nothing over its successor."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import psycopg
import pytest

from graph.model import Job
from jobs.services import Services
from ledger.jobs import get_job
from tests.chaos.processes import Killable
from tests.faults.freezing import send
from tests.faults.test_poison_jobs import ended, queue_one
from tests.reliability import percentile, record
from tests.servers import Servers

RESTARTED_S = 35.0
STEPS = 15


class Worker(Killable):
    """A worker whose working process can be stopped and let go."""

    def processes(self) -> list[psutil.Process]:
        assert self._process is not None
        parent = psutil.Process(self._process.pid)
        return [*parent.children(recursive=True), parent]

    def signal(self, number: signal.Signals) -> None:
        for process in self.processes():
            send(process, number)


@pytest.fixture
async def workers(servers: Servers, services: Services, tmp_path: Path) -> AsyncIterator[list[Worker]]:
    """One at work; others are started by the tests."""
    environ = servers.environ(data_dir=str(tmp_path), reconcile_every_s="0")
    command = [sys.executable, "-m", "tests.faults.poison", "worker"]
    made = [Worker(f"worker {n}", command, tmp_path / f"worker{n}.log", environ) for n in range(2)]
    made[0].start()
    await ended(services, await queue_one(services, "fine"))
    try:
        yield made
    finally:
        for worker in made:
            if worker._process is not None:
                worker.signal(signal.SIGCONT)
                worker.__exit__()


async def read(services: Services, job: Job) -> Job:
    async with services.ledger.read() as connection:
        return await get_job(connection, job.id)


async def until_running(services: Services, job: Job) -> Job:
    while (found := await read(services, job)).state != "running":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return found


def lapse(servers: Servers) -> None:
    """Let the leases of those at work have run out, rather than wait 15 s each time."""
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("UPDATE jobs SET heartbeat_at = heartbeat_at - interval '60 s' WHERE state = 'running'")


async def race(servers: Servers, services: Services, late: Worker, other: Worker) -> Job:
    """One attempt stopped in the middle, a second that ends, and the first let go: what the job is in the end."""
    other.signal(signal.SIGSTOP)
    job = await queue_one(services, "is_slow", steps=STEPS)
    first = await until_running(services, job)
    late.signal(signal.SIGSTOP)
    lapse(servers)
    other.signal(signal.SIGCONT)
    done = await ended(services, job)
    late.signal(signal.SIGCONT)
    # The late one meets the fence at its next word, 0.1 s on.
    await asyncio.sleep(0.5)
    after = await read(services, job)
    assert (first.attempt, done.attempt, done.state) == (1, 2, "succeeded")
    assert (after.state, after.attempt, after.result) == ("succeeded", 2, {"attempt": 2})
    return after


@pytest.mark.timeout(900)
async def test_a_late_attempt_overwrites_nothing(servers: Servers, services: Services, workers: list[Worker]) -> None:
    await race_often(servers, services, workers, 2)


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_no_late_attempt_of_two_hundred_overwrites_anything(
    servers: Servers, services: Services, workers: list[Worker]
) -> None:
    await race_often(servers, services, workers, 200)
    record("late attempts fenced off", n=200, failures=0)


async def race_often(servers: Servers, services: Services, workers: list[Worker], times: int) -> None:
    """Stop one worker and the other in turn."""
    workers[1].start()
    await asyncio.sleep(5)
    for number in range(times):
        await race(servers, services, workers[number % 2], workers[1 - number % 2])


@pytest.mark.timeout(300)
async def test_the_job_of_a_killed_worker_begins_again_within_35_seconds(
    services: Services, workers: list[Worker]
) -> None:
    job = await queue_one(services, "is_slow", steps=STEPS)
    await until_running(services, job)
    workers[0].kill()
    killed = time.monotonic()
    workers[0].start()

    while (await read(services, job)).attempt < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    again_s = time.monotonic() - killed

    record("job of a killed worker begins again", n=1, failures=0, p50=round(again_s, 2))
    assert again_s < RESTARTED_S
    assert (await ended(services, job)).state == "succeeded"


@pytest.mark.usefixtures("workers")
async def test_a_job_starts_as_soon_as_it_is_queued(services: Services) -> None:
    """Within the time of a wake-up; without one it would be that of a sweep, a second on average."""
    started = [await started_s(services) for _ in range(40)]

    assert sorted(started)[len(started) // 2] < 0.5


@pytest.mark.soak
@pytest.mark.usefixtures("workers")
async def test_a_wake_up_takes_fifty_milliseconds(services: Services) -> None:
    started = [await started_s(services) for _ in range(500)]

    p50, p99 = percentile(started, 0.5), percentile(started, 0.99)
    record("from a job queued to its start", n=500, failures=0, p50=p50, p99=p99)
    assert p99 is not None and p99 <= 0.05


async def started_s(services: Services) -> float:
    """Seconds, by the clock of Postgres, from a job being queued to its start."""
    job = await ended(services, await queue_one(services, "fine"))
    assert job.started_at is not None
    return (job.started_at - job.created_at).total_seconds()
