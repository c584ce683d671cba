"""POST and GET of single transactions: shapes, repeats, conflicts, every misfit named."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.conftest import fields, movement, problem

DECISION = {
    "id",
    "transaction",
    "risk_score",
    "severity",
    "risk_category",
    "reason_codes",
    "explanation",
    "signals",
    "evidence",
    "policy",
    "rule_versions",
    "model_versions",
    "prompt_version",
    "input_hash",
    "watermark",
    "latency_ms",
    "trace_id",
    "decided_at",
    "alert",
}


async def test_a_new_transaction_is_created_with_its_decision(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/transactions", json=movement())

    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"transaction", "seq", "decision"}
    assert (body["transaction"], body["seq"]) == ("acct:p1", 1)
    assert set(body["decision"]) == DECISION
    assert body["decision"]["transaction"] == "acct:p1"
    assert body["decision"]["decided_at"].endswith("Z")


async def test_a_repeated_post_is_known_and_has_the_same_decision(client: httpx.AsyncClient) -> None:
    first = await client.post("/api/v1/transactions", json=movement())
    again = await client.post("/api/v1/transactions", json=movement(amount="1.50"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


async def test_concurrent_posts_of_one_transaction_create_it_once(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/api/v1/transactions", json=movement()) for _ in range(8)))

    assert sorted(a.status_code for a in answers) == [200] * 7 + [201]
    assert len({a.json()["decision"]["id"] for a in answers}) == 1


async def test_other_content_under_a_known_key_is_a_conflict(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/transactions", json=movement())
    problem(await client.post("/api/v1/transactions", json=movement(amount="2")), 409, "transaction-conflict")

    assert (await client.get("/api/v1/transactions/acct:p1")).json()["amount"] == "1.5"


async def test_a_transaction_reads_back_in_wire_units(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/transactions", json=movement())
    body = (await client.get("/api/v1/transactions/acct%3Ap1")).json()

    recorded_at = body.pop("recorded_at")
    assert recorded_at.endswith("Z")
    at = "2019-03-01T12:00:00Z"
    span = {"seq": 1, "at": at, "recorded_at": recorded_at, "withdrawn_at": None, "reason": None}
    assert body == {
        "key": "acct:p1",
        "network": "acct",
        "id": "p1",
        "at": at,
        "asset": "USD",
        "amount": "1.5",
        "value": "1.5",
        "seq": 1,
        "withdrawn_at": None,
        "reason": None,
        "inputs": [{"wallet": "acct:a", "amount": "1.5", "value": "1.5"}],
        "outputs": [{"wallet": "acct:b", "amount": "1.5", "value": "1.5"}],
        "spans": [span],
    }


async def test_the_decision_reads_back_under_both_names(client: httpx.AsyncClient) -> None:
    posted = (await client.post("/api/v1/transactions", json=movement(id="tx:1/2"))).json()

    for name in ("decision", "score"):
        found = await client.get(f"/api/v1/transactions/acct:tx:1%2F2/{name}")
        assert found.json() == posted["decision"]


async def test_unknown_transactions_are_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/transactions/acct:none", "/api/v1/transactions/acct:none/decision"):
        problem(await client.get(path), 404, "not-found")


@pytest.mark.parametrize("key", ["nocolon", "acct:", "ACCT:p1", "acct:%00"])
async def test_a_malformed_transaction_key_names_key(client: httpx.AsyncClient, key: str) -> None:
    assert fields(problem(await client.get(f"/api/v1/transactions/{key}"), 422, "invalid-input")) == ["key"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "-1"}, "amount"),
        ({"amount": "ten"}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": None}, "amount"),
        ({"at": "2019-03-01T12:00:00"}, "at"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"at": 1551441600}, "at"),
        ({"surprise": 1}, "surprise"),
        ({"id": "x" * 201}, "id"),
        ({"id": "a\x00b"}, "id"),
        ({"network": "No!"}, "network"),
        ({"asset": "EUR"}, "value"),
        (
            {"network": "eth", "value": "1", "sender": "0x" + "aB" * 20, "receiver": "0x" + "ab" * 20},
            "sender",
        ),
        ({"sender": None, "receiver": None, "amount": None, "outputs": []}, "outputs"),
    ],
    ids=str,
)
async def test_what_cannot_be_accepted_is_named(client: httpx.AsyncClient, change: dict[str, Any], field: str) -> None:
    response = await client.post("/api/v1/transactions", json=movement(**change))

    assert field in fields(problem(response, 422, "invalid-input"))
    assert (await client.get("/api/v1/transactions")).json() == {"items": [], "next": None}


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b'{"a": \xff}'], ids=repr)
async def test_a_body_that_is_not_json_is_a_bad_request(client: httpx.AsyncClient, body: bytes) -> None:
    problem(await client.post("/api/v1/transactions", content=body), 400, "malformed-json")


async def test_a_json_body_of_another_shape_is_named(client: httpx.AsyncClient) -> None:
    problem(await client.post("/api/v1/transactions", json=[1]), 422, "invalid-input")


async def test_pages_are_complete_and_do_not_shift(client: httpx.AsyncClient) -> None:
    for number in range(7):
        await client.post("/api/v1/transactions", json=movement(number))
    seen, cursor = [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/transactions", params=query)).json()
        seen += [item["key"] for item in page["items"]]
        await client.post("/api/v1/transactions", json=movement(100 + len(seen)))
        if (cursor := page["next"]) is None:
            break

    assert seen == [f"acct:p{number}" for number in reversed(range(7))]
