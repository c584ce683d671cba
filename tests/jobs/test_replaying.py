"""A run replayed from history gives the same bytes, whatever happened since; what was tampered with is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import neo4j
import psycopg
import pytest
from msgspec.structs import replace

from graph.attributions import attributions_about, record_attributions, withdraw_attributions
from graph.errors import InvalidInput, NotFound
from graph.model import Attribution, Job
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from jobs.replaying import request_replay
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.services import Services, open_services
from jobs.worker import HANDLERS
from ledger import audit, jobs, runs
from ledger.ids import new_id
from tests.builders import key, label, land, pay, transfer
from tests.conftest import empty_graph, empty_ledger
from tests.demo import import_demo
from tests.servers import Servers


async def score(services: Services) -> str:
    run, job = await request_scoring_run(services, actor="test")
    ended = await run_to_end(services, job)
    assert ended.state == "succeeded", ended.error
    return run.id


async def replay(services: Services, run: str) -> dict:
    ended = await run_to_end(services, await request_replay(services, run, actor="test"))
    assert ended.state == "succeeded" and ended.result, ended.error
    return ended.result


async def run_to_end(services: Services, job: Job) -> Job:
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job.id)


async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", shop="exchange", swap="dex")
    await land(
        graph,
        pay("thief", "a", 30, id="first"),
        pay("shop", "a", 70),
        transfer({"a": 40, "c": 2}, {"swap": 41, "b": 1}, id="many", day=1),
        pay("swap", "b", 40, day=2),
        pay("clean", "b", 60, day=3),
    )


async def meddle(services: Services, taxonomy: Taxonomy) -> None:
    """All that may happen to a graph after a run."""
    graph = services.graph
    await land(graph, pay("thief", "b", 500), pay("later", "a", 7))
    await withdraw_transaction(graph, key("first"))
    await withdraw_transaction(graph, key("many"))
    many = transfer({"a": 40, "c": 2}, {"swap": 41, "b": 1}, id="many", day=1)
    await land(graph, replace(many, at=many.at + timedelta(hours=5)))
    [about] = await attributions_about(graph, [key("thief")])
    await withdraw_attributions(graph, [about.id], taxonomy)
    await label(graph, taxonomy, shop="sanctions", later="mixer", b="theft")


async def test_a_run_is_replayed_to_the_byte_after_everything_changed(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services.graph, taxonomy)
    first = await score(services)
    await meddle(services, taxonomy)
    second = await score(services)

    again, other = await replay(services, first), await replay(services, second)

    assert (again["identical"], again["differences"], again["disturbed"], again["wallets"]) == (True, 0, False, 7)
    assert again["recomputed"] == again["stored"] == again["digest"] != other["digest"]
    assert (other["identical"], other["wallets"]) == (True, 8)
    async with services.ledger.read() as connection:
        run = await runs.find_run(connection, first)
        events = [event for event in await audit.list_events(connection) if event.subject == first]
    assert run is not None and run.digest == again["digest"] and run.ended_watermark == run.watermark
    assert [event.action for event in events][-2:] == ["scoring_run.replay_requested", "scoring_run.replayed"]
    assert events[1].body["digest"] == run.digest, "the audit log keeps the digest of the run"


async def test_the_demo_is_replayed_to_the_byte(
    servers: Servers, open_graph_once: Graph, cypher: neo4j.Session, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    empty_graph(cypher)
    empty_ledger(servers.postgres_admin_url)
    async with open_services(servers.settings(reference_currency="ETH")) as services:
        await import_demo(services, tmp_path)
        run = await score(services)
        busiest = cypher.run(
            "MATCH (a:Wallet {category: 'scam'})-[:SENT]->(t:Transaction)-[:TO]->(b) WHERE t.splits IS NULL"
            " RETURN t.key AS key, a.key AS sender ORDER BY t.value DESC, key LIMIT 20"
        ).data()
        for row in busiest:
            await withdraw_transaction(services.graph, row["key"])
        about = await attributions_about(services.graph, [row["sender"] for row in busiest])
        await withdraw_attributions(services.graph, [a.id for a in about], taxonomy)
        await drawn(services.graph, taxonomy)

        again = await replay(services, run)
        later = await replay(services, await score(services))

    assert again["identical"] and again["wallets"] > 5000, again
    assert later["identical"] and later["digest"] != again["digest"], later


async def test_a_bound_that_passed_does_not_change_an_old_run(services: Services, taxonomy: Taxonomy) -> None:
    """Nothing is recorded when time alone passes, so the run's own instant must be kept."""
    await drawn(services.graph, taxonomy)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    given = Attribution(id="", wallet=key("clean"), category="theft", source="drawn", valid_from=soon)
    await record_attributions(services.graph, [given], taxonomy, author="test")
    first = await score(services)
    while datetime.now(UTC) <= soon:
        await services.graph.watermark()
    second = await score(services)

    before, after = await replay(services, first), await replay(services, second)

    assert before["identical"] and after["identical"]
    assert before["digest"] != after["digest"]


async def test_a_changed_value_in_the_graph_is_found(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    await drawn(services.graph, taxonomy)
    run = await score(services)

    cypher.run("MATCH (t:Transaction {key: 'acct:first'}) SET t.value = t.value + 1").consume()
    again = await replay(services, run)

    assert not again["identical"] and not again["disturbed"]
    assert again["stored"] == again["digest"] != again["recomputed"]
    assert key("a") in again["differing"] and key("clean") not in again["differing"]


async def test_a_changed_row_of_the_ledger_is_found(services: Services, taxonomy: Taxonomy, servers: Servers) -> None:
    await drawn(services.graph, taxonomy)
    run = await score(services)

    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("UPDATE wallet_scores SET score = score / 2 WHERE wallet = 'acct:a'")
        connection.execute("DELETE FROM wallet_scores WHERE wallet = 'acct:clean'")
    again = await replay(services, run)

    assert not again["identical"] and again["recomputed"] == again["digest"] != again["stored"]
    assert again["differing"] == [key("a"), key("clean")]


async def test_a_run_that_was_disturbed_says_so(services: Services, taxonomy: Taxonomy) -> None:
    """Money that lands between reading the wallets and reading the flows is in part of what the run saw."""
    await drawn(services.graph, taxonomy)
    original, landed = services.graph.stream, []

    async def late(name: str, **parameters: object):
        if name.startswith("push") and not landed:
            landed.extend(await land(services.graph, pay("thief", "b", 500)))
        async for row in original(name, **parameters):
            yield row

    services.graph.stream = late  # type: ignore[method-assign]  # a landing, at the worst moment
    run = await score(services)
    services.graph.stream = original  # type: ignore[method-assign]
    again = await replay(services, run)

    assert again["disturbed"] and not again["identical"]
    assert again["differences"] == len(again["differing"]) > 0 and key("shop") not in again["differing"]
    async with services.ledger.read() as connection:
        found = await runs.find_run(connection, run)
    assert found is not None and (found.ended_watermark or 0) == (found.watermark or 0) + 1
    marked = await services.graph.read("read_marks", limit=10)
    assert {row["key"] for row in marked} >= {key("thief"), key("b")}, "what changed meanwhile stays marked"


async def test_a_run_clears_the_marks_it_has_seen(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services.graph, taxonomy)
    assert (await services.graph.read("count_marks"))[0]["marks"] == 7

    await score(services)

    assert (await services.graph.read("count_marks"))[0]["marks"] == 0


async def test_what_cannot_be_replayed_is_refused(services: Services, taxonomy: Taxonomy) -> None:
    await drawn(services.graph, taxonomy)
    run, _ = await request_scoring_run(services, actor="test")

    with pytest.raises(InvalidInput, match="digest"):
        await request_replay(services, run.id, actor="test")
    with pytest.raises(NotFound):
        await request_replay(services, new_id("run"), actor="test")
