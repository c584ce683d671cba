"""Every class of error is a problem document, tells no internals, and carries the request's id."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
import structlog
from litestar import get
from msgspec.structs import replace

from api import app
from api.access import ACCESS, PUBLIC
from api.app import create_app
from api.envelope import HEADERS
from api.problems import TABLE
from graph.model import Role
from graph.session import Graph
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import bearer, calling, fields, movement, problem


async def test_an_unknown_path_is_a_problem(client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/api/v1/nothing", "/docs/nothing", "/api/v2/health"):
        problem(await client.get(path), 404, "unknown-path")


async def test_another_method_is_a_problem_with_allow(client: httpx.AsyncClient) -> None:
    response = await client.delete("/api/v1/transactions")

    problem(response, 405, "method-not-allowed")
    assert "POST" in response.headers["allow"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_oversize_body_lands_nothing(
    settings: Settings, graph: Graph, keys: dict[Role, str], chunked: bool
) -> None:
    small = replace(settings, api=replace(settings.api, max_body_bytes=100))

    async def parts() -> Any:
        for _ in range(3):
            yield b" " * 60

    body = parts() if chunked else b" " * 180
    async with calling(create_app(small), **bearer(keys["admin"])) as client:
        problem(await client.post("/api/v1/transactions", content=body), 413, "too-large")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/transactions?limit=0", "limit"),
        ("/api/v1/transactions?limit=1001", "limit"),
        ("/api/v1/transactions?limit=ten", "limit"),
        ("/api/v1/transactions?surprise=1", "surprise"),
        ("/api/v1/transactions?cursor=%00", "cursor"),
        ("/api/v1/wallets/acct:a/exposure?hops=7", "hops"),
        ("/api/v1/wallets/acct:a/exposure?direction=up", "direction"),
        ("/api/v1/wallets/acct:a/exposure?as_of=2020-01-01T00:00:00", "as_of"),
        ("/api/v1/wallets/acct:a/exposure?method=lifo", "method"),
        ("/api/v1/wallets/eth:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9b", "key"),
        ("/api/v1/wallets/nonsense", "key"),
        ("/api/v1/score/btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "key"),
        ("/scores/nonsense", "key"),
        ("/api/v1/search", "q"),
        ("/api/v1/search?q=", "q"),
        ("/api/v1/scores/top?n=0", "n"),
        ("/api/v1/jobs?state=lazy", "state"),
        ("/api/v1/jobs/%00", "job"),
        ("/api/v1/alerts?severity=huge", "severity"),
        ("/api/v1/alerts?status=lost", "status"),
        ("/api/v1/audit?after=-1", "after"),
        ("/api/v1/audit?after=99999999999999999999", "after"),
        ("/api/v1/health?deep=1", "deep"),
    ],
)
async def test_a_parameter_that_cannot_be_is_named(client: httpx.AsyncClient, path: str, field: str) -> None:
    assert fields(problem(await client.get(path), 422, "invalid-input")) == [field]


@pytest.mark.parametrize("name", ["transactions", "scores", "scoring-runs", "jobs", "alerts", "audit"])
@pytest.mark.parametrize(
    "cursor", ["x", "%20", "é", "W10", "WyJvdGhlciIsMV0", "bnVsbA", "W1tbW1tbW1tb", "WyJhdWRpdCIsLTFd"]
)
async def test_a_bad_cursor_is_named(client: httpx.AsyncClient, name: str, cursor: str) -> None:
    response = await client.get(f"/api/v1/{name}?cursor={cursor}")

    assert fields(problem(response, 422, "invalid-input")) == ["cursor"]


@pytest.mark.parametrize(
    ("body", "field"),
    [(b'{"hops": 7}', "hops"), (b'{"hops": "3"}', "hops"), (b'{"depth": 3}', "depth"), (b"[]", "body")],
)
async def test_a_misfit_of_a_scoring_run_is_named(client: httpx.AsyncClient, body: bytes, field: str) -> None:
    response = await client.post("/api/v1/scoring-runs", content=body)

    assert fields(problem(response, 422, "invalid-input")) == [field]
    assert (await client.get("/api/v1/jobs")).json()["items"] == []


async def test_neo4j_away_is_a_503_that_leaves_no_trace(
    settings: Settings, ledger: Ledger, keys: dict[Role, str]
) -> None:
    gone = replace(settings, graph=replace(settings.graph, neo4j_uri="bolt://127.0.0.1:1"))
    async with calling(create_app(gone), **bearer(keys["admin"])) as client:
        response = await client.post("/api/v1/transactions", json=movement())
        body = problem(response, 503, "unavailable")
        assert response.headers["retry-after"] == "5"
        assert "127.0.0.1" not in response.text
        assert "neo4j" in body["detail"]
        # What needs no graph goes on.
        assert (await client.get("/api/v1/alerts")).status_code == 200
        assert (await client.get("/api/v1/health")).status_code == 200
        events = (await client.get("/api/v1/audit")).json()["items"]
        # What is shipped may be recorded by whoever first asks for it; nobody else has left an event.
        assert [event for event in events if event["action"] != "book.shipped"] == []
        ready = problem(await client.get("/health/ready"), 503, "not-ready")
    assert fields(ready) == ["neo4j"]
    async with ledger.read() as connection:
        for table in ("landed", "decisions", "alerts"):
            row = await (await connection.execute(f"SELECT count(*) FROM {table}")).fetchone()
            assert row == {"count": 0}


async def test_a_graph_that_is_being_rebuilt_takes_nothing_and_says_so(client: httpx.AsyncClient, graph: Graph) -> None:
    await graph.write("begin_rebuild")
    refused = await client.post("/api/v1/transactions", json=movement())
    ready = await client.get("/health/ready")
    await graph.write("end_rebuild")

    assert "try again once it is whole" in problem(refused, 503, "being-rebuilt")["detail"]
    [error] = problem(ready, 503, "not-ready")["errors"]
    assert error["field"] == "neo4j" and "is being rebuilt" in error["message"]
    assert (await client.post("/api/v1/transactions", json=movement())).status_code == 201


async def test_postgres_away_is_a_503(settings: Settings, graph: Graph) -> None:
    nowhere = "postgresql://headwater_app@127.0.0.1:1/headwater"
    gone = replace(settings, ledger=replace(settings.ledger, postgres_url=nowhere))
    async with calling(create_app(gone), **bearer("hw_" + "x" * 43)) as client:
        response = await client.get("/api/v1/transactions")
        assert response.headers["retry-after"] == "5"
        problem(response, 503, "unavailable")
        assert fields(problem(await client.get("/health/ready"), 503, "not-ready")) == ["postgres"]


async def test_redis_away_is_not_ready_but_runs_are_taken(
    settings: Settings, graph: Graph, keys: dict[Role, str]
) -> None:
    gone = replace(settings, queue=replace(settings.queue, redis_url="redis://127.0.0.1:1/0"))
    async with calling(create_app(gone), **bearer(keys["supervisor"])) as client:
        assert fields(problem(await client.get("/health/ready"), 503, "not-ready")) == ["redis"]
        assert (await client.post("/api/v1/scoring-runs")).status_code == 202


async def test_an_unexpected_error_is_logged_and_tells_nothing(
    settings: Settings, graph: Graph, keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @get("/broken", operation_id="broken")
    async def broken() -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(app, "ROUTES", (*app.ROUTES, broken))
    for room in ("api.access", "api.callers"):
        monkeypatch.setattr(f"{room}.ACCESS", {**ACCESS, "broken": PUBLIC})
    with structlog.testing.capture_logs() as logs:
        async with calling(create_app(settings)) as client:
            body = problem(await client.get("/api/v1/broken"), 500, "internal")

    assert "secret" not in str(body)
    assert any("a secret of ours" in str(line.get("exc_info")) for line in logs)


async def test_a_client_that_hangs_up_is_no_error_of_ours(settings: Settings, keys: dict[Role, str]) -> None:
    """Half a body, and nobody there any more: whom would an alarm help?"""
    said = iter(({"type": "http.request", "body": b'{"net', "more_body": True}, {"type": "http.disconnect"}))

    async def receive() -> Any:
        return next(said)

    async def send(_: Any) -> None:
        return None

    application = create_app(settings)
    headers = {**bearer(keys["integrator"]), "content-type": "application/json"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    path = "/api/v1/transactions"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": raw, "state": {}}
    async with calling(application):
        with structlog.testing.capture_logs() as logs:
            await application(scope | {"app": application, "client": ("127.0.0.1", 1)}, receive, send)  # type: ignore[arg-type,typeddict-item]

    assert {line["log_level"] for line in logs} == {"info"}
    assert "the client hung up before it had sent its body" in [line["event"] for line in logs]


async def test_every_answer_carries_the_same_headers(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/transactions", "/nothing", "/docs", "/api/v1/wallets/acct:none"):
        headers = (await client.get(path)).headers
        assert len(headers["x-request-id"]) == 32
        for name, value in HEADERS:
            assert headers[name.decode()] == value.decode()
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_a_sane_request_id_is_kept_and_another_is_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get("/health", headers={"x-request-id": "order-17.retry_2"})
    replaced = await client.get("/health", headers={"x-request-id": "two words"})

    assert kept.headers["x-request-id"] == "order-17.retry_2"
    assert replaced.headers["x-request-id"] != "two words"


@pytest.mark.parametrize(
    ("traceparent", "taken"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", False),
        ("nonsense", False),
    ],
)
async def test_a_decision_keeps_the_callers_trace(client: httpx.AsyncClient, traceparent: str, taken: bool) -> None:
    response = await client.post("/api/v1/transactions", json=movement(), headers={"traceparent": traceparent})
    trace_id = response.json()["decision"]["trace_id"]

    assert (trace_id == "4bf92f3577b34da6a3ce929d0e0e4736") == taken
    assert len(trace_id) == 32
    assert trace_id.strip("0")


async def test_no_key_is_ever_logged(
    settings: Settings, graph: Graph, keys: dict[Role, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        async with calling(create_app(settings), **bearer(keys["admin"])) as client:
            await client.get("/api/v1/transactions")
            await client.get("/api/v1/transactions?surprise=1")
            await client.get("/api/v1/transactions", headers=bearer("hw_planted_canary"))

    written = str(logs) + caplog.text
    assert len(logs) >= 3
    assert keys["admin"] not in written
    assert "hw_planted_canary" not in written


def test_each_kind_of_problem_has_one_status_and_title() -> None:
    kinds = set(TABLE.values())

    assert len({kind.name for kind in kinds}) == len(kinds)
