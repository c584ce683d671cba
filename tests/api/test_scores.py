"""Scoring runs, jobs and scores: asked for, run by a worker's code, read back."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from tests.api.conftest import movement, problem
from tests.api.test_wallets import walk
from tests.builders import label, land, pay

SCORE = {
    "wallet",
    "run",
    "score",
    "hop_score",
    "hop_counts",
    "in_degree",
    "out_degree",
    "illicit_source_share",
    "illicit_destination_share",
    "category",
    "change_not_clustered",
    "source",
    "destination",
    "signals",
    "watermark",
    "stale",
    "scored_at",
    "as_of",
    "known_at",
}


@pytest.fixture
async def scored(client: httpx.AsyncClient, services: Services, graph: Graph, taxonomy: Taxonomy) -> dict[str, Any]:
    """A thief pays a, a pays b, and a scoring run over them that has finished."""
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 30), pay("c", "a", 70), pay("a", "b", 50, day=1))
    response = await client.post("/api/v1/scoring-runs", json={"hops": 2})
    assert response.status_code == 202
    body: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/api/v1/scoring-runs/{body['run']['id']}"
    await run_job(services, HANDLERS, body["job"]["id"])
    return body


async def test_a_run_is_asked_for_and_followed(client: httpx.AsyncClient, scored: dict[str, Any]) -> None:
    assert set(scored) == {"run", "job"}
    assert (scored["run"]["hops"], scored["run"]["finished_at"]) == (2, None)
    assert (scored["job"]["state"], scored["job"]["name"]) == ("queued", "score_graph")

    run = (await client.get(f"/api/v1/scoring-runs/{scored['run']['id']}")).json()
    job = (await client.get(f"/api/v1/jobs/{scored['job']['id']}")).json()

    assert (run["wallets"], run["job"], job["state"]) == (4, job["id"], "succeeded")
    assert run["finished_at"].endswith("Z")
    assert job["result"]["run"] == run["id"]
    actions = [event["action"] for event in (await client.get("/api/v1/audit")).json()["items"]]
    assert actions[:2] == ["book.shipped", "scoring_run.requested"]


@pytest.mark.usefixtures("scored")
async def test_a_stored_score_and_the_live_one_agree(client: httpx.AsyncClient) -> None:
    stored = (await client.get("/api/v1/scores/acct:b")).json()
    live = (await client.get("/api/v1/score/acct:b")).json()

    assert set(stored) == SCORE == set(live)
    assert (stored["stale"], live["run"]) == (False, "live")
    assert stored["illicit_source_share"] == pytest.approx(0.3)
    assert stored["hop_counts"] == live["hop_counts"] == [0, 0, 1]
    assert stored["source"]["total_value"] == live["source"]["total_value"] == "50"
    assert stored["source"]["categories"]["scam"]["share"] == pytest.approx(0.3)
    assert stored["score"] == pytest.approx(live["score"])


@pytest.mark.usefixtures("scored")
async def test_a_score_is_stale_once_the_graph_has_changed(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/transactions", json=movement(sender="b", receiver="new"))

    assert (await client.get("/api/v1/scores/acct:b")).json()["stale"] is True
    problem(await client.get("/api/v1/scores/acct:new"), 404, "not-scored")
    problem(await client.get("/api/v1/scores/acct:nobody"), 404, "not-found")
    problem(await client.get("/api/v1/score/acct:nobody"), 404, "not-found")


@pytest.mark.usefixtures("scored")
async def test_scores_are_ranked_paged_and_filtered(client: httpx.AsyncClient) -> None:
    ranked = await walk(client, "/api/v1/scores", limit=1)

    assert len(ranked) == 4
    assert ranked[0]["wallet"] == "acct:thief"
    top = (await client.get("/api/v1/scores/top?n=2")).json()
    assert top["items"] == ranked[:2]
    others = (await client.get("/api/v1/scores/top?attributed=false")).json()["items"]
    assert [item["wallet"] for item in others] == [item["wallet"] for item in ranked[1:]]
    named = (await client.get("/api/v1/scores/top?attributed=true")).json()["items"]
    assert [item["wallet"] for item in named] == ["acct:thief"]


@pytest.mark.usefixtures("scored")
async def test_the_paths_of_the_seed_answer_alike(client: httpx.AsyncClient) -> None:
    for path in ("/scores/acct:b", "/scores/top", "/scores", "/health"):
        assert (await client.get(path)).json() == (await client.get(f"/api/v1{path}")).json()
    assert (await client.get("/score/acct:b")).json()["run"] == "live"
    for path in ("/run-score", "/api/v1/run-score"):
        assert (await client.post(path)).status_code == 202


async def test_before_any_run_there_are_no_scores(client: httpx.AsyncClient, graph: Graph) -> None:
    await land(graph, pay("a", "b", 1))

    assert (await client.get("/api/v1/scores/top")).json() == {"items": [], "next": None}
    problem(await client.get("/api/v1/scores/acct:a"), 404, "not-scored")


async def test_runs_and_jobs_page_newest_first(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/api/v1/scoring-runs") for _ in range(5)))
    asked = {answer.json()["run"]["id"] for answer in answers}

    runs = await walk(client, "/api/v1/scoring-runs", limit=2)
    jobs = await walk(client, "/api/v1/jobs", limit=2, state="queued", name="score_graph")

    assert [run["id"] for run in runs] == sorted(asked, reverse=True)
    assert sorted(str(run["job"]) for run in runs) == sorted(str(job["id"]) for job in jobs)
    assert await walk(client, "/api/v1/jobs", state="dead") == []
    problem(await client.get("/api/v1/scoring-runs/none"), 404, "not-found")
    problem(await client.get("/api/v1/jobs/none"), 404, "not-found")
