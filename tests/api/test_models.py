"""Models over HTTP: trained by jobs, listed, promoted, rolled back; what cannot be is a problem with its own name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.model import Role
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.services import open_services
from jobs.worker import HANDLERS
from settings import Settings
from tests.api.conftest import bearer, fields, problem
from tests.jobs.model_scene import draw

TRAIN = {"kind": "isolation_forest", "seed": 5}


async def trained(client: httpx.AsyncClient, settings: Settings, **asked: Any) -> str:
    """Ask for a training, have it done, and return the id of the model."""
    response = await client.post("/api/v1/models/train", json=TRAIN | asked)
    assert response.status_code == 202, response.text
    async with open_services(settings) as services:
        await run_job(services, HANDLERS, response.json()["id"])
    done = (await client.get(response.headers["location"])).json()
    assert done["state"] == "succeeded", done
    model: str = done["result"]["model"]
    return model


async def promote(client: httpx.AsyncClient, model: str, state: str = "champion", **more: Any) -> httpx.Response:
    return await client.post(f"/api/v1/models/{model}/promote", json={"state": state, "reason": "for a test"} | more)


async def states(client: httpx.AsyncClient, **asked: Any) -> dict[str, str]:
    items = (await client.get("/api/v1/models", params=asked)).json()["items"]
    return {item["id"]: item["state"] for item in items}


async def test_a_model_is_trained_promoted_replaced_and_rolled_back(
    client: httpx.AsyncClient, settings: Settings, graph: Graph, taxonomy: Taxonomy
) -> None:
    await draw(graph, taxonomy)
    first, second = [await trained(client, settings, seed=seed) for seed in (5, 6)]
    assert (first, second) == ("isolation_forest-v1", "isolation_forest-v2")
    assert await states(client) == {second: "candidate", first: "candidate"}

    assert (await promote(client, first)).json()["state"] == "champion"
    crowned = await promote(client, second, **{"from": "candidate"})
    assert (crowned.status_code, crowned.json()["states"][0]["replaces"]) == (200, first)
    assert await states(client, state="champion") == {second: "champion"}
    back = await client.post(f"/api/v1/models/{second}/rollback", json={"reason": "too many false alarms"})

    assert (back.status_code, back.json()["id"], back.json()["state"]) == (200, first, "champion")
    assert await states(client) == {second: "retired", first: "champion"}
    read = (await client.get(f"/api/v1/models/{first}")).json()
    assert [(one["state"], one["previous"]) for one in read["states"]] == [
        ("champion", "retired"),
        ("retired", "champion"),
        ("champion", "candidate"),
        ("candidate", None),
    ]
    assert read["seed"] == 5 and read["wallets"] > 200 and len(read["files"]) == 2 and "reference" not in read
    page = (await client.get("/api/v1/models", params={"limit": 1})).json()
    rest = (await client.get("/api/v1/models", params={"limit": 1, "cursor": page["next"]})).json()
    assert ([one["id"] for one in page["items"] + rest["items"]], rest["next"]) == ([second, first], None)

    problem(await promote(client, first, "shadow", **{"from": "candidate"}), 409, "model-conflict")
    problem(await client.post(f"/api/v1/models/{second}/rollback", json={"reason": "r"}), 409, "model-conflict")
    (Path(settings.models.models_dir) / crowned.json()["files"][0]["digest"]).unlink()
    refused = problem(await promote(client, second), 409, "model-broken")
    assert "cannot be read" in refused["detail"]
    assert await states(client) == {second: "retired", first: "champion"}


async def test_a_training_sent_twice_under_its_key_is_one(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    once, again = [await client.post("/api/v1/models/train", json=TRAIN, headers=key) for _ in range(2)]

    assert once.json() == again.json() and once.json()["name"] == "train_isolation_forest"
    assert once.json()["arguments"] == {"seed": 5, "as_of": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "oracle"}, "kind"),
        ({"seed": 1}, "kind"),
        (TRAIN | {"seed": -1}, "seed"),
        (TRAIN | {"seed": 1.5}, "seed"),
        (TRAIN | {"as_of": "2020-01-01T00:00:00"}, "as_of"),
        (TRAIN | {"as_of": "yesterday"}, "as_of"),
        (TRAIN | {"epochs": 5}, "epochs"),
    ],
)
async def test_what_cannot_be_trained_is_named(client: httpx.AsyncClient, body: Any, field: str) -> None:
    assert fields(problem(await client.post("/api/v1/models/train", json=body), 422, "invalid-input")) == [field]
    assert (await client.get("/api/v1/jobs")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "r"}, "state"),
        ({"state": "champion"}, "reason"),
        ({"state": "champion", "reason": " "}, "reason"),
        ({"state": "champion", "reason": "r" * 501}, "reason"),
        ({"state": "candidate", "reason": "r"}, "state"),
        ({"state": "champion", "reason": "r", "from": "cradle"}, "from"),
    ],
)
async def test_what_a_promotion_cannot_be_is_named(client: httpx.AsyncClient, body: Any, field: str) -> None:
    response = await client.post("/api/v1/models/gnn-v1/promote", json=body)

    assert fields(problem(response, 422, "invalid-input")) == [field]


async def test_an_unknown_model_is_not_found(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/models/gnn-v9"), 404, "not-found")
    problem(await promote(client, "gnn-v9"), 404, "not-found")
    problem(await client.post("/api/v1/models/gnn-v9/rollback", json={"reason": "r"}), 404, "not-found")
    problem(await client.get("/api/v1/models", params={"kind": "oracle"}), 422, "invalid-input")


async def test_every_feature_of_a_model_is_told_in_words(
    client: httpx.AsyncClient, settings: Settings, graph: Graph, taxonomy: Taxonomy
) -> None:
    await draw(graph, taxonomy)
    model = await trained(client, settings)

    told = (await client.get("/api/v1/models/features")).json()["features"]

    learned = (await client.get(f"/api/v1/models/{model}")).json()["features"]
    own = {one["name"] for one in told if one["own"]}
    assert set(learned) == own
    assert len(told) > len(own) and all(one["description"] for one in told)


async def test_investigators_read_models_and_do_not_choose_who_serves(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    mine = bearer(keys["investigator"])

    assert (await client.get("/api/v1/models", headers=mine)).json() == {"items": [], "next": None}
    problem(await client.post("/api/v1/models/train", json=TRAIN, headers=mine), 403, "forbidden")
    body = {"state": "champion", "reason": "r"}
    problem(await client.post("/api/v1/models/gnn-v1/promote", json=body, headers=mine), 403, "forbidden")
