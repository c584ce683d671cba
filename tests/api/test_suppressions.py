"""What an alert rests on: a suppression binds to it, and an explanation draws it as it was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import fields, movement, problem
from tests.api.test_wallets import walk
from tests.builders import label, land, pay

SUPPRESSIONS = "/api/v1/suppressions"


@pytest.fixture
async def alert(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> dict[str, Any]:
    """The alert of a payment whose payer has all its money from a thief, through m."""
    await land(graph, pay("thief", "m", 100), pay("m", "a", 100), pay("other", "z", 5))
    await label(graph, taxonomy, thief="scam")
    posted = (await client.post("/api/v1/transactions", json=movement(1, sender="a", at="2020-02-01T00:00:00Z"))).json()
    answer: dict[str, Any] = (await client.get(f"/api/v1/alerts/{posted['decision']['alert']}")).json()
    return answer


async def test_a_suppression_tells_what_it_binds_to_and_can_be_ended(
    client: httpx.AsyncClient, alert: dict[str, Any]
) -> None:
    path = f"/api/v1/alerts/{alert['id']}/suppress"
    made = await client.post(path, json={"reason": "known refund"})
    one = made.json()
    quiet = await client.post("/api/v1/transactions", json=movement(2, sender="a", at="2020-02-01T00:00:00Z"))
    [shown] = await walk(client, "/api/v1/alerts", suppressed="true")

    assert made.status_code == 201 and one["in_force"] and one["until"] is None
    assert one["routes"]["source"] == ["acct:a", "acct:b", "acct:m", "acct:thief"]
    assert len(one["attributions"]["source"]) == 1 and one["attributions"]["destination"] == []
    assert (shown["id"], shown["suppressed_by"]) == (quiet.json()["decision"]["alert"], one["id"])
    assert (
        await walk(client, SUPPRESSIONS, in_force="true")
        == [one]
        == [(await client.get(f"{SUPPRESSIONS}/{one['id']}")).json()]
    )
    assert [(await client.delete(f"{SUPPRESSIONS}/{one['id']}")).status_code for _ in range(2)] == [204, 204]
    [ended] = await walk(client, SUPPRESSIONS, in_force="false")
    assert not ended["in_force"] and ended["ended_by"].startswith("key_")
    problem(await client.delete(f"{SUPPRESSIONS}/none"), 404, "not-found")
    actions = [event["action"] for event in await walk(client, "/api/v1/audit", subject=one["id"])]
    assert actions == ["suppression.created", "suppression.ended"]
    for body, named in (
        ({}, "reason"),
        ({"reason": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"reason": "x", "until": (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None).isoformat()}, "until"),
    ):
        assert fields(problem(await client.post(path, json=body), 422, "invalid-input")) == [named]


async def test_the_same_suppressed_again_is_the_first(client: httpx.AsyncClient, alert: dict[str, Any]) -> None:
    """Asked at once, too; another end of its time, or after the first was ended, makes another one."""
    path, until = f"/api/v1/alerts/{alert['id']}/suppress", (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await asyncio.gather(*(client.post(path, json={"reason": f"refund {n}"}) for n in range(4)))
    other = await client.post(path, json={"reason": "refund", "until": until})
    same = await client.post(path, json={"reason": "refund", "until": until})
    first = made[0].json()["id"]

    assert sorted(one.status_code for one in made) == [200, 200, 200, 201] and len({o.text for o in made}) == 1
    assert (other.status_code, same.status_code) == (201, 200) and other.json() == same.json()
    assert {one["id"] for one in await walk(client, SUPPRESSIONS)} == {first, other.json()["id"]}
    assert len(await walk(client, "/api/v1/audit", action="suppression.created")) == 2
    await client.delete(f"{SUPPRESSIONS}/{first}")
    anew = await client.post(path, json={"reason": "refund 1"})
    assert anew.status_code == 201 and anew.json()["id"] != first


async def test_a_reopened_alert_is_suppressed_no_more(client: httpx.AsyncClient, alert: dict[str, Any]) -> None:
    await client.post(f"/api/v1/alerts/{alert['id']}/suppress", json={"reason": "known"})
    quiet = (await client.post("/api/v1/transactions", json=movement(2, sender="a", at="2020-02-01T00:00:00Z"))).json()
    path = f"/api/v1/alerts/{quiet['decision']['alert']}"

    assert await walk(client, "/api/v1/labels") == []
    await client.patch(path, json={"verdict": "confirmed"}, headers={"if-match": "*"})
    [said] = await walk(client, "/api/v1/labels")
    opened = (await client.patch(path, json={"status": "open"}, headers={"if-match": "*"})).json()

    assert (said["label"], said["alert"]) == ("confirmed", opened["id"])  # somebody has looked after all
    assert (opened["status"], opened["suppressed_by"], opened["verdict"]) == ("open", None, None)
    history = await walk(client, f"{path}/history")
    assert [one["suppression"] is not None for one in history] == [True, False, False]


async def test_another_version_of_a_rule_that_fired_lets_an_alert_through(client: httpx.AsyncClient) -> None:
    """A rule that did not fire may change as it likes: the suppression stays in force."""
    for name, colour in (("red_goods", "red"), ("blue_goods", "blue")):
        rule = {
            "id": name,
            "title": name,
            "why": "A test.",
            "reason": f"RULE_{colour.upper()}",
            "score": 1.0,
            "floor": 0.8,
            "when": {"field": "context.colour", "op": "eq", "value": colour},
        }
        assert (await client.post("/api/v1/rules", json=rule)).status_code == 201
        assert (await client.post(f"/api/v1/rules/{name}/activate")).status_code < 300

    async def pay_red(number: int) -> str:
        body = movement(number, context={"colour": "red"}, at="2020-02-01T12:00:00Z")
        alert = (await client.post("/api/v1/transactions", json=body)).json()["decision"]["alert"]
        return str((await client.get(f"/api/v1/alerts/{alert}")).json()["status"])

    async def new_version(name: str) -> None:
        await client.patch(f"/api/v1/rules/{name}", json={"why": "Another test."}, headers={"if-match": "*"})
        assert (await client.post(f"/api/v1/rules/{name}/activate", json={"version": 2})).status_code < 300

    assert await pay_red(1) == "open"
    [first] = await walk(client, "/api/v1/alerts")
    made = (await client.post(f"/api/v1/alerts/{first['id']}/suppress", json={"reason": "red is fine"})).json()
    assert "red_goods" in made["rule_versions"] and "blue_goods" not in made["rule_versions"]
    assert await pay_red(2) == "dismissed"
    await new_version("blue_goods")
    assert await pay_red(3) == "dismissed"
    await new_version("red_goods")
    assert await pay_red(4) == "open"


async def test_an_explanation_draws_the_way_as_it_was(
    client: httpx.AsyncClient, alert: dict[str, Any], graph: Graph, taxonomy: Taxonomy
) -> None:
    """Money and labels that came later are not in it; what decided is."""
    await land(graph, pay("late", "a", 1_000, day=1), pay("thief", "a", 7, day=100))
    await label(graph, taxonomy, late="scam")

    found = (await client.get(f"/api/v1/alerts/{alert['id']}/explanation")).json()

    nodes = {node["key"]: (node["hops"], node["category"]) for node in found["nodes"]}
    assert nodes == {
        "acct:a": (0, None),
        "acct:b": (0, None),
        "acct:m": (1, None),
        "acct:thief": (2, "scam"),
    }
    assert {(flow["source"], flow["target"], flow["value"]) for flow in found["flows"]} == {
        ("acct:thief", "acct:m", "100"),
        ("acct:m", "acct:a", "100"),
        ("acct:a", "acct:b", "1.5"),
    }
    [way] = found["paths"]
    assert (way["party"], way["direction"], way["path"]["end"]["key"]) == ("acct:a", "source", "acct:thief")
    assert found["alert"] == alert and found["decision"]["alert"] == alert["id"] and found["causes"] == []
    assert (found["payment"]["key"], found["truncated"]) == (alert["transaction"], False)
    cut = (await client.get(f"/api/v1/alerts/{alert['id']}/explanation?limit=3")).json()
    assert (len(cut["nodes"]), cut["truncated"]) == (3, True)
    problem(await client.get("/api/v1/alerts/none/explanation"), 404, "not-found")
