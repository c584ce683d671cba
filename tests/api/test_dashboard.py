"""The dashboard tells what was really posted, with or without a worker; empty hours are hours without a mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.figures import keep_figures
from jobs.services import Services
from tests.api.conftest import fields, movement, problem
from tests.api.test_wallets import walk
from tests.builders import label
from tests.servers import Servers

SUMMARY, TREND = "/api/v1/dashboard/summary", "/api/v1/dashboard/risk-trend"


@pytest.fixture
async def decided(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Decisions on payments from a sanctioned wallet, from a scam and from clean ones."""
    await label(graph, taxonomy, listed="sanctions", fake="scam")
    found = []
    for number, sender in enumerate(["listed", "fake", "clean", "clean"]):
        body = movement(number, sender=sender, amount="10.25")
        found.append((await client.post("/api/v1/transactions", json=body)).json()["decision"])
    return found


async def get(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_an_empty_ledger_has_a_dashboard(client: httpx.AsyncClient) -> None:
    """Nothing is counted, nothing is the oldest, and no latency is told as zero."""
    summary = await get(client, SUMMARY)

    assert summary["volumes"]["last_7_days"]["transactions"] == 0
    assert set(summary["alerts"]["by_status"].values()) == {0}
    assert (summary["alerts"]["oldest_at"], summary["alerts"]["unassigned"]) == (None, 0)
    assert [summary["latency"][name] for name in ("p50_ms", "p95_ms", "p99_ms")] == [None] * 3
    assert summary["jobs"]["oldest_queued_at"] is None


async def test_the_summary_counts_what_was_posted(client: httpx.AsyncClient, decided: list[dict[str, Any]]) -> None:
    """Every number is that of the answers to the posts themselves."""
    summary = await get(client, SUMMARY)

    severities = Counter(one["severity"] for one in decided)
    for name in ("last_hour", "last_24_hours", "last_7_days"):
        volume = summary["volumes"][name]
        assert (volume["transactions"], volume["value"]) == (4, "41")
        assert {key: count for key, count in volume["decisions"].items() if count} == severities
    alerted = Counter(one["severity"] for one in decided if one["alert"])
    assert {key: count for key, count in summary["alerts"]["waiting"].items() if count} == alerted
    assert summary["alerts"]["by_status"]["open"] == summary["alerts"]["unassigned"] == alerted.total() > 0
    assert summary["alerts"]["ages"]["up_to_1_hour"] == alerted.total()
    latencies = sorted(one["latency_ms"] for one in decided)
    assert summary["latency"]["p50_ms"] == pytest.approx(latencies[1], rel=0.025)
    assert summary["latency"]["p99_ms"] == pytest.approx(latencies[3], rel=0.025)
    assert summary["watermark"] >= 4
    assert {one["policy"] for one in decided} == {summary["policy"]}


async def test_the_figures_are_the_same_once_they_are_kept(
    client: httpx.AsyncClient, services: Services, decided: list[dict[str, Any]]
) -> None:
    before = await get(client, SUMMARY), await get(client, TREND)

    assert await keep_figures(services) >= len(decided)

    after = await get(client, SUMMARY), await get(client, TREND)
    assert [after[0][name] for name in ("volumes", "latency")] == [before[0][name] for name in ("volumes", "latency")]
    assert after[1] == before[1]


async def test_the_trend_has_24_hours_and_empty_ones_have_no_mean(
    client: httpx.AsyncClient, decided: list[dict[str, Any]]
) -> None:
    items = (await get(client, TREND))["items"]

    starts = [datetime.fromisoformat(item["at"]) for item in items]
    assert len(items) == 24
    assert {b - a for a, b in pairwise(starts)} == {timedelta(hours=1)}
    assert all(item["transactions"] == 0 for item in items[:-2])
    assert {(item["mean_risk_score"], item["max_risk_score"]) for item in items[:-2]} == {(None, None)}
    scores = [one["risk_score"] for one in decided]
    assert sum(item["transactions"] * (item["mean_risk_score"] or 0) for item in items) == pytest.approx(sum(scores))
    assert max(item["max_risk_score"] or 0 for item in items) == max(scores)
    assert sum(item["alerts_opened"] for item in items) == sum(one["alert"] is not None for one in decided)
    assert sum(Decimal(item["value"]) for item in items) == 41


async def test_old_alerts_and_jobs_are_told_by_age(
    client: httpx.AsyncClient, decided: list[dict[str, Any]], postgres: Servers
) -> None:
    """An alert of three days ago is in that band, and a job that died is counted."""
    alert = next(one["alert"] for one in decided if one["alert"])
    with psycopg.connect(postgres.postgres_admin_url) as owner:
        owner.execute("UPDATE alerts SET created_at = created_at - interval '3 days' WHERE id = %s", (alert,))
        owner.execute("INSERT INTO jobs (id, name, state, arguments) VALUES ('job_x', 'x', 'dead', '{}')")

    summary = await get(client, SUMMARY)

    assert summary["alerts"]["ages"]["up_to_7_days"] == 1
    assert datetime.fromisoformat(summary["alerts"]["oldest_at"]) < datetime.now(UTC) - timedelta(days=2)
    assert summary["jobs"]["dead"] == 1


async def test_verdicts_in_force_are_counted_and_tell_how_precise_alerts_are(
    client: httpx.AsyncClient, decided: list[dict[str, Any]]
) -> None:
    """One alert is confirmed, one found false and opened again: only the first is in force."""
    before = await get(client, SUMMARY)
    assert before["verdicts"]["precision"] is None
    first, second = [one["alert"] for one in decided if one["alert"]][:2]
    for alert, verdict in ((first, "confirmed"), (second, "false_positive")):
        etag = (await client.get(f"/api/v1/alerts/{alert}")).headers["etag"]
        body = {"status": "resolved", "verdict": verdict, "reason": "seen"}
        await client.patch(f"/api/v1/alerts/{alert}", json=body, headers={"if-match": etag})
    both = (await get(client, SUMMARY))["verdicts"]
    assert (both["confirmed"], both["false_positive"], both["precision"]) == (1, 1, 0.5)

    again = {"status": "open", "assignee": "me"}
    etag = (await client.get(f"/api/v1/alerts/{second}")).headers["etag"]
    assert (await client.patch(f"/api/v1/alerts/{second}", json=again, headers={"if-match": etag})).status_code == 200

    after = await get(client, SUMMARY)
    assert (after["verdicts"]["confirmed"], after["verdicts"]["false_positive"]) == (1, 0)
    assert after["verdicts"]["precision"] == 1.0
    assert (before["alerts"]["mine"], after["alerts"]["mine"]) == (0, 1)


async def test_decisions_are_listed_newest_first_and_by_every_filter(
    client: httpx.AsyncClient, decided: list[dict[str, Any]]
) -> None:
    """Each filter keeps those that the decisions themselves say it should, page by page."""
    made = decided[1]["decided_at"]
    policy = decided[0]["policy"]
    asked: list[tuple[dict[str, str], Callable[[dict[str, Any]], bool]]] = [
        ({}, lambda one: True),
        ({"severity": "critical"}, lambda one: one["severity"] == "critical"),
        ({"category": "scam"}, lambda one: one["risk_category"] == "scam"),
        ({"policy": policy}, lambda one: True),
        ({"policy": "other-1"}, lambda one: False),
        ({"with_alert": "true"}, lambda one: one["alert"] is not None),
        ({"with_alert": "false", "severity": "none"}, lambda one: one["severity"] == "none"),
        ({"from": made}, lambda one: one["decided_at"] >= decided[1]["decided_at"]),
        ({"to": made}, lambda one: one["decided_at"] < decided[1]["decided_at"]),
    ]
    for query, is_meant in asked:
        found = await walk(client, "/api/v1/decisions", limit=1, **query)
        assert [one["id"] for one in found] == [one["id"] for one in reversed(decided) if is_meant(one)], query
    (newest,) = (await get(client, "/api/v1/decisions?limit=1"))["items"]
    assert newest == {name: decided[-1][name] for name in newest}


async def test_a_bound_without_a_zone_is_refused_by_name(client: httpx.AsyncClient) -> None:
    for name in ("from", "to"):
        response = await client.get(f"/api/v1/decisions?{name}=2019-03-01T12:00:00")
        assert fields(problem(response, 422, "invalid-input")) == [name]
