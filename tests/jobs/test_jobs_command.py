"""`headwater jobs`, and what is said to who waits for a job: how long it takes, how it ended, how to stop it."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE
from contextlib import suppress

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from cli.jobs import jobs as command
from cli.waiting import JobFailed, time_left, wait_for_job
from graph.model import Job
from jobs.redriving import cancel_job
from jobs.runner import Done, Progress, run_job
from jobs.services import Services
from ledger import jobs
from tests.jobs.test_cancelling import queued, read
from tests.servers import Servers

# Tests that a shell runs in the background hand it on that interrupts are ignored.
INTERRUPTED = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.main import main; main()"
)


async def invoked(servers: Servers, *arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner(env=servers.environ()).invoke, command, arguments)


async def test_a_job_is_listed_cancelled_and_tried_again(services: Services, servers: Servers) -> None:
    job = await queued(services)

    listed = await invoked(servers, "list", "--state", "queued")
    cancelled = await invoked(servers, "cancel", job.id)
    none = await invoked(servers, "list", "--state", "queued")
    again = await invoked(servers, "retry", job.id)
    unknown = await invoked(servers, "cancel", "job_nobody")

    assert job.id in listed.output and "counts" in listed.output and job.id not in none.output
    assert cancelled.output == f"{job.id} is cancelled\n" and again.output == f"{job.id} is queued\n"
    assert unknown.exit_code == 1 and "job_nobody" in str(unknown.exception)


async def test_who_waits_gets_the_result_or_is_told_who_cancelled(services: Services) -> None:
    async def quick(services: Services, job: Job, progress: Progress) -> Done:
        await progress("at work", 1, 1)
        return Done({"answer": 42})

    good, bad = await queued(services), await queued(services)
    waiting = asyncio.create_task(wait_for_job(services, good))
    await run_job(services, {"counts": quick}, good.id)
    await cancel_job(services, bad.id, actor="key_boss")

    assert await waiting == {"answer": 42}
    with pytest.raises(JobFailed, match=f"{bad.id} was cancelled by key_boss"):
        await wait_for_job(services, bad)


async def test_who_stops_waiting_is_told_how_to_stop_the_job_and_has_not(services: Services, servers: Servers) -> None:
    started = (sys.executable, "-c", INTERRUPTED, "score", "--wait")
    waiting = await asyncio.create_subprocess_exec(*started, env=servers.environ(), stdout=PIPE, stderr=PIPE)
    try:
        job = await asked(services)
        await asyncio.sleep(1)
        waiting.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(waiting.communicate(), 20)
    finally:
        with suppress(ProcessLookupError):
            waiting.kill()

    assert waiting.returncode == 1
    assert f"headwater jobs cancel {job.id}" in said.decode() and "Traceback" not in said.decode()
    assert (await read(services, job)).state == "queued"


async def asked(services: Services) -> Job:
    limit = time.monotonic() + 30
    while True:
        async with services.ledger.read() as connection:
            found = await jobs.list_jobs(connection, name="score_graph")
        if found:
            return found[0]
        assert time.monotonic() < limit
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("eta_s", "said"), [(None, ""), (0.0, "about 0 s left"), (42.4, "about 42 s left"), (600.0, "about 10 min left")]
)
async def test_the_time_left_is_told_in_words(services: Services, eta_s: float | None, said: str) -> None:
    assert time_left(replace(await queued(services), eta_s=eta_s)) == said
