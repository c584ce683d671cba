"""A job that is cancelled stops within seconds and shows nothing of what it made; one that has ended cannot be."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import neo4j
import pytest

from graph.errors import NotFound
from graph.model import Job
from graph.taxonomy import Taxonomy
from jobs.queue import needs_apart
from jobs.redriving import cancel_job, retry_job
from jobs.runner import BEAT_S, Done, Fenced, Progress, run_job
from jobs.scoring import request_scoring_run
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import jobs, runs
from ledger.audit import list_events
from ledger.errors import JobConflict
from tests.builders import label, land, pay

BOSS = "key_boss"


async def read(services: Services, job: Job) -> Job:
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job.id)


async def told(services: Services, subject: str) -> list[tuple[str, str]]:
    async with services.ledger.read() as connection:
        return [(event.actor, event.action) for event in await list_events(connection, subject=subject)]


async def queued(services: Services, name: str = "counts", unique_key: str | None = None) -> Job:
    async with services.ledger.transaction() as connection:
        return await jobs.create_job(connection, name, {}, unique_key)


async def until(condition: Callable[[], Awaitable[bool]], patience_s: float = 10.0) -> None:
    limit = time.monotonic() + patience_s
    while not await condition():
        assert time.monotonic() < limit
        await asyncio.sleep(0.02)


async def running(services: Services, job: Job) -> None:
    async def has_begun() -> bool:
        return (await read(services, job)).state == "running"

    await until(has_begun)


async def drawn(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("thief", "a", 30), pay("a", "b", 40, day=1))


class Counting:
    """Works in a thread until it is stopped; how it was stopped is in `ended`."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended: list[str] = []

    async def __call__(self, services: Services, job: Job, progress: Progress) -> Done:
        self.begun += 1
        await asyncio.to_thread(self._count, progress)
        return Done({})

    def _count(self, progress: Progress) -> None:
        try:
            for step in range(1, 6_000):
                progress.say("counting", step, 6_000)
                time.sleep(0.005)
        except Fenced:
            self.ended.append("fenced")


async def test_one_that_waits_is_cancelled_at_once_and_never_begun(services: Services) -> None:
    job, counting = await queued(services), Counting()

    cancelled = await cancel_job(services, job.id, actor=BOSS)
    twice = await cancel_job(services, job.id, actor="key_other")
    await run_job(services, {"counts": counting}, job.id)

    assert (cancelled.state, cancelled.cancelled_by, cancelled.attempt) == ("cancelled", BOSS, 0)
    assert cancelled.finished_at is not None and twice == cancelled == await read(services, job)
    assert counting.begun == 0
    assert await told(services, job.id) == [(BOSS, "job.cancelled")]


async def test_a_thread_that_computes_is_stopped_within_seconds(services: Services) -> None:
    job, counting = await queued(services), Counting()
    attempt = asyncio.create_task(run_job(services, {"counts": counting}, job.id))
    await running(services, job)

    asked = await cancel_job(services, job.id, actor=BOSS)
    await asyncio.wait_for(attempt, BEAT_S + 2)

    assert asked.state == "running" and asked.cancel_requested_at is not None
    ended = await read(services, job)
    assert (ended.state, ended.cancelled_by, ended.result, ended.error) == ("cancelled", BOSS, None, None)

    async def has_stopped() -> bool:
        return counting.ended == ["fenced"]

    await until(has_stopped, 2)
    assert await told(services, job.id) == [(BOSS, "job.cancel_requested"), ("worker", "job.cancelled")]


async def test_one_that_nobody_cancels_goes_on_to_its_end(services: Services) -> None:
    """Negative control: it is the cancelling that stops it."""

    async def brief(services: Services, job: Job, progress: Progress) -> Done:
        await asyncio.to_thread(progress.say, "counting", 1, 2)
        await progress.beat()
        return Done({"at": (await read(services, job)).message})

    job = await queued(services)
    await run_job(services, {"counts": brief}, job.id)

    assert ((done := await read(services, job)).state, done.result) == ("succeeded", {"at": "counting"})
    with pytest.raises(JobConflict, match="has ended: succeeded"):
        await cancel_job(services, job.id, actor=BOSS)
    with pytest.raises(NotFound):
        await cancel_job(services, "job_nobody", actor=BOSS)


async def test_a_scoring_run_is_cancelled_while_it_waits_for_the_graph(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    await drawn(services, taxonomy)
    run, job = await request_scoring_run(services, actor="test")
    with cypher.begin_transaction() as lock:
        lock.run("MERGE (c:Counter {name: 'scores'}) SET c.held = true").consume()
        attempt = asyncio.create_task(run_job(services, HANDLERS, job.id))
        await running(services, job)
        await cancel_job(services, job.id, actor=BOSS)
        await asyncio.wait_for(attempt, BEAT_S + 2)
        lock.rollback()

    assert (await read(services, job)).state == "cancelled"
    assert await nothing_is_seen(services, cypher, run.id)

    await retry_job(services, job.id, actor=BOSS)
    await run_job(services, HANDLERS, job.id)
    again = await read(services, job)
    assert (again.state, again.cancel_requested_at, again.cancelled_by) == ("succeeded", None, None)
    async with services.ledger.read() as connection:
        latest = await runs.latest_run(connection)
    assert latest is not None and latest.id == run.id


async def nothing_is_seen(services: Services, cypher: neo4j.Session, run: str) -> bool:
    async with services.ledger.read() as connection:
        found = await runs.find_run(connection, run)
    written = cypher.run("MATCH (w:Wallet {run: $run}) RETURN count(w) AS n", run=run).single()
    assert found is not None and written is not None
    return (
        found.finished_at is None
        and written["n"] == 0
        and await told(services, run) == [("test", "scoring_run.requested")]
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_to_cancel_and_to_finish_at_once_has_one_outcome(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session, seed: int
) -> None:
    """Whoever comes first: a run is whole and its job has succeeded, or nothing of it is seen."""
    await drawn(services, taxonomy)
    chance, outcomes = random.Random(seed), []
    for longest in (0.0, 0.1, 0.2, 0.3, 0.5, 1.5):
        run, job = await request_scoring_run(services, actor="test")
        attempt = asyncio.create_task(run_job(services, HANDLERS, job.id))
        await asyncio.sleep(longest * chance.uniform(0.8, 1))
        try:
            await cancel_job(services, job.id, actor=BOSS)
            refused = False
        except JobConflict:
            refused = True
        await asyncio.wait_for(attempt, BEAT_S + 2)
        ended = await read(services, job)
        outcomes.append(ended.state)
        assert refused == (ended.state == "succeeded"), ended
        if not refused:
            assert ended.state == "cancelled" and await nothing_is_seen(services, cypher, run.id)
    assert {outcomes[0], outcomes[-1]} == {"cancelled", "succeeded"}, outcomes


async def test_one_whose_worker_died_while_it_was_to_stop_is_not_taken_up_again(services: Services) -> None:
    job, counting = await queued(services, unique_key="one at a time"), Counting()
    async with services.ledger.transaction() as connection:
        assert await jobs.claim_job(connection, job.id, lease_s=0.01)
    asked = await cancel_job(services, job.id, actor=BOSS)
    await asyncio.sleep(0.05)

    async with services.ledger.read() as connection:
        due = await jobs.list_next(connection, ["counts"])
    await run_job(services, {"counts": counting}, job.id)

    assert (asked.state, [one.id for one in due], needs_apart(due[0])) == ("running", [job.id], False)
    ended = await read(services, job)
    assert (ended.state, ended.attempt, counting.begun) == ("cancelled", 1, 0)
    assert (await told(services, job.id))[-1] == ("worker", "job.cancelled")
    assert (await queued(services, unique_key="one at a time")).id != job.id, "it is in nobody's way"


async def test_one_that_fails_while_it_is_to_stop_is_cancelled_and_not_tried_again(services: Services) -> None:
    job = await queued(services)

    async def failing(services: Services, job: Job, progress: Progress) -> Done:
        await cancel_job(services, job.id, actor=BOSS)
        raise RuntimeError("on the way out")

    await run_job(services, {"counts": failing}, job.id)

    assert ((ended := await read(services, job)).state, ended.error) == ("cancelled", None)
    assert (await told(services, job.id))[-1] == ("worker", "job.cancelled")


async def test_what_is_being_written_down_is_not_cancelled_but_its_next_attempt_is(services: Services) -> None:
    job = await queued(services)

    async def settled(services: Services, job: Job, progress: Progress) -> Done:
        async with services.ledger.transaction() as connection:
            await progress.settle(connection)
        with pytest.raises(JobConflict, match="writing down"):
            await cancel_job(services, job.id, actor=BOSS)
        raise RuntimeError("half written")

    await run_job(services, {"counts": settled}, job.id)
    assert (await read(services, job)).state == "queued"

    assert (await cancel_job(services, job.id, actor=BOSS)).state == "cancelled"


async def test_the_time_left_is_told_once_a_step_is_done(services: Services) -> None:
    job = await queued(services)
    etas: list[float | None] = []

    async def stepping(services: Services, job: Job, progress: Progress) -> Done:
        await progress("beginning", 0, 4)
        for step in (1, 2, 3, 4):
            etas.append((await read(services, job)).eta_s)
            await asyncio.sleep(0.2)
            await progress("at work", step)
        etas.append((await read(services, job)).eta_s)
        return Done({})

    await run_job(services, {"counts": stepping}, job.id)

    unknown, first, second, third, last = etas
    assert unknown is None and first is not None and second is not None and third is not None
    assert 0.5 < first < 1.2 and first > second > third > 0 and last == 0
    assert (await read(services, job)).eta_s is None
