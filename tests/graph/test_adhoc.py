"""The door for Cypher from outside: it reads, within bounds, and says in words why it refuses."""

from __future__ import annotations

from typing import Any

import neo4j
import pytest

from graph.adhoc import MOST_BYTES, Answer, ask_text, check_text
from graph.errors import QueryCut, QueryRefused
from graph.plans import operators, refusals
from graph.session import Graph, Outside
from tests.builders import land, pay


async def asked(graph: Graph, text: str, most_rows: int = 100, timeout_s: float = 5.0, **parameters: Any) -> Answer:
    await check_text(graph, Outside(text), parameters)
    return await ask_text(graph, Outside(text), parameters, timeout_s=timeout_s, most_rows=most_rows)


async def test_a_question_is_answered_by_columns_and_rows(graph: Graph) -> None:
    await land(graph, pay("a", "b", 5), pay("a", "c", 7))

    found = await asked(
        graph, "MATCH (:Wallet {key: $k})-[f:FLOW]->(v) RETURN v.key AS v, f.value AS x ORDER BY v", k="acct:a"
    )

    assert found == Answer(["v", "x"], [["acct:b", 5_000_000], ["acct:c", 7_000_000]], False)


WRITES = [
    "CREATE (:Wallet {key: 'x'})",
    "INSERT (:Wallet {key: 'x'})",
    "MERGE (w:Wallet {key: 'x'})",
    "MATCH (w:Wallet) SET w.in_value = 0",
    "MATCH (w:Wallet) SET w:Illicit",
    "MATCH (w:Wallet) SET w:$('Illicit')",
    "MATCH (w:Wallet) REMOVE w.key",
    "MATCH (w:Wallet) DETACH DELETE w",
    "FOREACH (x IN [1] | CREATE (:Wallet {key: 'x'}))",
    "MATCH (w:Wallet) CALL (w) { SET w.in_value = 0 } RETURN w",
    "RETURN 1 AS x UNION CREATE (w:Wallet {key: 'x'}) RETURN 1 AS x",
    "/* RETURN 1 */ // RETURN 1\nCREATE (:Wallet {key: 'x'})",
    "MATCH (w:Wallet) CALL (w) { SET w.in_value = 0 } IN TRANSACTIONS",
]


@pytest.mark.parametrize("text", WRITES)
async def test_a_write_is_refused_before_it_is_run(graph: Graph, text: str) -> None:
    with pytest.raises(QueryRefused, match=r"only reading|IN TRANSACTIONS"):
        await asked(graph, text)


async def test_the_server_itself_refuses_a_write_that_nobody_looked_at(graph: Graph, cypher: neo4j.Session) -> None:
    with pytest.raises(QueryRefused, match=r"(?i)writing in read access mode"):
        await ask_text(graph, Outside(WRITES[0]), {}, timeout_s=5.0, most_rows=1)

    assert cypher.run("MATCH (w:Wallet) RETURN count(w) AS n").single(strict=True)["n"] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", "LOAD CSV"),
        ("LOAD CSV FROM 'http://127.0.0.1:1/' AS line RETURN line", "LOAD CSV"),
        ("SHOW TRANSACTIONS", "ShowTransactions is not possible"),
        ("SHOW INDEXES", "ShowIndexes is not possible"),
        ("SHOW USERS", "administration"),
        ("TERMINATE TRANSACTIONS 'x'", "TerminateTransactions is not possible"),
        ("ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'bbbbbbbb'", "administration"),
        ("DROP CONSTRAINT wallet_key", "schema"),
        ("CREATE INDEX x FOR (n:X) ON (n.y)", "schema"),
        ("CALL dbms.listConfig()", "dbms.listConfig may not be called"),
        ("CALL dbms.killConnection('x')", "may not be called"),
        ("CALL db.index.fulltext.queryNodes('a', 'b') YIELD node RETURN node", "may not be called"),
        ("CALL tx.setMetaData({a: 1})", "may not be called"),
        ("RETURN apoc.version()", "Unknown function"),
        ("CALL apoc.cypher.runWrite('CREATE (:X)', {})", "no procedure"),
        ("UNWIND [1, 2] AS x CALL (x) { RETURN x AS y } IN TRANSACTIONS RETURN y", "IN TRANSACTIONS"),
        ("PROFILE RETURN 1", "conflicting"),
        ("RETURN 1; RETURN 2", "one statement"),
        ("USE system RETURN 1", "system"),
        ("", "must be Cypher"),
        ("RETURN $nothing", "Expected parameter"),
        ("MATCH (a), (b), (c), (d), (e), (f), (g), (h) RETURN 1", "is expected to give"),
    ],
)
async def test_what_is_not_a_reading_of_the_graph_is_refused_in_words(graph: Graph, text: str, says: str) -> None:
    with pytest.raises(QueryRefused, match=says):
        await asked(graph, text)


@pytest.mark.parametrize(
    ("path", "bounded"),
    [
        ("(w)-[:FLOW*]->(x)", False),
        ("(w)-[:FLOW*2..]->(x)", False),
        ("(w)-[:FLOW*..11]->(x)", False),
        ("(w)-[:`*1..2]`*]->(x)", False),
        ("(w)-[:FLOW]->+(x)", False),
        ("(w) ((a)-[:SENT]->(t)-[:TO]->(b))+ (x)", False),
        ("(w) ((a)-[:SENT]->(t)-[:TO]->(b)){2,} (x)", False),
        ("ANY SHORTEST (w)-[:FLOW]->+(x:Wallet {key: 'b'})", False),
        ("p = shortestPath((w)-[:FLOW*]->(x:Wallet {key: 'b'}))", False),
        ("(w)-[:FLOW*1..4]->(x)", True),
        ("(w)-[:FLOW*2]->(x)", True),
        ("(w)-[:FLOW]->{1,3}(x)", True),
        ("(w) ((a)-[:SENT]->(t)-[:TO]->(b)){1,3} (x)", True),
        ("ANY SHORTEST (w)-[:FLOW]->{1,4}(x:Wallet {key: 'b'})", True),
    ],
)
async def test_a_path_needs_an_upper_bound(graph: Graph, path: str, bounded: bool) -> None:
    text = f"MATCH (w:Wallet {{key: 'acct:a'}}) MATCH {path} RETURN x.key AS key"
    if bounded:
        assert (await asked(graph, text)).rows == []
    else:
        with pytest.raises(QueryRefused, match="upper bound"):
            await asked(graph, text)


async def test_an_unbounded_path_inside_exists_is_found_too(graph: Graph) -> None:
    with pytest.raises(QueryRefused, match="upper bound"):
        await asked(graph, "MATCH (w:Wallet {key: 'a'}) WHERE EXISTS { (w)-[:FLOW*1..]->(:Illicit) } RETURN w.key")


@pytest.mark.parametrize(
    ("start", "seeks"),
    [
        ("MATCH (w:Wallet) WHERE w.in_value > 3", False),
        ("MATCH (w)", False),
        ("MATCH (w)-[:FLOW]->()", False),
        ("MATCH (w:$($rule.label))", False),
        ("UNWIND $payments AS p MATCH (w:Wallet {key: p.payers[0]})", True),
    ],
)
async def test_a_rule_starts_from_an_index(graph: Graph, start: str, seeks: bool) -> None:
    text, parameters = Outside(f"{start} RETURN w.key AS id"), {"payments": [], "rule": {"label": "Wallet"}}
    await check_text(graph, text, parameters)
    if seeks:
        await check_text(graph, text, parameters, must_seek=True)
    else:
        with pytest.raises(QueryRefused, match="a rule must start"):
            await check_text(graph, text, parameters, must_seek=True)


async def test_errors_tell_the_position_in_the_text_as_it_was_sent(graph: Graph) -> None:
    with pytest.raises(QueryRefused, match=r"'RETRUN'.*\(line 3, column 2 \(offset: 3\)\)") as caught:
        await asked(graph, "\n\n RETRUN 1")

    assert "EXPLAIN" not in str(caught.value).partition("(line")[2]


async def test_errors_met_on_the_way_are_told(graph: Graph) -> None:
    for text, says in (
        ("RETURN 1 / 0", "by zero"),
        ("RETURN datetime($x)", "DateTime"),
        ("UNWIND [1, 0] AS x RETURN 1 / x", "zero"),
    ):
        with pytest.raises(QueryRefused, match=says):
            await asked(graph, text, x="no time")


async def test_rows_are_cut_at_the_limit_and_it_is_told(graph: Graph) -> None:
    cut = await asked(graph, "UNWIND range(1, 100000) AS x RETURN x", most_rows=3)
    whole = await asked(graph, "UNWIND range(1, 3) AS x RETURN x", most_rows=3)

    assert (cut.rows, cut.truncated) == ([[1], [2], [3]], True)
    assert (whole.rows, whole.truncated) == ([[1], [2], [3]], False)


async def test_bytes_are_cut_at_the_limit_and_it_is_told(graph: Graph) -> None:
    found = await asked(
        graph, "UNWIND range(1, 50) AS x RETURN reduce(s = 'x', i IN range(1, 17) | s + s) AS long", 1_000
    )

    assert found.truncated
    assert 20 <= len(found.rows) <= MOST_BYTES / 2**17


@pytest.mark.parametrize(
    "text", ["UNWIND range(1, 1000000000) AS x WITH x WHERE x % 7 = 9 RETURN x", "RETURN range(1, 1000000000)"]
)
async def test_a_question_is_stopped_at_its_time_limit(graph: Graph, text: str) -> None:
    with pytest.raises(QueryCut):
        await asked(graph, text, timeout_s=0.3)

    assert (await asked(graph, "RETURN 1 AS x")).rows == [[1]], "the connection after it is a good one"


async def test_values_become_json_that_loses_nothing(graph: Graph) -> None:
    await land(graph, pay("a", "b", 5))
    text = """RETURN 9007199254740991 AS most, 9007199254740993 AS beyond, 0.0 / 0.0 AS nan, 1.0 / 0.0 AS infinite,
        null AS nothing,
        date('2020-01-02') AS day, datetime('2020-01-02T03:04:05.5Z') AS time, duration('P1DT2S') AS long,
        point({x: 1.0, y: 2.0}) AS point, {a: [1, {b: 9007199254740993}]} AS map"""

    found = await asked(graph, text)
    drawn = await asked(graph, "MATCH p = (u:Wallet {key: 'acct:a'})-[f:FLOW]->(v) RETURN u, f, p, u {.key} AS map")

    assert found.rows == [
        [
            2**53 - 1,
            "9007199254740993",
            "NaN",
            "Infinity",
            None,
            "2020-01-02",
            "2020-01-02T03:04:05.500000000+00:00",
            "P1DT2S",
            {"srid": 7203, "coordinates": [1.0, 2.0]},
            {"a": [1, {"b": "9007199254740993"}]},
        ]
    ]
    node, flow, path, map_ = drawn.rows[0]
    assert node["labels"] == ["Stale", "Wallet"]
    assert node["properties"]["out_value"] == 5_000_000
    assert (flow["type"], flow["start"], flow["end"]) == ("FLOW", "acct:a", "acct:b")
    assert [one["properties"]["key"] for one in path["nodes"]] == ["acct:a", "acct:b"]
    assert path["relationships"] == [flow]
    assert map_ == {"key": "acct:a"}


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
async def test_a_parameter_that_the_database_cannot_hold_is_refused(graph: Graph, value: int) -> None:
    with pytest.raises(QueryRefused, match="a parameter cannot be sent"):
        await asked(graph, "RETURN $x", x=value)


def test_an_operator_that_nobody_has_looked_at_is_refused() -> None:
    plan = {
        "operatorType": "ProduceResults@neo4j",
        "args": {},
        "children": [{"operatorType": "BrandNew(All)@neo4j", "args": {}}],
    }

    assert [one.name for one in operators(plan)] == ["ProduceResults", "BrandNew"]
    assert refusals("r", plan, must_seek=False) == ["BrandNew is not possible here"]
    assert refusals("r", plan | {"children": []}, must_seek=True) == []
