"""Stored scores are compared with what flows say; only what differs without a mark has drifted."""

from __future__ import annotations

from graph.taxonomy import Taxonomy
from jobs.checking import DRIFTED, check_scores, request_check
from jobs.services import Services
from ledger.jobs import list_jobs
from tests.builders import key, label, land, pay
from tests.jobs.test_rescreening import drain, events_of, finish, score
from tests.ledger.records import as_owner
from tests.servers import Servers


async def drawn(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("thief", "a", 30), pay("clean", "a", 70), pay("a", "b", 50, day=1))
    await score(services)
    await land(services.graph, pay("thief", "b", 7))
    await drain(services)


async def test_what_is_right_has_not_drifted(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services, taxonomy)

    done = await finish(services, await request_check(services))

    assert done.result is not None
    assert (done.result["checked"], done.result["stale"], done.result["drifted"]) == (4, 0, [])
    assert await events_of(services, DRIFTED) == []
    async with services.ledger.read() as connection:
        assert await list_jobs(connection, name="score_graph", state="queued", limit=5) == []


async def test_a_row_that_somebody_changed_is_found(services: Services, taxonomy: Taxonomy, servers: Servers) -> None:
    await drawn(services, taxonomy)
    as_owner(
        servers.postgres_admin_url,
        "UPDATE rescores SET illicit_source_share = 0.01 WHERE wallet = 'acct:b'",
        "UPDATE wallet_scores SET score = score + 2e-9 WHERE wallet = 'acct:clean'",
    )

    done = await finish(services, await request_check(services))

    assert done.result is not None
    assert sorted(done.result["drifted"]) == [key("b"), key("clean")]
    assert await events_of(services, DRIFTED) == [done.id]
    async with services.ledger.read() as connection:
        [healing] = await list_jobs(connection, name="score_graph", state="queued", limit=5)
    await finish(services, healing)
    assert (await check_scores(services, 10, 1)).drifted == ()


async def test_a_score_with_a_pending_mark_is_stale_and_has_not_drifted(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services, taxonomy)
    await land(services.graph, pay("clean", "b", 100))

    check = await check_scores(services, 10, 1)

    assert (check.checked, check.drifted) == (4, ()) and check.stale >= 1


async def test_a_seed_chooses_the_sample(services: Services, taxonomy: Taxonomy, servers: Servers) -> None:
    await drawn(services, taxonomy)
    as_owner(servers.postgres_admin_url, "UPDATE wallet_scores SET score = 0.123")

    first, again = await check_scores(services, 2, 7), await check_scores(services, 2, 7)
    others = {await_.drifted for await_ in [await check_scores(services, 2, seed) for seed in range(8)]}

    assert first == again and first.checked == 2
    assert len(others) > 1


async def test_without_a_run_there_is_nothing_to_check(services: Services) -> None:
    await land(services.graph, pay("a", "b", 1))

    assert (await check_scores(services, 10, 1)).checked == 0
