"""A scoring run stores for every wallet what the live answer says, and is seen only when it is whole."""

from __future__ import annotations

import asyncio

import neo4j
import psycopg
import pytest

from graph.batch import read_wallets
from graph.errors import Disturbed
from graph.model import Job
from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.scoring import live_score, request_scoring_run
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import audit, jobs, runs, scores
from tests.builders import key, label, land, pay
from tests.servers import Servers


async def drawn(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam", shop="exchange", swap="dex")
    await land(
        services.graph,
        pay("thief", "a", 30),
        pay("shop", "a", 70),
        pay("a", "swap", 40, day=1),
        pay("swap", "b", 40, day=2),
        pay("b", "thief", 5, day=3),
        pay("clean", "b", 60, day=3),
        pay("b", "b", 9, day=4),
    )


async def run_to_end(services: Services) -> Job:
    _, job = await request_scoring_run(services, actor="test")
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job.id)


async def test_the_batch_stores_what_the_live_score_says(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services, taxonomy)

    job = await run_to_end(services)

    assert (job.state, job.result and job.result["wallets"]) == ("succeeded", 6)
    async with services.ledger.read() as connection:
        for name in ("thief", "shop", "swap", "a", "b", "clean"):
            stored = await scores.find_score(connection, key(name))
            live = await live_score(services, key(name))
            assert stored is not None
            for field in ("score", "hop_score", "illicit_source_share", "illicit_destination_share"):
                assert getattr(stored, field) == pytest.approx(getattr(live, field), abs=1e-9), (name, field)
            for field in ("hop_counts", "in_degree", "out_degree", "category"):
                assert getattr(stored, field) == getattr(live, field), (name, field)
            for side in ("source", "destination"):
                one, other = getattr(stored, side), getattr(live, side)
                assert one["residuals"] == pytest.approx(other["residuals"], abs=1e-9)
                assert set(one["categories"]) == set(other["categories"])
                assert (one["total_value"], one["coverage"]) == (other["total_value"], other["coverage"])


async def test_the_hand_worked_wallet(services: Services, taxonomy: Taxonomy) -> None:
    """b received 40 through swap from a (30 % scam, 70 % exchange) and 60 from clean."""
    await drawn(services, taxonomy)

    score = await live_score(services, key("b"))

    categories = {name: share for name, (share, _, _) in score.source["categories"].items()}
    assert categories == pytest.approx({"scam": 0.12, "exchange": 0.28})
    assert score.source["residuals"] == pytest.approx({"origin": 0.6})
    assert score.source["passed_through"] == pytest.approx(0.4)
    assert score.illicit_destination_share == 1.0
    assert score.hop_counts == (0, 1, 0)


async def test_scores_reach_the_wallets(services: Services, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    await drawn(services, taxonomy)
    job = await run_to_end(services)

    rows = cypher.run("MATCH (w:Wallet) RETURN w.score AS score, w.run AS run, w.scratch_illicit AS scratch").data()

    assert len(rows) == 6 and all(row["score"] is not None for row in rows)
    assert {row["run"] for row in rows} == {job.result and job.result["run"]}
    assert all(row["scratch"] is None for row in rows)


async def test_an_empty_graph_is_scored(services: Services) -> None:
    job = await run_to_end(services)

    assert (job.state, job.result and job.result["wallets"]) == ("succeeded", 0)


async def test_a_second_attempt_takes_over_and_the_first_leaves_no_trace(
    services: Services, taxonomy: Taxonomy
) -> None:
    """The first attempt is slow and loses its lease; it must neither finish nor disturb the second."""
    await drawn(services, taxonomy)
    run, job = await request_scoring_run(services, actor="test")
    async with services.ledger.transaction() as connection:
        stale = await jobs.claim_job(connection, job.id, lease_s=0.01)
    await asyncio.sleep(0.05)

    await run_job(services, HANDLERS, job.id)

    assert stale is not None
    async with services.ledger.transaction() as connection:
        assert not await jobs.finish_job(connection, job.id, stale.attempt, {"late": True})
        ended = await jobs.get_job(connection, job.id)
        assert (ended.state, ended.attempt, ended.result and ended.result["run"]) == ("succeeded", 2, run.id)
        latest = await runs.latest_run(connection)
        assert latest is not None and latest.id == run.id


async def test_an_attempt_after_the_end_of_the_run_only_tells_of_it(
    services: Services, taxonomy: Taxonomy, servers: Servers
) -> None:
    """The worker died between the end of its run and that of its job."""
    await drawn(services, taxonomy)
    first = await run_to_end(services)
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("UPDATE jobs SET state = 'queued', finished_at = NULL, result = NULL")
    await land(services.graph, pay("thief", "b", 500))

    await run_job(services, HANDLERS, first.id)

    async with services.ledger.read() as connection:
        again = await jobs.get_job(connection, first.id)
        events = [event.action for event in await audit.list_events(connection)]
    assert (again.state, again.attempt, again.result) == ("succeeded", 2, first.result)
    assert events.count("scoring_run.finished") == 1
    assert (await services.graph.read("count_marks"))[0]["marks"] == 2, "what landed since is still to be worked off"


async def test_two_runs_at_once_take_turns_and_both_are_right(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services, taxonomy)
    asked = [await request_scoring_run(services, actor="test") for _ in range(2)]

    await asyncio.gather(*(run_job(services, HANDLERS, job.id) for _, job in asked))
    async with services.ledger.read() as connection:
        states = sorted([(await jobs.get_job(connection, job.id)).state for _, job in asked])
    assert states == ["queued", "succeeded"]

    for _, job in asked:
        await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        for _, job in asked:
            assert (await jobs.get_job(connection, job.id)).state == "succeeded"
        stored = await scores.find_score(connection, key("b"))
    assert stored is not None and stored.hop_counts == (0, 1, 0)


async def test_scratch_that_another_run_wrote_over_is_noticed(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    await drawn(services, taxonomy)
    original = services.graph.stream

    async def disturbed(name: str, **parameters: object):
        cypher.run("MATCH (v:Wallet {key: 'acct:a'}) SET v.scratch_illicit = [17, -1, 0]").consume()
        async for row in original(name, **parameters):
            yield row

    services.graph.stream = disturbed  # type: ignore[method-assign]  # a late run, at the worst moment
    with pytest.raises(Disturbed):
        await read_wallets(services.graph)
