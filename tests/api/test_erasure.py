"""DELETE of the personal text of a transaction."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg

from graph.model import Role
from tests.api.conftest import bearer, fields, movement, problem
from tests.servers import Servers

TEXT = "/api/v1/transactions/acct:p1/text"
BECAUSE = {"reason": "asked for"}


async def post(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.post("/api/v1/transactions", json=movement(**changes))


async def test_erased_text_is_gone_and_its_erasing_is_an_event(client: httpx.AsyncClient, servers: Servers) -> None:
    first = (await post(client, purpose="for Ada")).json()

    for _ in range(2):
        response = await client.delete(TEXT, params=BECAUSE)
        assert (response.status_code, response.content) == (204, b"")

    with psycopg.connect(servers.postgres_admin_url) as connection:
        assert connection.execute("SELECT count(*) FROM personal_texts").fetchone() == (0,)
    events = (await client.get("/api/v1/audit", params={"limit": 1000})).json()["items"]
    assert [event["body"]["reason"] for event in events if event["action"] == "transaction.text_erased"] == [
        "asked for"
    ]
    again = await post(client, purpose="for Bob")
    assert (again.status_code, again.json()["decision"]) == (200, first["decision"])


async def test_a_reason_is_needed_and_the_transaction_must_be_there(client: httpx.AsyncClient) -> None:
    assert fields(problem(await client.delete(TEXT), 422, "invalid-input")) == ["reason"]
    empty = await client.delete(TEXT, params={"reason": ""})
    assert fields(problem(empty, 422, "invalid-input")) == ["reason"]
    problem(await client.delete(TEXT, params=BECAUSE), 404, "not-found")


async def test_only_an_admin_erases(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    await post(client, purpose="for Ada")

    for role in sorted(keys.keys() - {"admin"}):
        problem(await client.delete(TEXT, params=BECAUSE, headers=bearer(keys[role])), 403, "forbidden")
