"""From a late label to what people see: stale scores, changes with causes, retro alerts, and the preview before it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.services import Services
from jobs.worker import HANDLERS
from tests.api.conftest import fields, movement, problem
from tests.api.test_alerts_audit import ALERT
from tests.api.test_wallets import walk
from tests.builders import label, land, pay

CHANGE = {"number", "wallet", "run", "job", "from", "to", "causes", "words", "watermark", "at"}


async def drain(services: Services) -> None:
    await run_job(services, HANDLERS, (await request_rescreening(services)).id)


@pytest.fixture
async def scored(services: Services, graph: Graph, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """thief pays a almost all it has, a pays b; a run has finished, nothing is labelled."""
    await land(graph, pay("thief", "a", 95), pay("clean", "a", 5), pay("a", "b", 50, day=1), pay("x", "y", 1))
    await run_job(services, HANDLERS, (await request_scoring_run(services, actor="test"))[1].id)
    return client


async def test_a_label_is_previewed_committed_and_told(scored: httpx.AsyncClient, services: Services) -> None:
    body = {"category": "ransomware", "source": "report", "wallet": "acct:thief"}
    preview = (await scored.post("/api/v1/attributions/preview?limit=2", json={"record": [body]})).json()
    posted = await scored.post("/api/v1/attributions", json=body)
    waiting = (await scored.get("/api/v1/scores/acct:b")).json()
    page = {item["wallet"]: item["stale"] for item in (await scored.get("/api/v1/scores")).json()["items"]}
    await drain(services)

    assert posted.status_code == 201
    assert (preview["recorded"], preview["wallets"]["total"], len(preview["wallets"]["items"])) == (1, 4, 2)
    assert preview["retro_alerts"]["total"] == 3 and preview["retro_alerts"]["items"][0]["wallet"] == "acct:thief"
    assert waiting["stale"] is True and waiting["score"] == 0
    assert page == {
        f"acct:{name}": name in ("thief", "clean", "a", "b") for name in ("thief", "clean", "a", "b", "x", "y")
    }
    told = (await scored.get("/api/v1/scores/acct:b")).json()
    assert told["stale"] is False and told["score"] > 0.8 and told["watermark"] > waiting["watermark"]
    moved = {one["wallet"]: one for one in preview["wallets"]["items"]}["acct:thief"]
    assert moved["category"] == {"from": None, "to": "ransomware"}
    assert moved["severity"]["from"] == "none"
    alerts = await walk(scored, "/api/v1/alerts", **{"class": "retro"})
    assert {tuple(alert["wallets"]) for alert in alerts} == {("acct:thief",), ("acct:a",), ("acct:b",)}
    assert set(alerts[0]) == ALERT and (alerts[0]["decision"], alerts[0]["transaction"]) == (None, None)
    assert await walk(scored, "/api/v1/alerts", **{"class": "live"}) == []


async def test_changes_say_from_what_to_what_and_why(
    scored: httpx.AsyncClient, services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    await label(graph, taxonomy, thief="scam")
    await drain(services)
    await scored.post(
        "/api/v1/transactions", json=movement(1, sender="clean", receiver="a", amount="100", at="2019-01-01T00:00:00Z")
    )
    await drain(services)

    changes = await walk(scored, "/api/v1/scores/acct:b/changes", limit=1)

    latest, first = changes
    assert set(first) == CHANGE
    assert [cause["kind"] for cause in first["causes"]] == ["attribution_recorded"]
    assert [(cause["kind"], cause["id"], cause["value"]) for cause in latest["causes"]] == [
        ("transaction_landed", "acct:p1", "100")
    ]
    assert first["from"]["score"] == 0 and first["to"]["illicit_source_share"] == pytest.approx(0.95)
    assert latest["from"] == first["to"] and latest["to"]["illicit_source_share"] == pytest.approx(0.475)
    assert latest["words"].startswith("scam share of inflow fell from 95.0 % to 47.5 %")
    assert await walk(scored, "/api/v1/scores/acct:x/changes") == []
    problem(await scored.get("/api/v1/scores/acct:nobody/changes"), 404, "not-found")


async def test_a_lost_basis_is_shown_and_the_alert_stays_open(
    scored: httpx.AsyncClient, services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    await label(graph, taxonomy, fake="scam")
    landed = (await scored.post("/api/v1/transactions", json=movement(1, sender="fake"))).json()
    await drain(services)
    assert await walk(scored, "/api/v1/alerts", proposed="true") == []

    [said] = (await scored.get("/api/v1/attributions?wallet=acct:fake")).json()["items"]
    await scored.delete(f"/api/v1/attributions/{said['id']}")
    await drain(services)

    proposed = await walk(scored, "/api/v1/alerts", proposed="true", **{"class": "live"})
    [alert] = proposed
    assert (alert["transaction"], alert["proposal"], alert["status"]) == (landed["transaction"], "close", "open")
    one = (await scored.get(f"/api/v1/alerts/{alert['id']}")).json()
    assert one == alert and one["proposed_at"].endswith("Z") and one["basis_withdrawn_at"] is None
    assert await walk(scored, "/api/v1/alerts", proposed="false", **{"class": "live"}) == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["body"]),
        ([], ["body"]),
        ({"record": [], "remove": []}, ["remove"]),
        ({"record": [{"category": "scam", "source": "s"}]}, ["record[0].network", "record[0].address"]),
        ({"record": [{"category": "scam", "source": 1, "wallet": "acct:a"}]}, ["record[0].source"]),
        ({"withdraw": [3]}, ["withdraw"]),
        ({"withdraw": ["att_none"]}, ["withdraw[0]"]),
        (
            {"record": [{"category": "scam", "source": "s", "wallet": "acct:a", "supersedes": "att_x"}]},
            ["record[0].supersedes"],
        ),
    ],
)
async def test_a_preview_names_every_field_it_cannot_take(
    client: httpx.AsyncClient, body: Any, named: list[str]
) -> None:
    answer = problem(await client.post("/api/v1/attributions/preview", json=body), 422, "invalid-input")

    assert fields(answer) == named


async def test_a_preview_that_is_no_json_is_a_400(client: httpx.AsyncClient) -> None:
    problem(await client.post("/api/v1/attributions/preview", content=b"{"), 400, "malformed-json")


async def test_a_retro_alert_is_explained_as_it_was(
    scored: httpx.AsyncClient, services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    """The label that made it is its cause and is drawn; money and labels that came later are not."""
    await label(graph, taxonomy, thief="ransomware")
    await drain(services)
    [alert] = await walk(scored, "/api/v1/alerts", wallet="acct:b", **{"class": "retro"})
    await land(graph, pay("late", "b", 5))
    await label(graph, taxonomy, late="scam", clean="scam")

    found = (await scored.get(f"/api/v1/alerts/{alert['id']}/explanation")).json()

    assert {(node["key"], node["hops"], node["category"]) for node in found["nodes"]} == {
        ("acct:b", 0, None),
        ("acct:a", 1, None),
        ("acct:thief", 2, "ransomware"),
    }
    assert [(cause["kind"], cause["wallet"]) for cause in found["causes"]] == [("attribution_recorded", "acct:thief")]
    assert (found["decision"], found["payment"], found["as_of"], found["truncated"]) == (None, None, None, False)
    assert [(way["party"], way["path"]["end"]["key"]) for way in found["paths"]] == [("acct:b", "acct:thief")]
