"""POST /cypher: who may ask, what comes back, what is refused, and that every question is on the audit log first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from ledger.audit import list_events
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import ROLES, bearer, calling, fields, problem
from tests.builders import land, pay

COUNT = "MATCH (w:Wallet) RETURN count(w) AS n"


async def ask(client: httpx.AsyncClient, query: str, **more: Any) -> httpx.Response:
    return await client.post("/api/v1/cypher", json={"query": query} | more)


async def test_a_question_is_answered_with_columns_rows_and_watermark(client: httpx.AsyncClient, graph: Graph) -> None:
    await land(graph, pay("a", "b", 5))

    response = await ask(
        client, "MATCH (w:Wallet {key: $key}) RETURN w.key AS key, w.out_value AS out", parameters={"key": "acct:a"}
    )

    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"columns", "rows", "truncated", "watermark", "elapsed_ms"}
    assert (body["columns"], body["rows"], body["truncated"]) == (["key", "out"], [["acct:a", 5_000_000]], False)
    assert body["watermark"] == 1
    assert body["elapsed_ms"] > 0


async def test_every_role_but_the_integrator_may_ask(settings: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    async with calling(create_app(settings)) as client:
        for role in ROLES:
            response = await client.post("/api/v1/cypher", json={"query": COUNT}, headers=bearer(keys[role]))
            if role == "integrator":
                problem(response, 403, "forbidden")
            else:
                assert response.status_code == 200, role


@pytest.mark.parametrize("query", [COUNT, "MATCH (w) DETACH DELETE w", "RETRUN 1"])
async def test_a_question_is_audited_whether_it_is_answered_or_not(
    client: httpx.AsyncClient, graph: Graph, ledger: Ledger, query: str
) -> None:
    await ask(client, query, parameters={"x": [1, None, "ü"]})

    async with ledger.read() as connection:
        events = await list_events(connection, action="cypher.asked")
    assert [event.body for event in events] == [{"query": query, "parameters": {"x": [1, None, "ü"]}}]
    assert events[0].actor.startswith("key_")


async def test_what_writes_is_refused_and_changes_nothing(client: httpx.AsyncClient, graph: Graph) -> None:
    await land(graph, pay("a", "b", 5))

    body = problem(await ask(client, "MATCH (w:Wallet) DETACH DELETE w"), 422, "invalid-input")

    assert fields(body) == ["query"]
    assert "only reading is possible" in body["detail"]
    assert (await ask(client, COUNT)).json()["rows"] == [[2]]


async def test_the_words_and_the_position_of_the_database_are_told(client: httpx.AsyncClient) -> None:
    body = problem(await ask(client, "MATCH (w:Wallet)\nRETRUN w"), 422, "invalid-input")

    assert "RETRUN" in body["detail"]
    assert "line 2, column 1" in body["detail"]


async def test_rows_are_cut_at_the_limit(client: httpx.AsyncClient) -> None:
    body = (await ask(client, "UNWIND range(1, 9) AS x RETURN x", limit=2)).json()

    assert (body["rows"], body["truncated"]) == ([[1], [2]], True)


async def test_what_takes_too_long_is_stopped_and_names_the_field(client: httpx.AsyncClient) -> None:
    slow = "UNWIND range(1, 1000000000) AS x WITH x WHERE x % 7 = 9 RETURN x"

    body = problem(await ask(client, slow, timeout_ms=100), 422, "invalid-input")

    assert fields(body) == ["timeout_ms"]


@pytest.mark.parametrize("depth", [500, 800, 2_000])
async def test_an_answer_that_is_nested_too_deeply_is_refused(client: httpx.AsyncClient, depth: int) -> None:
    deep = f"RETURN reduce(inner = [], i IN range(1, {depth}) | [inner]) AS deep"

    body = problem(await ask(client, deep, timeout_ms=5_000), 422, "invalid-input")

    assert fields(body) == ["query"]
    assert "nested too deeply" in body["detail"]
    assert (await ask(client, "RETURN [[[1]]] AS x")).json()["rows"] == [[[[[1]]]]]


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": 7}, "query"),
        ({"query": "RETURN 1", "limit": 0}, "limit"),
        ({"query": "RETURN 1", "limit": 10_001}, "limit"),
        ({"query": "RETURN 1", "timeout_ms": 60_000}, "timeout_ms"),
        ({"query": "RETURN 1", "parameters": []}, "parameters"),
        ({"query": "RETURN 1", "parameters": {"x": nested(30)}}, "parameters"),
        ({"query": "RETURN $x", "parameters": {"x": 2**63}}, "query"),
        ({"query": "RETURN $x"}, "query"),
        ({"query": "RETURN 1", "other": 1}, "other"),
        ({"query": "RETURN '\0'"}, "body"),
    ],
)
async def test_a_body_that_cannot_be_names_its_field(
    client: httpx.AsyncClient, sent: dict[str, Any], field: str
) -> None:
    body = problem(await client.post("/api/v1/cypher", json=sent), 422, "invalid-input")

    assert fields(body) == [field]
