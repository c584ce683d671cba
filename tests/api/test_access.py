"""Who may do what: every operation of the documents x every kind of caller, from the one table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import WebSocket, get, websocket
from litestar.exceptions import ImproperlyConfiguredException
from msgspec.structs import replace

from api import app, callers
from api.access import ACCESS, PUBLIC
from api.app import create_app
from api.decision_examples import TRANSACTION_KEY, WALLET_KEY
from api.examples import BODIES, PARAMETERS
from graph.model import Role
from graph.session import Graph
from ledger.keys import create_key, revoke_key
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import ROLES, bearer, calling, problem

Operation = tuple[str, str, str]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation as (id, method, path with values for its parameters)."""
    for path, item in document["paths"].items():
        key = TRANSACTION_KEY if "/transactions/{" in path else WALLET_KEY
        filled = path.format(**{"key": key, **PARAMETERS})
        for method, operation in item.items():
            yield operation["operationId"], method.upper(), filled


async def call(client: httpx.AsyncClient, operation: Operation, **headers: str) -> httpx.Response:
    name, method, path = operation
    query = {"q": "a"} if name == "search_wallets" else {}
    body = {"content": b"{}"} if name in BODIES else {}
    return await client.request(method, path, params=query, headers=headers, **body)


async def test_every_cell_of_the_matrix_is_as_declared(settings: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    async with calling(create_app(settings)) as client:
        found = list(operations((await client.get("/openapi.json")).json()))
        pages = {"get_docs", "get_docs_style", "get_docs_icon", "get_openapi", "get_page", "get_asset"}
        assert {name for name, _, _ in found} == set(ACCESS) - pages
        for operation in found:
            allowed = ACCESS[operation[0]]
            anonymous = await call(client, operation)
            if allowed == PUBLIC:
                assert anonymous.status_code in {200, 422}, operation
                continue
            problem(anonymous, 401, "unauthenticated")
            assert anonymous.headers["www-authenticate"].startswith("Bearer")
            for role in ROLES:
                response = await call(client, operation, **bearer(keys[role]))
                if role in allowed:
                    assert response.status_code in {200, 202, 204, 404, 422, 426, 428}, (operation, role, response.text)
                else:
                    problem(response, 403, "forbidden")


async def test_auditors_write_nothing_but_that_they_asked(client: httpx.AsyncClient) -> None:
    found = operations((await client.get("/openapi.json")).json())
    writes = {name for name, method, _ in found if method != "GET" and "auditor" in ACCESS[name]}

    asking = {"ask_cypher", "draw_wallets", "replay_decision", "replay_scoring_run", "suppose_of_wallet"}
    asking.add("verify_audit_log")
    assert writes == asking | {"end_session", "change_password"}


async def test_admins_may_do_everything_and_auditors_change_nothing() -> None:
    for name, allowed in ACCESS.items():
        assert allowed == PUBLIC or "admin" in allowed
        assert not (name.startswith("create_") and "auditor" in allowed)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer hw_wrong"},
        {"authorization": "Bearer " + "x" * 500},
        {"authorization": "Basic aHc6aHc="},
        {"authorization": "Bearer"},
        {"x-api-key": "hw_wrong"},
        {"x-api-key": "hw_\xe9\xe9".encode("latin-1").decode("latin-1")},
    ],
    ids=str,
)
async def test_a_wrong_key_is_unauthenticated(
    settings: Settings, graph: Graph, ledger: Ledger, headers: dict[str, str]
) -> None:
    async with calling(create_app(settings)) as client:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        problem(await client.get("/api/v1/transactions", headers=raw), 401, "unauthenticated")


async def test_both_headers_carry_a_key(settings: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    async with calling(create_app(settings)) as client:
        for headers in (bearer(keys["auditor"]), {"x-api-key": keys["auditor"]}):
            assert (await client.get("/api/v1/transactions", headers=headers)).status_code == 200


async def test_a_revoked_key_is_refused_within_seconds(
    settings: Settings, graph: Graph, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "CACHE_S", 0.2)
    async with ledger.transaction() as connection:
        key, plaintext = await create_key(connection, "short-lived", "auditor")
    async with calling(create_app(settings), **bearer(plaintext)) as client:
        assert (await client.get("/api/v1/transactions")).status_code == 200
        async with ledger.transaction() as connection:
            await revoke_key(connection, key)
        await asyncio.sleep(0.3)
        problem(await client.get("/api/v1/transactions"), 401, "unauthenticated")


async def test_the_cache_of_keys_is_short() -> None:
    assert callers.CACHE_S <= 5


def test_a_route_without_an_entry_does_not_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/surprise", operation_id="surprise")
    async def surprise() -> None: ...

    @get("/nameless")
    async def nameless() -> None: ...

    @websocket("/stream", opt={"operation_id": "unlisted_stream"})
    async def unlisted_stream(socket: WebSocket[Any, Any, Any]) -> None: ...

    for route in (surprise, nameless, unlisted_stream):
        with monkeypatch.context() as patch:
            patch.setattr(app, "ROUTES", (*app.ROUTES, route))
            with pytest.raises(ImproperlyConfiguredException, match=str(route.fn.__name__)):
                create_app(settings)


async def test_without_keys_only_this_machine_is_answered(settings: Settings, graph: Graph, ledger: Ledger) -> None:
    off = replace(settings, api=replace(settings.api, auth="off"))
    async with calling(create_app(off)) as client:
        here = {"host": "127.0.0.1:8000"}
        assert (await client.get("/api/v1/jobs", headers=here)).status_code == 200
        assert (await client.get("/api/v1/jobs", headers={"host": "localhost"})).status_code == 200
        problem(await client.get("/api/v1/jobs", headers={"host": "evil.example"}), 403, "forbidden")
        elsewhere = here | {"origin": "https://evil.example"}
        problem(await client.post("/api/v1/scoring-runs", headers=elsewhere), 403, "forbidden")
        own = here | {"origin": "http://127.0.0.1:8000"}
        assert (await client.post("/api/v1/scoring-runs", headers=own)).status_code == 202
        events = (await client.get("/api/v1/audit", headers=here)).json()["items"]
        # The first to ask for a decision or a run finds the book recorded by headwater itself.
        assert [event["actor"] for event in events if event["actor"] != "headwater"] == ["local"]
