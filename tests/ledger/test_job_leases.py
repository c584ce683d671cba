"""A job belongs to one attempt at a time; a late one is refused; three attempts are enough."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from graph.errors import NotFound
from ledger.jobs import (
    claim_job,
    create_job,
    fail_job,
    finish_job,
    get_job,
    heartbeat_job,
    list_jobs,
    list_next,
)
from tests.servers import Servers

EXPIRED = 0.0


async def queue_one(ledger, name="score_graph", **fields):
    async with ledger.transaction() as connection:
        return await create_job(connection, name, {"hops": 3}, **fields)


async def claim(ledger, job: str, lease_s: float = 15.0):
    async with ledger.transaction() as connection:
        return await claim_job(connection, job, lease_s)


async def read(ledger, job: str):
    async with ledger.read() as connection:
        return await get_job(connection, job)


async def test_a_job_goes_from_queued_to_succeeded(ledger):
    job = await queue_one(ledger)
    assert (job.state, job.attempt, job.arguments, job.started_at) == ("queued", 0, {"hops": 3}, None)
    claimed = await claim(ledger, job.id)
    assert claimed and (claimed.state, claimed.attempt) == ("running", 1)
    async with ledger.transaction() as connection:
        assert await heartbeat_job(connection, job.id, 1, 5, 10, "half")
    halfway = await read(ledger, job.id)
    assert (halfway.done, halfway.total, halfway.message) == (5, 10, "half")
    assert halfway.heartbeat_at and halfway.started_at and halfway.heartbeat_at > halfway.started_at
    async with ledger.transaction() as connection:
        assert await finish_job(connection, job.id, 1, {"wallets": 7})
    done = await read(ledger, job.id)
    assert (done.state, done.result, done.error) == ("succeeded", {"wallets": 7}, None)
    assert done.finished_at is not None
    assert await claim(ledger, job.id) is None


async def test_of_many_workers_one_gets_the_job(ledger):
    job = await queue_one(ledger)
    claims = await asyncio.gather(*(claim(ledger, job.id) for _ in range(8)))
    assert [c.attempt for c in claims if c] == [1]


def let_pass(postgres: Servers, seconds: float) -> None:
    """Let every worker have been heard of longer ago, rather than wait."""
    with psycopg.connect(postgres.postgres_admin_url) as connection:
        connection.execute("UPDATE jobs SET heartbeat_at = heartbeat_at - make_interval(secs => %s)", [seconds])


async def test_a_job_is_taken_up_only_after_its_lease(ledger, postgres):
    job = await queue_one(ledger)
    await claim(ledger, job.id, lease_s=60)
    assert await claim(ledger, job.id) is None
    let_pass(postgres, 40)
    async with ledger.transaction() as connection:
        assert await heartbeat_job(connection, job.id, 1)
    let_pass(postgres, 40)
    assert await claim(ledger, job.id) is None
    let_pass(postgres, 40)
    again = await claim(ledger, job.id)
    assert again and again.attempt == 2


async def test_a_late_first_attempt_is_refused_everything(ledger):
    job = await queue_one(ledger)
    await claim(ledger, job.id, EXPIRED)
    second = await claim(ledger, job.id)
    assert second and second.attempt == 2
    async with ledger.transaction() as connection:
        assert not await heartbeat_job(connection, job.id, 1, 9, 9, "late")
        assert not await finish_job(connection, job.id, 1, {"late": True})
        assert not await fail_job(connection, job.id, 1, "late", retry=False)
    assert await read(ledger, job.id) == second
    async with ledger.transaction() as connection:
        assert await finish_job(connection, job.id, 2, {"late": False})
        assert not await heartbeat_job(connection, job.id, 2)
    assert (await read(ledger, job.id)).result == {"late": False}


async def test_without_the_attempt_check_the_late_one_would_win(ledger):
    """Negative control: the attempt in the condition is the fence."""
    job = await queue_one(ledger)
    await claim(ledger, job.id, EXPIRED)
    await claim(ledger, job.id)
    async with ledger.transaction() as connection:
        cursor = await connection.execute(
            "UPDATE jobs SET state = 'succeeded' WHERE id = %s AND state = 'running'", (job.id,)
        )
        assert cursor.rowcount == 1


async def test_a_job_whose_workers_die_is_dead_after_three_attempts(ledger):
    job = await queue_one(ledger)
    assert [c and c.attempt for c in [await claim(ledger, job.id, EXPIRED) for _ in range(4)]] == [
        1,
        2,
        3,
        None,
    ]
    dead = await read(ledger, job.id)
    assert (dead.state, dead.attempt) == ("dead", 3)
    assert dead.error == "given up after 3 attempts: the worker stopped without a word"
    async with ledger.read() as connection:
        assert await list_next(connection, ["score_graph"]) == []


async def test_a_failing_job_is_queued_again_until_its_last_attempt(ledger):
    job = await queue_one(ledger)
    states = []
    for attempt in (1, 2, 3):
        assert await claim(ledger, job.id)
        async with ledger.transaction() as connection:
            assert await fail_job(connection, job.id, attempt, f"fault {attempt}", retry=True)
        found = await read(ledger, job.id)
        states.append((found.state, found.error, found.finished_at is None))
    assert states == [("queued", "fault 1", True), ("queued", "fault 2", True), ("dead", "fault 3", False)]


async def test_a_failure_not_worth_a_retry_ends_the_job(ledger):
    job = await queue_one(ledger)
    await claim(ledger, job.id)
    async with ledger.transaction() as connection:
        assert await fail_job(connection, job.id, 1, "no such file", retry=False)
    assert (await read(ledger, job.id)).state == "failed"
    assert await claim(ledger, job.id) is None


async def test_a_unique_job_is_queued_once_until_it_ends(ledger):
    jobs = await asyncio.gather(*(queue_one(ledger, unique_key="score") for _ in range(8)))
    assert len({job.id for job in jobs}) == 1
    await claim(ledger, jobs[0].id)
    assert (await queue_one(ledger, unique_key="score")).id == jobs[0].id
    async with ledger.transaction() as connection:
        await finish_job(connection, jobs[0].id, 1)
    assert (await queue_one(ledger, unique_key="score")).id != jobs[0].id
    assert (await queue_one(ledger)).id != (await queue_one(ledger)).id


async def test_jobs_of_one_name_run_one_at_a_time(ledger):
    """Negative control: with the first one's lease over, the second may start."""
    first, second = [(await queue_one(ledger)).id for _ in range(2)]
    claims = await asyncio.gather(*(claim(ledger, job) for job in (first, second)))
    assert sum(job is not None for job in claims) == 1
    running, waiting = (first, second) if claims[0] else (second, first)
    assert await claim(ledger, waiting) is None
    async with ledger.transaction() as connection:
        await finish_job(connection, running, 1)
    assert await claim(ledger, waiting) is not None


async def test_due_is_what_nobody_works_on_and_the_worker_knows(ledger):
    queued, expired, running, done, _unknown = [(await queue_one(ledger, name)).id for name in "abcde"]
    await claim(ledger, done)
    async with ledger.transaction() as connection:
        await finish_job(connection, done, 1)
    await claim(ledger, expired, EXPIRED)
    await claim(ledger, running)
    async with ledger.transaction() as connection:
        assert {job.id for job in await list_next(connection, "abcd")} == {queued, expired}


async def test_jobs_are_listed_newest_first_in_pages(ledger):
    made = []
    for _ in range(5):
        made.append((await queue_one(ledger)).id)
        await asyncio.sleep(0.002)
    async with ledger.transaction() as connection:
        first = await list_jobs(connection, limit=3)
        rest = await list_jobs(connection, after=first[-1].id, limit=3)
        assert [job.id for job in first + rest] == made[::-1]
        assert len(await list_jobs(connection, name="score_graph", state="queued")) == 5
        assert await list_jobs(connection, name="train_gnn") == []
        assert await list_jobs(connection, state="running") == []
        with pytest.raises(NotFound, match="job_none"):
            await get_job(connection, "job_none")
