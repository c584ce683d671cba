"""Scoring runs by API: what a finished run tells of itself, and having it computed again."""

from __future__ import annotations

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.services import open_services
from jobs.worker import HANDLERS
from settings import Settings
from tests.api.conftest import fields, problem
from tests.builders import label, land, pay


async def work(settings: Settings, job: str) -> None:
    async with open_services(settings) as services:
        await run_job(services, HANDLERS, job)


async def test_a_run_is_replayed(
    client: httpx.AsyncClient, settings: Settings, graph: Graph, taxonomy: Taxonomy
) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 3), pay("a", "b", 1))
    asked = (await client.post("/api/v1/scoring-runs")).json()
    path = f"/api/v1/scoring-runs/{asked['run']['id']}"
    problem(await client.post(f"{path}/replay"), 422, "invalid-input")
    await work(settings, asked["job"]["id"])
    run = (await client.get(path)).json()
    await land(graph, pay("thief", "b", 9))

    answer = await client.post(f"{path}/replay")
    await work(settings, answer.json()["id"])
    job = (await client.get(answer.headers["location"])).json()

    assert answer.status_code == 202 and answer.json()["state"] == "queued"
    assert (run["watermark"], run["ended_watermark"], run["wallets"], len(run["digest"])) == (3, 3, 3, 64)
    assert run["known_at"] <= run["valid_at"] <= run["finished_at"]
    assert job["state"] == "succeeded"
    assert job["result"] == {
        "run": run["id"],
        "identical": True,
        "digest": run["digest"],
        "recomputed": run["digest"],
        "stored": run["digest"],
        "wallets": 3,
        "differing": [],
        "differences": 0,
        "disturbed": False,
    }
    assert (await client.get("/api/v1/scoring-runs")).json()["items"][0] == run


@pytest.mark.parametrize(
    ("sent", "status", "named"),
    [
        (b"[" * 5_000 + b"]" * 5_000, 422, ["body"]),
        (b"7", 422, ["body"]),
        (b'{"hops": 7}', 422, ["hops"]),
        (b'{"hobs": 3}', 422, ["hobs"]),
        (b'{"hops": 3', 400, []),
    ],
)
async def test_the_body_of_a_run_is_refused_in_the_words_of_every_body(
    client: httpx.AsyncClient, sent: bytes, status: int, named: list[str]
) -> None:
    asked = await client.post("/api/v1/scoring-runs", content=sent)
    other = await client.post("/api/v1/cypher", content=sent)

    body = problem(asked, status, "malformed-json" if status == 400 else "invalid-input")
    assert fields(body) == named
    if named in ([], ["body"]):
        assert body["detail"] == other.json()["detail"]
    assert (await client.post("/api/v1/scoring-runs", content=b" ")).status_code == 202


async def test_a_run_that_is_not_known_cannot_be_replayed(client: httpx.AsyncClient) -> None:
    problem(await client.post("/api/v1/scoring-runs/run_nothing/replay"), 404, "not-found")
