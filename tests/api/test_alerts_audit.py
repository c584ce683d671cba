"""Alerts of risky payments, the audit log of it all, and history without decisions."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.importing import import_transactions
from jobs.services import Services
from tests.api.conftest import movement, problem
from tests.api.test_wallets import walk
from tests.builders import label

ALERT = {
    "id",
    "decision",
    "transaction",
    "class",
    "severity",
    "status",
    "assignee",
    "risk_score",
    "priority",
    "risk_category",
    "reason_codes",
    "explanation",
    "wallets",
    "group_id",
    "created_at",
    "basis_withdrawn_at",
    "proposal",
    "proposal_reason",
    "proposed_at",
    "version",
    "verdict",
    "suppressed_by",
    "value",
}


@pytest.fixture
async def alerted(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> list[str]:
    """Payments from a sanctioned wallet and from a scam, and a clean one; the transactions that alert."""
    await label(graph, taxonomy, listed="sanctions", fake="scam")
    risky = []
    for number, sender in enumerate(["listed", "fake", "clean", "listed"]):
        body = (await client.post("/api/v1/transactions", json=movement(number, sender=sender))).json()
        assert (body["decision"]["alert"] is not None) == (sender != "clean")
        risky += [body["transaction"]] * (sender != "clean")
    return risky


async def test_alerts_page_by_priority_and_filter(client: httpx.AsyncClient, alerted: list[str]) -> None:
    items = await walk(client, "/api/v1/alerts", limit=1)

    assert sorted(str(item["transaction"]) for item in items) == sorted(alerted)
    priorities = [item["priority"] for item in items]
    assert priorities == sorted(priorities, reverse=True)  # type: ignore[type-var]
    critical = await walk(client, "/api/v1/alerts", severity="critical", status="open")
    assert {str(item["severity"]) for item in critical} == {"critical"}
    assert await walk(client, "/api/v1/alerts", status="resolved") == []


async def test_an_alert_has_the_documented_shape(client: httpx.AsyncClient, alerted: list[str]) -> None:
    decision = (await client.get(f"/api/v1/transactions/{alerted[0]}/decision")).json()
    alert = (await client.get(f"/api/v1/alerts/{decision['alert']}")).json()

    assert set(alert) == ALERT
    assert (alert["decision"], alert["class"], alert["status"]) == (decision["id"], "live", "open")
    assert set(alert["wallets"]) == {"acct:listed", "acct:b"}
    problem(await client.get("/api/v1/alerts/none"), 404, "not-found")


async def test_the_audit_log_pages_without_gaps(client: httpx.AsyncClient, alerted: list[str]) -> None:
    events = await walk(client, "/api/v1/audit", limit=2)

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert set(events[0]) == {"seq", "at", "actor", "action", "subject", "body", "previous_hash", "hash"}
    assert [b["previous_hash"] for b in events[1:]] == [a["hash"] for a in events[:-1]]
    later = (await client.get("/api/v1/audit?after=2")).json()["items"]
    assert later == events[2:]
    about = await walk(client, "/api/v1/audit", subject=alerted[1], action=str(events[0]["action"]))
    assert {event["subject"] for event in about} <= {alerted[1]}
    assert await walk(client, "/api/v1/audit", action="never.happened") == []


async def test_history_without_screening_has_no_decision(
    client: httpx.AsyncClient, services: Services, tmp_path: Path
) -> None:
    history = tmp_path / "history.csv"
    history.write_text("id,at,sender,receiver,amount\nold,2018-01-01T00:00:00Z,a,b,5\n")
    await import_transactions(
        services,
        history,
        network="acct",
        asset="USD",
        mapping={},
        screening=False,
        actor="test",
        tell=lambda _: None,
    )

    body = problem(await client.get("/api/v1/transactions/acct:old/decision"), 404, "not-screened")
    assert "without screening" in body["detail"]
    given = movement(id="old", at="2018-01-01T00:00:00Z", amount="5")
    known = await client.post("/api/v1/transactions", json=given)
    assert (known.status_code, known.json()["decision"]) == (200, None)


async def test_the_latest_come_first_by_whom_and_from_when_is_asked(
    client: httpx.AsyncClient, alerted: list[str]
) -> None:
    events = await walk(client, "/api/v1/audit")

    latest = await walk(client, "/api/v1/audit", order="latest", limit=2)
    assert [one["seq"] for one in latest] == [one["seq"] for one in reversed(events)]
    last = events[-1]
    by_them = await walk(client, "/api/v1/audit", actor=str(last["actor"]))
    assert by_them == [one for one in events if one["actor"] == last["actor"]]
    since = await walk(client, "/api/v1/audit", **{"from": str(last["at"])})
    before = await walk(client, "/api/v1/audit", to=str(last["at"]))
    assert before + since == events and {one["at"] for one in since} == {last["at"]}
    named = {one["action"] for one in (await client.get("/api/v1/audit/actions")).json()["items"]}
    assert named == {one["action"] for one in events}


async def test_a_time_without_a_zone_and_a_cursor_of_the_other_order_are_refused(
    client: httpx.AsyncClient, alerted: list[str]
) -> None:
    problem(await client.get("/api/v1/audit", params={"from": "2026-11-20T00:00:00"}), 422, "invalid-input")
    cursor = (await client.get("/api/v1/audit", params={"limit": 1})).json()["next"]
    problem(await client.get("/api/v1/audit", params={"cursor": cursor, "order": "latest"}), 422, "invalid-input")
