"""Why a wallet has its score: exposure at once, models once a worker has found out, and nothing that never ends."""

from __future__ import annotations

from typing import get_args

import httpx
import pytest

from bench.crowning import crown
from graph.model import ModelKind
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs import model_versions
from jobs.model_files import ModelFiles
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger.jobs import list_jobs
from ml.gnn_net import NetConfig
from tests.api.conftest import problem
from tests.builders import label, land, pay
from tests.jobs.model_scene import crowned, draw

SCORES = "/api/v1/scores?limit=1000"
PATH = "/api/v1/scores/acct:x1/explanation"


async def score(client: httpx.AsyncClient, services: Services) -> str:
    body = (await client.post("/api/v1/scoring-runs")).json()
    await run_job(services, HANDLERS, body["job"]["id"])
    return str(body["run"]["id"])


async def test_exposure_alone_is_explained_at_once(
    client: httpx.AsyncClient, services: Services, graph: Graph, taxonomy: Taxonomy
) -> None:
    """a has 30 of its 100 from a thief: with a severity s, scam adds 0.3 s."""
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 30), pay("c", "a", 70))
    problem(await client.get("/api/v1/scores/acct:a/explanation"), 404, "not-scored")
    problem(await client.get("/api/v1/scores/acct:nobody/explanation"), 404, "not-found")
    run = await score(client, services)

    answer = await client.get("/api/v1/scores/acct:a/explanation")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["run"], body["models"], body["signals"], body["job"]) == (run, [], [], None)
    [part] = body["exposure"]
    assert (part["direction"], part["category"], part["shortest_hops"]) == ("source", "scam", 1)
    assert part["part"] == pytest.approx(0.3 * part["severity"]) == pytest.approx(body["score"])
    assert (await client.get("/scores/acct:a/explanation")).json() == body


async def test_models_are_explained_by_a_job_and_the_sum_is_what_they_say(
    client: httpx.AsyncClient, services: Services, taxonomy: Taxonomy
) -> None:
    await draw(services.graph, taxonomy)
    novelty, classifier = await crowned(services), await crowned(services, "classifier")
    await score(client, services)

    first, second = await client.get(PATH), await client.get(PATH)

    assert (first.status_code, second.status_code) == (202, 202)
    assert int(first.headers["retry-after"]) > 0
    job = first.json()["job"]
    assert job["id"] == second.json()["job"]["id"] and first.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert first.json()["models"] is None and len(first.json()["signals"]) == 2
    other = (await client.get("/api/v1/scores/acct:bank/explanation")).json()["job"]
    await run_job(services, HANDLERS, job["id"])

    body = (await client.get(PATH)).json()
    assert (body["job"], body["feature_digest"]) == (None, classifier.feature_digest)
    found = {one["model"]: one for one in body["models"]}
    assert set(found) == {novelty.id, classifier.id}
    stored = {one["model"]: one["value"] for one in body["signals"]}
    for name, one in found.items():
        assert (one["reproduced"], one["value"]) == (True, stored[name])
        assert len(one["contributions"]) > 5 and all(len(part["text"]) > 10 for part in one["contributions"])
    odds = found[classifier.id]["base"] + sum(part["contribution"] for part in found[classifier.id]["contributions"])
    assert 1 / (1 + 2.718281828459045**-odds) == pytest.approx(stored[classifier.id], abs=1e-6)
    told = await client.get("/api/v1/scores/acct:bank/explanation")
    assert told.status_code == 200 and told.json()["models"], "who waited was explained from the same reading"
    await run_job(services, HANDLERS, other["id"])
    done = (await client.get(f"/api/v1/jobs/{other['id']}")).json()
    assert (done["state"], done["result"]["explained"]) == ("succeeded", 0)


async def test_a_model_whose_file_is_gone_is_a_problem_and_no_job_without_end(
    client: httpx.AsyncClient, services: Services, taxonomy: Taxonomy
) -> None:
    await draw(services.graph, taxonomy)
    champion = await crowned(services)
    await score(client, services)
    job = (await client.get(PATH)).json()["job"]["id"]
    folder = ModelFiles.of(services.settings).folder
    kept = {file.digest: (folder / file.digest).read_bytes() for file in champion.files}
    for name in kept:
        (folder / name).unlink()
    model_versions._loaded.clear()
    await run_job(services, HANDLERS, job)

    for _ in range(2):
        body = problem(await client.get(PATH), 409, "not-explained")
        assert job in body["detail"] and "ModelBroken" in body["detail"]
    async with services.ledger.read() as connection:
        assert [one.id for one in await list_jobs(connection, name="explain_wallet")] == [job]

    for name, data in kept.items():
        (folder / name).write_bytes(data)
    assert (await client.post(f"/api/v1/jobs/{job}/retry")).status_code == 202
    assert (await client.get(PATH)).status_code == 202
    await run_job(services, HANDLERS, job)
    assert (await client.get(PATH)).status_code == 200


async def test_a_network_is_explained_by_flows_with_their_fidelity(
    client: httpx.AsyncClient, services: Services, taxonomy: Taxonomy
) -> None:
    await draw(services.graph, taxonomy)
    kinds = get_args(ModelKind)
    await crown(services, *kinds, seed=1, as_of=None, config=NetConfig(width=8, layers=2, epochs=3))
    await score(client, services)
    job = (await client.get(PATH)).json()["job"]["id"]
    await run_job(services, HANDLERS, job)

    body = (await client.get(PATH)).json()

    models = {model["kind"]: model for model in body["models"]}
    assert {kind: model["reproduced"] for kind, model in models.items()} == dict.fromkeys(kinds, True)
    assert [kind for kind, model in models.items() if model["subgraph"]] == ["gnn"]
    found, keys = models["gnn"]["subgraph"], {one["wallet"] for one in (await client.get(SCORES)).json()["items"]}
    assert len(found["flows"]) <= 20 and found["random_deviation"] >= 0
    assert {flow[end] for flow in found["flows"] for end in ("source", "target")} <= keys
