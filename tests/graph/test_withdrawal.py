"""Withdrawal, re-landing and pools: sums follow what counts, spans keep what counted."""

from __future__ import annotations

from datetime import timedelta

import neo4j
import pytest
from msgspec.structs import replace

from graph import sums
from graph.errors import NotFound
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer

STATE = """
MATCH (w:Wallet)
RETURN w.key AS key, w.in_value AS in_value, w.out_value AS out_value, w.in_count AS in_count, w.out_count AS out_count,
  toString(w.first_at) AS first_at, toString(w.last_at) AS last_at,
  COLLECT {
    MATCH (w)-[f:FLOW]->(v)
    RETURN [v.key, f.value, f.count, toString(f.first_at), toString(f.last_at)] ORDER BY v.key
  } AS flows
ORDER BY key
"""


def state(cypher: neo4j.Session) -> list[dict]:
    return [record.data() for record in cypher.run(STATE)]


def node(cypher: neo4j.Session, name: str) -> dict:
    return cypher.run("MATCH (t:Transaction {key: $key}) RETURN t", key=key(name)).single(strict=True)["t"]


async def test_withdrawing_undoes_landing(graph: Graph, cypher: neo4j.Session) -> None:
    await land(
        graph, pay("a", "b", 5, day=1), transfer({"a": 1, "c": 3}, {"b": 3, "a": 1}, day=2), pay("b", "c", 2, day=3)
    )
    before = state(cypher)

    await land(graph, transfer({"a": 2, "c": 3}, {"b": 1.5, "a": 2.5, "d": 1}, id="undone", day=9))
    assert state(cypher) != before
    done = await withdraw_transaction(graph, key("undone"), "reorganised")

    after = [row for row in state(cypher) if row["key"] != key("d")]
    assert after == before
    [d] = [row for row in state(cypher) if row["key"] == key("d")]
    assert (d["in_value"], d["in_count"], d["flows"], d["first_at"]) == (0, 0, [], None)
    assert (done.seq, done.was_known) == (5, False)
    undone = node(cypher, "undone")
    assert (undone["withdrawn_seq"], undone["reason"]) == (5, "reorganised")
    assert undone["withdrawn_at"].to_native() == done.at


async def test_withdrawing_twice_is_once(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, pay("a", "b", 5, id="t"))

    first, again = await withdraw_transaction(graph, key("t")), await withdraw_transaction(graph, key("t"))

    assert (again.seq, again.at, again.was_known) == (first.seq, first.at, True)
    assert await graph.watermark() == 2
    assert [row["in_value"] for row in state(cypher)] == [0, 0]


async def test_what_never_landed_cannot_be_withdrawn(graph: Graph, cypher: neo4j.Session) -> None:
    with pytest.raises(NotFound):
        await withdraw_transaction(graph, key("nothing"))

    assert cypher.run("MATCH (t:Transaction) RETURN count(t) AS n").single(strict=True)["n"] == 0


async def test_the_same_lands_again_as_a_span_of_its_own(graph: Graph, cypher: neo4j.Session) -> None:
    paid = pay("a", "b", 5, id="t", day=1)
    await land(graph, paid)
    before = state(cypher)
    withdrawn = await withdraw_transaction(graph, key("t"), "reorganised")

    later = replace(paid, at=paid.at + timedelta(hours=1))
    [other] = await land(graph, replace(paid, value=6_000_000, amount="6", outputs=pay("a", "b", 6).outputs))
    [again] = await land(graph, later)
    [known], [conflict] = await land(graph, later), await land(graph, paid)

    assert (other.status, again.status, known.status, conflict.status) == ("conflict", "relanded", "known", "conflict")
    assert again.seq == 3
    found = node(cypher, "t")
    assert (found["at"].to_native(), found["seq"], found["withdrawn_at"]) == (later.at, 3, None)
    assert [at.to_native() for at in found["earlier_at"]] == [paid.at]
    assert (found["earlier_seq"], found["earlier_withdrawn_seq"]) == ([1], [2])
    assert [at.to_native() for at in found["earlier_withdrawn_at"]] == [withdrawn.at]
    assert found["earlier_content"] != [found["content"]]
    sums_only = [(row["key"], row["in_value"], row["out_value"], row["in_count"]) for row in state(cypher)]
    assert sums_only == [(row["key"], row["in_value"], row["out_value"], row["in_count"]) for row in before]


async def test_what_lands_again_counts_as_much_as_before_whatever_its_price_is_now(
    graph: Graph, cypher: neo4j.Session
) -> None:
    paid = transfer({"a": 2, "c": 1}, {"b": 3}, id="t")
    await land(graph, paid)
    before = state(cypher)
    await withdraw_transaction(graph, paid.key)

    [again] = await land(graph, replace(paid, value=7_000_000))

    assert (again.status, state(cypher)) == ("relanded", before)
    await withdraw_transaction(graph, paid.key)
    assert {(row["in_value"], row["out_value"], len(row["flows"])) for row in state(cypher)} == {(0, 0, 0)}


async def test_among_several_of_one_key_the_first_of_the_same_content_lands_again(graph: Graph) -> None:
    paid = pay("a", "b", 5, id="t")
    await land(graph, paid)
    await withdraw_transaction(graph, paid.key)
    other = replace(paid, asset="EUR")

    landings = await land(graph, other, paid, paid, other, replace(paid, at=paid.at + timedelta(hours=1)))

    assert [x.status for x in landings] == ["conflict", "relanded", "known", "conflict", "conflict"]
    assert {x.seq for x in landings} == {3}


async def test_recorded_times_increase_with_seq(graph: Graph, cypher: neo4j.Session) -> None:
    for n in range(5):
        await land(graph, pay("a", "b", 1, id=f"t{n}"), pay("b", "c", 1, id=f"u{n}"))
    await withdraw_transaction(graph, key("t0"))

    rows = cypher.run("MATCH (t:Transaction) RETURN t.seq AS seq, t.recorded_at AS at ORDER BY seq").values()
    units = [at for _, at in rows[::2]]
    assert units == sorted(set(units)) and [at for _, at in rows[1::2]] == units
    assert node(cypher, "t0")["withdrawn_at"] > units[-1]


MARKS = """MATCH (w:Stale) RETURN w.key AS key,
  [flag IN ['in', 'out', 'near', 'category', 'illicit'] WHERE w['stale_' + flag]] AS flags ORDER BY key"""


def marks(cypher: neo4j.Session) -> dict[str, list[str]]:
    return {record["key"].removeprefix("acct:"): record["flags"] for record in cypher.run(MARKS)}


async def test_landing_and_withdrawing_mark_whom_they_touch(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    await label(graph, taxonomy, thief="scam")
    cypher.run(
        "MATCH (w:Stale) REMOVE w:Stale, w.stale_category, w.stale_illicit, w.stale_in, w.stale_out, w.stale_near"
    ).consume()
    await land(graph, pay("x", "y", 1), pay("thief", "a", 1, id="t"), pay("z", "z", 1))

    assert marks(cypher) == {"x": ["out"], "y": ["in"], "thief": ["out"], "a": ["in", "near"], "z": []}

    cypher.run("MATCH (w:Stale) REMOVE w:Stale, w.stale_in, w.stale_out, w.stale_near").consume()
    await withdraw_transaction(graph, key("t"))
    assert marks(cypher) == {"thief": ["out"], "a": ["in", "near"]}


async def test_a_pool_adds_the_same_sums_as_its_pairs(
    graph: Graph, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = [
        transfer([("a", 2), ("b", 3), ("a", 1)], [("c", 2.5), ("b", 1), ("d", 2.3)], id="join", day=1),
        transfer([("a", 1), ("b", 1)], [("a", 1), ("b", 1), ("e", 0)], id="self", day=2),
    ]
    await land(graph, *joined)
    pairs = state(cypher)
    for one in joined:
        await withdraw_transaction(graph, one.key)
    cypher.run("MATCH (n:Wallet|Transaction) DETACH DELETE n").consume()

    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, *joined)
    pooled = state(cypher)

    assert [row["flows"] for row in pooled] == [[]] * 5
    for one, other in zip(pairs, pooled, strict=True):
        for name in ("in_value", "out_value"):
            assert abs(one[name] - other[name]) <= 9, (one["key"], name)
        for name in ("in_count", "out_count", "first_at", "last_at"):
            assert one[name] == other[name], (one["key"], name)
    assert sum(row["in_value"] for row in pooled) == sum(row["out_value"] for row in pooled)
    rows = cypher.run(
        "MATCH (t:Pool) RETURN t.value AS value, COLLECT { MATCH ()-[r:POOLED_IN]->(t) RETURN r.value } AS given,"
        " COLLECT { MATCH (t)-[r:POOLED_OUT]->() RETURN r.value } AS taken"
    ).values()
    assert len(rows) == 2 and all(sum(given) == sum(taken) == value for value, given, taken in rows)

    for one in joined:
        await withdraw_transaction(graph, one.key)
    assert {(row["in_value"], row["out_value"], row["in_count"]) for row in state(cypher)} == {(0, 0, 0)}
