"""What old runs found of each wallet goes in slices; what is in force or still needed stays, and the runs do, too."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from graph.model import Job
from graph.taxonomy import Taxonomy
from jobs import retaining
from jobs.comparing import create_comparison
from jobs.replaying import request_replay
from jobs.retaining import request_retention
from jobs.runner import run_job
from jobs.schedule import Schedule
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import jobs
from ledger.audit import list_events
from ledger.errors import RunRowsRemoved, RunUnfinished
from ledger.run_rows import get_run_with_rows, list_leftovers, remove_slice
from ledger.runs import find_run
from ledger.scores import find_first_scores, list_top
from settings import RunSettings
from tests.builders import label, land, pay
from tests.jobs.test_replaying import score
from tests.ledger.test_run_scores import copy, finish, new_run, row, score_of, top
from tests.servers import Servers

REMOVED = "scoring_run.rows_removed"
WALLETS = ("eth:a", "eth:b", "eth:c")


def keeping(services: Services, kept: int, days: float = 0.0) -> Services:
    runs = RunSettings(runs_kept=kept, runs_kept_days=days)
    return replace(services, settings=replace(services.settings, runs=runs))


async def finished(services: Services, score: float = 0.5) -> str:
    run = await new_run(services.ledger)
    await copy(services.ledger, run, *(row(wallet, score) for wallet in WALLETS))
    await finish(services.ledger, run)
    await end_job(services, run)
    return run


async def end_job(services: Services, run: str, state: str = "succeeded") -> None:
    async with services.ledger.transaction() as connection:
        found = await find_run(connection, run)
        assert found is not None
        await connection.execute("UPDATE jobs SET state = %s WHERE id = %s", (state, found.job))


async def retained(services: Services, kept: int, days: float = 0.0) -> dict[str, Any] | None:
    """Let what is due be removed; None if nothing is."""
    settled = keeping(services, kept, days)
    job = await request_retention(settled)
    if job is None:
        return None
    await run_job(settled, HANDLERS, job.id)
    return (await read(services, job)).result


async def compared(services: Services) -> None:
    async with services.ledger.read() as connection:
        [waiting] = await jobs.list_jobs(connection, name="compare_runs")
    await run_job(services, HANDLERS, waiting.id)


async def read(services: Services, job: Job) -> Job:
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job.id)


def rows_of(servers: Servers, table: str = "wallet_scores") -> dict[str, int]:
    with psycopg.connect(servers.postgres_url) as connection:
        counted = f"SELECT r.id, count(*) FROM {table} w JOIN scoring_runs r ON r.number = w.run GROUP BY r.id"
        return dict(connection.execute(counted).fetchall())


async def test_the_runs_that_finished_last_are_kept(services: Services, servers: Servers) -> None:
    first, second, third = [await finished(services, score) for score in (0.1, 0.2, 0.3)]

    assert await retained(services, 0) is None and await retained(services, 3) is None
    result = await retained(services, 2)

    assert result == {"runs": 1, "rows": 3}
    assert rows_of(servers) == {second: 3, third: 3}
    async with services.ledger.read() as connection:
        gone, kept = await find_run(connection, first), await get_run_with_rows(connection, second)
        events = [(event.subject, event.body["wallets"]) for event in await list_events(connection, action=REMOVED)]
        with pytest.raises(RunRowsRemoved, match=first):
            await get_run_with_rows(connection, first)
    assert gone is not None and gone.rows_removed_at is not None and gone.wallets == 1
    assert kept.rows_removed_at is None
    assert events == [(first, 1)]
    assert (await score_of(services.ledger, "eth:a")).score == 0.3
    assert await retained(services, 2) is None, "what is gone is not asked for again"


async def test_the_run_in_force_and_young_ones_are_never_removed(services: Services, servers: Servers) -> None:
    only = await finished(services)
    unfinished = await new_run(services.ledger)
    await copy(services.ledger, unfinished, row("eth:a", 0.9))

    assert await retained(services, 1) is None
    newer = await finished(services)
    assert await retained(services, 1, days=1) is None
    assert await retained(services, 1) == {"runs": 1, "rows": 3}

    assert rows_of(servers) == {newer: 3, unfinished: 1} and only not in rows_of(servers)


async def test_what_a_comparison_still_has_to_look_at_stays(services: Services, servers: Servers) -> None:
    oldest, before, after = [await finished(services) for _ in range(3)]
    async with services.ledger.transaction() as connection:
        await create_comparison(connection, after)

    assert await retained(services, 1) == {"runs": 1, "rows": 3}
    assert rows_of(servers) == {before: 3, after: 3}

    await compared(services)
    assert await retained(services, 1) == {"runs": 1, "rows": 3}
    assert rows_of(servers) == {after: 3} and oldest


@pytest.mark.parametrize("state", ["cancelled", "dead", "failed"])
async def test_what_a_run_that_came_to_nothing_left_goes_without_a_word(
    services: Services, servers: Servers, state: str
) -> None:
    run = await new_run(services.ledger)
    await copy(services.ledger, run, *(row(wallet, 0.9) for wallet in WALLETS))
    assert await retained(services, 10) is None, "it is still under way"
    await end_job(services, run, state)

    assert await retained(services, 10) == {"runs": 0, "rows": 3}

    async with services.ledger.read() as connection:
        found = await find_run(connection, run)
        assert found is not None and (found.finished_at, found.rows_removed_at) == (None, None)
        assert await list_events(connection, action=REMOVED) == []
        with pytest.raises(RunUnfinished):
            await get_run_with_rows(connection, run)
    assert rows_of(servers) == {}


async def test_a_job_that_is_given_new_attempts_meanwhile_loses_nothing(services: Services, servers: Servers) -> None:
    run = await new_run(services.ledger)
    await copy(services.ledger, run, row("eth:a", 0.9))
    await end_job(services, run, "dead")
    async with services.ledger.read() as connection:
        [number] = await list_leftovers(connection)
    await end_job(services, run, "running")

    async with services.ledger.transaction() as connection:
        assert await remove_slice(connection, number, 10) == 0

    assert rows_of(servers) == {run: 1}


async def test_slices_and_attempts_that_die_leave_the_rest_to_the_next(
    services: Services, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _ = [await finished(services) for _ in range(2)]
    monkeypatch.setattr(retaining, "SLICE", 2)
    settled = keeping(services, 1)
    job = await request_retention(settled)
    assert job is not None and (await request_retention(settled) or job).id == job.id, "one at a time"
    async with services.ledger.transaction() as connection:
        claimed = await jobs.claim_job(connection, job.id, lease_s=0.01)
        assert claimed is not None
    async with services.ledger.transaction() as connection:
        await connection.execute("UPDATE scoring_runs SET rows_removed_at = now() WHERE id = %s", (old,))
        await connection.execute("DELETE FROM wallet_scores WHERE wallet = 'eth:a' AND run = 1")
    await asyncio.sleep(0.05)

    await run_job(settled, HANDLERS, job.id)

    assert (done := await read(services, job)).result is not None and done.done == done.result["rows"] > 0
    assert old not in rows_of(servers) and len(rows_of(servers)) == 1


async def test_what_readers_hold_of_a_run_that_is_gone_is_refused(services: Services) -> None:
    old = await finished(services)
    first_page, cursor = await top(services.ledger, 1)
    assert first_page[0].run == old and cursor is not None
    await finished(services)
    assert (await top(services.ledger, 1, cursor=cursor))[0][0].run == old, "as long as it is kept, pages go on"

    await retained(services, 1)

    async with services.ledger.read() as connection:
        with pytest.raises(RunRowsRemoved):
            await list_top(connection, 1, cursor=cursor)
        assert await find_first_scores(connection, old, WALLETS) == {}


async def test_a_run_whose_rows_are_gone_is_still_proved_by_its_digest(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("thief", "a", 30))
    old, _ = await score(services), await score(services)
    await compared(services)
    await retained(services, 1)

    job = await request_replay(services, old, actor="test")
    await run_job(services, HANDLERS, job.id)

    result = (await read(services, job)).result
    assert result is not None and (result["identical"], result["stored"], result["differences"]) == (True, None, 0)
    assert result["digest"] == result["recomputed"]


async def test_the_schedule_asks_for_it_and_scores_again_when_it_is_time(services: Services, servers: Servers) -> None:
    await finished(services), await finished(services)
    await Schedule(keeping(services, 5))()
    assert await waiting(services) == set(), "nothing is due"

    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("UPDATE jobs SET created_at = created_at - interval '2 days'")
    both = [Schedule(keeping(services, 1)), Schedule(keeping(services, 1))]
    await asyncio.gather(*(schedule() for schedule in both))

    assert await waiting(services) == {("retain_runs", 1), ("score_graph", 1)}


async def waiting(services: Services) -> set[tuple[str, int]]:
    names = ("retain_runs", "score_graph", "measure_drift")
    async with services.ledger.read() as connection:
        queued = [job.name for job in await jobs.list_jobs(connection, state="queued")]
    return {(name, queued.count(name)) for name in names if name in queued}
