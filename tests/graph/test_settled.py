"""What the counter says is settled can be found: it waits for the unit that is being numbered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import neo4j
import pytest

from graph.clock import FOREVER
from graph.errors import Unavailable
from graph.session import Graph
from tests.builders import land, pay

NEXT = "MATCH (c:Counter {name: 'graph'}) SET c.seq = c.seq + 1"


async def test_it_waits_for_the_unit_that_is_being_numbered(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, pay("a", "b", 1))
    with cypher.begin_transaction() as numbering:
        numbering.run(NEXT).consume()
        settled = asyncio.create_task(graph.settled())
        await asyncio.wait([settled], timeout=0.5)

        assert not settled.done() and await graph.watermark() == 1
        numbering.commit()

    assert (await settled)["seq"] == await graph.watermark() == 2


async def test_it_waits_no_longer_for_a_unit_that_is_rolled_back(graph: Graph, cypher: neo4j.Session) -> None:
    with cypher.begin_transaction() as numbering:
        numbering.run(NEXT).consume()
        settled = asyncio.create_task(graph.settled())
        await asyncio.wait([settled], timeout=0.2)
        numbering.rollback()

    assert (await settled)["seq"] == 0


async def test_it_changes_nothing(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, pay("a", "b", 1))
    before = _counter(cypher)

    told = await graph.settled()

    assert _counter(cypher) == before and (told["seq"], told["at"]) == (before["seq"], before["at"].to_native())


async def test_before_anything_was_numbered_its_time_is_the_one_given(graph: Graph, cypher: neo4j.Session) -> None:
    cypher.run("MATCH (c:Counter {name: 'graph'}) SET c.at = null").consume()
    now = datetime(2026, 1, 2, tzinfo=UTC)

    assert ((await graph.settled())["at"], (await graph.settled(now))["at"]) == (FOREVER, now)


async def test_without_a_schema_it_says_what_to_do(graph: Graph, cypher: neo4j.Session) -> None:
    cypher.run("MATCH (c:Counter {name: 'graph'}) SET c.name = 'away'").consume()
    try:
        with pytest.raises(Unavailable, match="headwater up"):
            await graph.settled()
    finally:
        cypher.run("MATCH (c:Counter {name: 'away'}) SET c.name = 'graph'").consume()


def _counter(cypher: neo4j.Session) -> dict[str, object]:
    row = cypher.run("MATCH (c:Counter {name: 'graph'}) RETURN properties(c) AS all").single(strict=True)
    return dict(row["all"])
