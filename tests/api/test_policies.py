"""Policies over HTTP: versions under a name, one in force, and every process decides by it from the next request on."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from jobs.services import open_services
from settings import Settings
from tests.api.conftest import fields, movement, problem

SHIPPED = ["classic-1", "default-1", "default-2", "default-3"]


def body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "strict",
        "weights": {"exposure": 0.5, "rules": 0.5},
        "thresholds": {"low": 0.05, "high": 0.1, "critical": 0.9},
        "alone": {"rules": 1},
    } | changes


async def decided(client: httpx.AsyncClient, number: int, **changes: Any) -> dict[str, Any]:
    response = await client.post("/api/v1/transactions", json=movement(number, **changes))
    decision: dict[str, Any] = response.json()["decision"]
    return decision


async def in_force(client: httpx.AsyncClient) -> list[str]:
    items = (await client.get("/api/v1/policies")).json()["items"]
    return [policy["id"] for policy in items if policy["in_force"]]


async def test_a_new_ledger_has_the_shipped_policies(client: httpx.AsyncClient) -> None:
    items = (await client.get("/api/v1/policies")).json()["items"]

    assert sorted(policy["id"] for policy in items) == SHIPPED
    assert await in_force(client) == ["default-2"]
    default = (await client.get("/api/v1/policies/default-2")).json()["policy"]
    assert default["velocity"] == {"window_s": 300, "max_count": 10, "max_value": "50000"}
    assert default["dusting_value"] == "0.01"
    first = (await client.get("/api/v1/policies/default-1")).json()["policy"]
    assert (first["weights"], first["alone"]) == ({"exposure": 1.0}, {})
    [event] = (await client.get("/api/v1/audit", params={"action": "book.shipped"})).json()["items"]
    brought = ["default-1", "classic-1", "default-2", "default-3"]
    assert (event["actor"], event["body"]["policies"]) == ("headwater", brought)
    modelled = (await client.get("/api/v1/policies/default-3")).json()["policy"]
    assert (default["wallet_weights"], modelled["wallet_weights"]["gnn"]) == ({}, 0.45)
    assert modelled == default | {"wallet_weights": modelled["wallet_weights"]}


async def test_a_policy_decides_from_the_next_request_on(client: httpx.AsyncClient) -> None:
    # Activation is a write like any other: repeatable, audited, and told by each decision after it.
    # What was decided before it stays as it was.
    before = await decided(client, 1, amount="50000.5")

    made = await client.post("/api/v1/policies", json=body())
    assert (made.status_code, made.json()["id"], made.json()["in_force"]) == (201, "strict-1", False)
    assert (await decided(client, 2, amount="50000.5"))["policy"] == "default-2"
    for _ in range(2):
        active = await client.post("/api/v1/policies/strict-1/activate")
        assert (active.status_code, active.json()["in_force"]) == (200, True)

    after = await decided(client, 3, amount="50000.5")
    assert (before["policy"], after["policy"]) == ("default-2", "strict-1")
    assert (before["severity"], after["severity"]) == ("none", "high")
    assert (await client.get("/api/v1/transactions/acct:p1/decision")).json() == before
    assert await in_force(client) == ["strict-1"]
    events = (await client.get("/api/v1/audit", params={"subject": "strict-1"})).json()["items"]
    assert [(event["action"], event["body"].get("previous")) for event in events] == [
        ("policy.created", None),
        ("policy.activated", "default-2"),
    ]


async def test_another_process_decides_by_it_too(client: httpx.AsyncClient, settings: Settings) -> None:
    async with open_services(settings) as other:
        assert (await other.current_book()).policy.id == "default-2"

        await client.post("/api/v1/policies/classic-1/activate")

        assert other.policy.id == "default-2"
        assert (await other.current_book()).policy.id == other.policy.id == "classic-1"


async def test_what_the_latest_version_says_already_makes_no_new_one(client: httpx.AsyncClient) -> None:
    statuses = [(await client.post("/api/v1/policies", json=one)).status_code for one in (body(), body(), body(hops=2))]
    back = await client.post("/api/v1/policies", json=body())

    assert statuses == [201, 200, 201]
    assert (back.status_code, back.json()["id"]) == (201, "strict-3")


async def test_a_policy_as_it_is_read_can_be_sent(client: httpx.AsyncClient) -> None:
    for policy in SHIPPED:
        read = (await client.get(f"/api/v1/policies/{policy}")).json()["policy"]
        sent = await client.post("/api/v1/policies", json=read | {"name": "copied"})
        assert sent.json()["policy"] == read | {"name": "copied"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"weights": {"exposure": 0.0}}, "weights"),
        ({"weights": {}}, "weights"),
        ({"weights": {"gnn": 1.0}}, "weights"),
        ({"weights": {"exposures": 1}}, "weights"),
        ({"weights": {"exposure": -0.1}}, "weights"),
        ({"alone": {"astrology": 1}}, "alone"),
        ({"replaced_by": "astrology"}, "replaced_by"),
        ({"wallet_weights": {"velocity": 0.1}}, "wallet_weights"),
        ({"wallet_weights": {"gnn": 1.1}}, "wallet_weights"),
        ({"illicit_share": 0}, "illicit_share"),
        ({"illicit_share": 1}, "illicit_share"),
        ({"thresholds": {"low": 0.4, "high": 0.4, "critical": 0.9}}, "thresholds"),
        ({"thresholds": {"low": 0.4, "high": 0.7}}, "thresholds"),
        ({"thresholds": {"low": 0.0, "high": 0.7, "critical": 0.9}}, "thresholds"),
        ({"floors": [{"name": "x", "categories": ["exchange"], "direct": True, "score": 0.9}]}, "floors[0].categories"),
        ({"floors": [{"name": "x", "categories": [], "direct": True, "score": 9}]}, "floors[0].score"),
        ({"reporting_threshold": "ten"}, "reporting_threshold"),
        ({"dusting_value": "5000000000000"}, "dusting_value"),
        ({"velocity": {"max_value": "-1"}}, "velocity.max_value"),
        ({"thresholds": {"lowest": 0.1}}, "thresholds"),
        ({"hops": 7}, "hops"),
        ({"hop_weights": [1, 2, 0.5]}, "hop_weights"),
        ({"name": "strict-1"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_a_policy_cannot_be_is_named(client: httpx.AsyncClient, changes: Any, place: str) -> None:
    refused = await client.post("/api/v1/policies", json=body(**changes))

    assert fields(problem(refused, 422, "invalid-input"))[0].startswith(place)
    assert [one for one in (await client.get("/api/v1/policies")).json()["items"] if one["id"] not in SHIPPED] == []


async def test_an_unknown_policy_is_not_found(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/policies/nobody-1"), 404, "not-found")
    problem(await client.post("/api/v1/policies/nobody-1/activate"), 404, "not-found")
