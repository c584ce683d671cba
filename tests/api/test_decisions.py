"""Previews and replays over HTTP: what they answer, and who may ask."""

from __future__ import annotations

import httpx
import psycopg
import pytest

from tests.servers import Servers

PAYMENT = {
    "network": "acct",
    "id": "p1",
    "at": "2026-01-01T12:00:00Z",
    "asset": "USD",
    "amount": "20",
    "sender": "alice",
    "receiver": "bob",
}


async def posted(client: httpx.AsyncClient) -> dict:
    answer = await client.post("/api/v1/transactions", json=PAYMENT)
    assert answer.status_code == 201
    return answer.json()["decision"]


async def test_a_preview_answers_a_decision_and_lands_nothing(client: httpx.AsyncClient) -> None:
    found = await client.post("/api/v1/transactions/preview", json=PAYMENT)

    assert found.status_code == 200
    body = found.json()
    assert (body["transaction"], body["known"], body["decision"]["severity"]) == ("acct:p1", False, "none")
    assert (await client.get("/api/v1/transactions/acct:p1")).status_code == 404
    decision = await posted(client)
    assert (body["decision"]["id"], body["decision"]["input_hash"]) == (decision["id"], decision["input_hash"])


async def test_a_preview_of_other_content_is_a_conflict(client: httpx.AsyncClient) -> None:
    decision = await posted(client)

    same = await client.post("/api/v1/transactions/preview", json=PAYMENT)
    other = await client.post("/api/v1/transactions/preview", json=PAYMENT | {"amount": "21"})

    assert (same.status_code, same.json()["known"], same.json()["decision"]) == (200, True, decision)
    assert other.status_code == 409


async def test_a_preview_names_bad_fields_as_a_post_does(client: httpx.AsyncClient) -> None:
    found = await client.post("/api/v1/transactions/preview", json=PAYMENT | {"amount": "x"})

    assert found.status_code == 422
    assert [error["field"] for error in found.json()["errors"]] == ["amount"]


async def test_a_decision_is_read_by_its_id_and_replays(client: httpx.AsyncClient) -> None:
    decision = await posted(client)

    read = await client.get(f"/api/v1/decisions/{decision['id']}")
    replay = await client.post(f"/api/v1/decisions/{decision['id']}/replay")

    assert read.json() == decision
    assert replay.status_code == 200
    assert replay.json() == {
        "decision": decision,
        "recomputed": decision,
        "is_same": True,
        "differences": [],
        "erased": False,
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_decision_is_a_404(client: httpx.AsyncClient, method: str) -> None:
    path = "/api/v1/decisions/dec_nobody" + ("/replay" if method == "POST" else "")

    assert (await client.request(method, path)).status_code == 404


async def test_a_decision_without_facts_is_a_409_that_says_so(client: httpx.AsyncClient, servers: Servers) -> None:
    decision = await posted(client)
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("ALTER TABLE decision_facts DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM decision_facts")
        connection.execute("ALTER TABLE decision_facts ENABLE ALWAYS TRIGGER append_only")

    replay = await client.post(f"/api/v1/decisions/{decision['id']}/replay")

    assert (replay.status_code, replay.json()["type"]) == (409, "/docs#not-replayable")
    assert "before the facts behind a decision were kept" in replay.json()["detail"]
