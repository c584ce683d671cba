"""Every Cypher file keeps its contract: header, plan, bounds and order; and no query is put together from text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest
from msgspec import Struct

from graph.catalog import FOLDER, CatalogError, Query, load_catalog, read_query
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.builders import label, land, pay
from tests.conftest import empty_graph

ROOT = FOLDER.parent
CATALOG = load_catalog()
EXPLAINED = [query for query in CATALOG.values() if query.mode != "schema"]
INDEXES = {
    query.name: f"{match[1]}({re.sub(r'[a-z]+[.]', '', match[2])})"
    for query in CATALOG.values()
    if (match := re.search(r"FOR \S*\w+:(\w+)\S*\s(?:REQUIRE|ON) \(?(\w+\.\w+(?:, \w+\.\w+)*)", query.text))
}
GOOD = """// name:       good
// purpose:    One wallet,
//             by its key.
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    key STRING
// complexity: one
// index:      wallet_key
//
// A remark that is no field.
CYPHER 25
MATCH (w:Wallet {key: $key})
RETURN w.key AS key ORDER BY key LIMIT $limit
"""


def write(folder: Path, text: str, name: str = "good") -> Path:
    path = folder / f"{name}.cypher"
    path.write_text(text)
    return path


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    query = read_query(write(tmp_path, GOOD))

    assert (query.name, query.mode, query.folder) == ("good", "read", tmp_path.name)
    assert query.purpose == "One wallet, by its key."
    assert query.parameters == {"key": "STRING", "limit": "INTEGER"}
    assert (query.returns, query.index) == ({"key": "STRING"}, ("wallet_key",))
    assert query.text.startswith("CYPHER 25\nMATCH")


BROKEN = {
    "lacks purpose": re.sub(r"// purpose.*\n.*\n", "", GOOD),
    "lacks index": re.sub(r"// index.*\n", "", GOOD),
    "is named other": GOOD.replace("good", "other"),
    "mode is rw": GOOD.replace("read", "rw"),
    r"declared parameters \['key', 'limit'\], used \['key'\]": GOOD.replace("$limit", "10"),
    r"declared parameters \['key'\], used \['key', 'limit'\]": GOOD.replace(", limit INTEGER", ""),
    "no statement below": GOOD[: GOOD.index("CYPHER")],
    "": "",
    "lacks name, purpose": GOOD[GOOD.index("CYPHER") :],
    "no field": "// a remark first\n" + GOOD,
}


@pytest.mark.parametrize(("says", "text"), BROKEN.items(), ids=lambda x: x[:30] or "empty")
def test_a_broken_header_is_refused_by_name(tmp_path: Path, says: str, text: str) -> None:
    with pytest.raises(CatalogError, match=f"good.cypher: .*({says})"):
        read_query(write(tmp_path, text))


def test_the_name_in_the_header_is_the_file(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="is named good"):
        read_query(write(tmp_path, GOOD, name="bad"))


def operators(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield plan["operatorType"].partition("@")[0], plan["args"].get("Details", "")
    for child in plan.get("children", []):
        yield from operators(child)


class Explained(Struct):
    """What the server says of a query: its operators with their details, its columns, whether it writes."""

    plan: list[tuple[str, str]]
    columns: list[str]
    writes: bool


def explain(cypher: neo4j.Session, text: str) -> Explained:
    result = cypher.run(f"EXPLAIN {text}")  # type: ignore[arg-type]
    columns, summary = list(result.keys()), result.consume()
    assert summary.plan is not None
    return Explained(list(operators(summary.plan)), columns, summary.query_type != "r")


def unused(query: Query, plan: list[tuple[str, str]]) -> list[str]:
    """Indexes that the header names and the plan does not search."""
    searched = " ".join(details for name, details in plan if "Index" in name or name == "MergeUniqueNode")
    return [name for name in query.index if INDEXES[name] not in searched]


@pytest.fixture(scope="module")
async def drawn(open_graph_once: Graph, cypher: neo4j.Session, taxonomy: Taxonomy) -> Graph:
    """Enough of a graph that the planner does not think a scan as good as a look-up; nothing here writes to it."""
    graph = open_graph_once
    empty_graph(cypher)
    names = [f"n{i}" for i in range(40)]
    await land(graph, *(pay(u, names[i * 7 % 40], 1 + i, day=i) for i, u in enumerate(names)))
    await label(graph, taxonomy, n1="scam", n2="exchange", n3="dex")
    return graph


@pytest.mark.parametrize("query", EXPLAINED, ids=lambda q: q.name)
def test_the_server_plans_it_as_its_header_says(drawn: Graph, cypher: neo4j.Session, query: Query) -> None:
    told = explain(cypher, query.text)

    assert not unused(query, told.plan), f"{query.name}: not searched; {told.plan}"
    assert "AllNodesScan" not in {name for name, _ in told.plan}
    assert sorted(told.columns) == sorted(query.returns)
    assert told.writes is (query.mode != "read")


def test_a_withdrawal_does_not_read_through_the_flows_of_a_hub(drawn: Graph, cypher: neo4j.Session) -> None:
    plan = explain(cypher, CATALOG["withdraw_transaction"].text).plan

    assert {name for name, details in plan if ":FLOW" in details and "Expand" in name} == {"Expand(Into)"}


def test_an_index_that_is_only_claimed_is_found(drawn: Graph, cypher: neo4j.Session, tmp_path: Path) -> None:
    claimed = read_query(write(tmp_path, GOOD.replace("{key: $key}", "{address: $key}")))

    assert unused(claimed, explain(cypher, claimed.text).plan) == ["wallet_key"]
    assert "AllNodesScan" in {name for name, _ in explain(cypher, "MATCH (n) RETURN n.x").plan}


def test_every_index_named_exists() -> None:
    assert {"wallet_key", "transaction_key", "attribution_id", "counter_name", "transaction_seq"} <= set(INDEXES)
    assert {name for query in CATALOG.values() for name in query.index} <= set(INDEXES)


def test_a_write_is_told_from_a_read(cypher: neo4j.Session) -> None:
    assert explain(cypher, "MATCH (w:Wallet) SET w.x = 1").writes
    assert not explain(cypher, "MATCH (w:Wallet) RETURN w.x").writes


def bare(text: str) -> str:
    """The statement without remarks and the content of its strings."""
    return re.sub(r"'[^']*'", "''", re.sub(r"//.*", "", text))


def open_ended(text: str) -> list[str]:
    """Paths without an upper bound: `-[*]-`, `-[*2..]-`, `+`, `*` or `{2,}` behind a relationship or a pattern."""
    old = re.findall(r"\[[^\]\[]*\*(?!\s*\d+\s*\]|\s*\d*\s*\.\.\s*\d)[^\]\[]*\]-", text)
    new = re.findall(r"(?:->|-|\))\s*(?:[+*](?=\s*\()|\{\s*\d*\s*,\s*\})", text)
    shortest = re.findall(r"(?i)\b(?:allShortestPaths|shortestPath)\s*\(", text)
    return old + new + shortest


@pytest.mark.parametrize("query", CATALOG.values(), ids=lambda q: q.name)
def test_every_path_is_bounded(query: Query) -> None:
    assert open_ended(bare(query.text)) == []


@pytest.mark.parametrize(
    ("pattern", "bounded"),
    [
        ("(a)-[:FLOW*]->(b)", False),
        ("(a)-[f:FLOW*2..]->(b)", False),
        ("(a)-[:FLOW*1..3]->(b)", True),
        ("(a)-[:FLOW*..3]->(b)", True),
        ("(a)-[:FLOW*2]->(b)", True),
        ("(a)-[:FLOW]->+(b)", False),
        ("(a)-[:FLOW]-*(b)", False),
        ("(a)-[:FLOW]->{2,}(b)", False),
        ("(a)-[:FLOW]-{1,3}(b)", True),
        ("((a)-[:FLOW]->(b))+ (c)", False),
        ("((a)-[:FLOW]->(b)){,4} (c)", True),
        ("shortestPath((a)-[:FLOW*]-(b))", False),
        ("(a)-[f:FLOW]->(b) WHERE f.value * 2 > (b.in_value)", True),
    ],
)
def test_an_open_end_is_found(pattern: str, bounded: bool) -> None:
    assert (open_ended(f"MATCH {pattern} RETURN a") == []) is bounded


def unordered(text: str) -> list[str]:
    """What precedes each LIMIT in its clause, where that holds no ORDER BY."""
    parts = re.split(r"\bLIMIT\b", text)[:-1]
    clauses = [re.split(r"\b(?:RETURN|WITH)\b", part)[-1] for part in parts]
    return [clause for clause in clauses if not re.search(r"\bORDER\s+BY\b", clause)]


@pytest.mark.parametrize("query", CATALOG.values(), ids=lambda q: q.name)
def test_every_limit_follows_an_order(query: Query) -> None:
    assert unordered(bare(query.text)) == []


def test_a_limit_without_an_order_is_found() -> None:
    assert unordered("MATCH (a) WITH a ORDER BY a.x RETURN a LIMIT 3")
    assert unordered("MATCH (a) WITH a LIMIT 3 RETURN a ORDER BY a.x")
    assert not unordered("MATCH (a) WITH a ORDER BY a.x LIMIT 3 RETURN a ORDER BY a.x LIMIT $n")


LASTING = {"key", "name"}  # Never changed, so that writing one of them to itself is a lock and nothing else.
TO_ITSELF = re.compile(r"\b(\w+)\.(\w+) = \1\.\2(?!\w)(?! *[-+*/])")


def put_back(text: str) -> list[str]:
    """What a text writes to itself though it changes: it is read before the lock is held, and may be old by then."""
    return [found[0] for found in TO_ITSELF.finditer(bare(text)) if found[2] not in LASTING]


@pytest.mark.parametrize("query", [q for q in EXPLAINED if q.mode != "read"], ids=lambda query: query.name)
def test_a_lock_is_taken_by_writing_what_never_changes(query: Query) -> None:
    assert put_back(query.text) == []


def test_a_value_that_is_put_back_is_found() -> None:
    assert put_back("SET w.key = w.key, w.n = w.n + 1, w.in_value = w.in_value, v.a = w.a") == [
        "w.in_value = w.in_value"
    ]


CYPHER_WORDS = re.compile(r"\b(?:MATCH|MERGE|UNWIND|DETACH DELETE)\b.*[({$]|\bRETURN\b.*\bAS\b")


def runs(tree: ast.AST) -> list[ast.Call]:
    """Calls of `….run(…)` and `Query(…)`, where text reaches the driver; a Unit of ours takes a name instead."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if _is(call.func, "Query") or _runs_text(call.func)]


def _runs_text(func: ast.expr) -> bool:
    if not isinstance(func, ast.Attribute) or func.attr != "run":
        return False
    given = func.value
    return not (_is(given, "unit") or (isinstance(given, ast.Call) and _is(given.func, "Unit")))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def from_catalog(call: ast.Call) -> bool:
    """Whether the first argument is `_text(…)`, or `Query(_text(…))` which is looked at by itself."""
    given = call.args[0] if call.args else None
    return isinstance(given, ast.Call) and (_is(given.func, "_text") or _is(given.func, "Query"))


def cypher_in(source: str) -> list[str]:
    """String constants of a Python file that read like Cypher, docstrings left out."""
    tree = ast.parse(source)
    said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [n.value for n in texts if id(n) not in said and CYPHER_WORDS.search(n.value)]


def test_the_driver_is_given_nothing_but_the_catalogs_text() -> None:
    tree = ast.parse((ROOT / "graph" / "session.py").read_text())
    others = [call for call in runs(tree) if not from_catalog(call)]

    assert len(runs(tree)) >= 6
    # Text from outside goes in as it is, in three places: planned, asked where the server lets it read only, and
    # asked in a unit, which is for rehearsals.
    assert sorted(ast.unparse(call.args[0]) for call in others) == [
        "_outside(outside)",
        "_outside(outside)",
        "_planning(outside)",
    ]
    bad = runs(ast.parse("tx.run(f'MATCH {x}'); session.run(Query('RETURN ' + y)); unit.run('find_wallet')"))
    assert [from_catalog(call) for call in bad].count(False) == 2, "the name given to a unit is not text"


@pytest.mark.parametrize("room", ["api", "cli", "graph", "jobs", "ledger", "ml", "risk", "stack"])
def test_no_python_file_holds_cypher(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert cypher_in(path.read_text()) == [], path


def test_cypher_in_python_is_found() -> None:
    assert cypher_in('x = f"MATCH (a:{label}) RETURN a"')
    assert cypher_in('x = "UNWIND $rows AS row"')
    assert not cypher_in('def f():\n    """MATCH (a) in words"""\n    return "If-Match"')
