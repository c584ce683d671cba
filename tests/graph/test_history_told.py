"""Old graphs are told, once, what landing tells the parties of new transactions."""

from __future__ import annotations

import neo4j
import pytest

from graph import sums
from graph.schema import apply_schema
from graph.session import Graph
from graph.withdrawal import withdraw_transaction
from tests.builders import land, pay, transfer
from tests.graph.telling import told

PARTIES = """
MATCH (w:Wallet)-[r:SENT|TO]-(t:Transaction)
RETURN t.key AS id, type(r) AS type, r.position AS position, r.wallet AS wallet, r.at_us AS at_us, r.net AS net,
  r.others AS others
ORDER BY id, type, position
"""
FORGET = "MATCH ()-[r:SENT|TO]->() SET r.wallet = null, r.at_us = null, r.net = null, r.others = null"
UNTOLD = "MATCH (c:Counter {name: 'graph'}) SET c.parties_told = null"


def parties(cypher: neo4j.Session) -> list[dict]:
    return [record.data() for record in cypher.run(PARTIES)]


@pytest.fixture
async def landed(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """Payments of every kind: plain, to oneself, of nothing, newly made, with change, of many, a pool, withdrawn."""
    monkeypatch.setattr(sums, "MAX_PAIRS", 6)
    await land(
        graph, pay("a", "b", 1.5, day=-20_000.3), pay("a", "a", 2), pay("a", "b", 0), transfer({}, {"a": 1, "b": 2})
    )
    await land(graph, transfer([("a", 1), ("b", 2), ("a", 1)], [("a", 3), ("c", 1)], day=0.1))
    await land(graph, transfer({"a": 1, "b": 2, "c": 4}, {"c": 3, "d": 3, "e": 1}, day=0.2))
    await land(graph, gone := transfer({"a": 1, "b": 2}, {"c": 3}))
    await withdraw_transaction(graph, gone.key)
    return graph


async def test_an_old_graph_is_told_what_landing_tells(landed: Graph, cypher: neo4j.Session) -> None:
    new = parties(cypher)
    cypher.run(FORGET).consume()
    cypher.run(UNTOLD).consume()
    old = parties(cypher)

    await apply_schema(landed)

    assert parties(cypher) == new != old
    assert (await told(landed, pay("b", "z", 1, day=1)))[0].payers[0].sent_count == 2


async def test_a_graph_is_told_once(landed: Graph, cypher: neo4j.Session) -> None:
    await apply_schema(landed)
    cypher.run(FORGET).consume()
    forgotten = parties(cypher)

    await apply_schema(landed)

    assert parties(cypher) == forgotten, "the counter says that it was told"
