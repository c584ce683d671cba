"""The queue of wallets on which models and exposure disagree, over HTTP."""

from __future__ import annotations

import httpx

from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from tests.api.conftest import fields, problem
from tests.api.test_wallets import walk
from tests.jobs.model_scene import crowned, draw

PATH = "/api/v1/scores/disagreements"


async def test_the_queue_is_ordered_filtered_and_paged(
    client: httpx.AsyncClient, services: Services, taxonomy: Taxonomy
) -> None:
    await draw(services.graph, taxonomy)
    assert (await client.get(PATH)).json() == {"items": [], "next": None}
    model = await crowned(services, "classifier")
    body = (await client.post("/api/v1/scoring-runs")).json()
    await run_job(services, HANDLERS, body["job"]["id"])

    items = await walk(client, PATH, limit=40)

    assert {item["run"] for item in items} == {body["run"]["id"]}
    apart = [abs(item["disagreement"]) for item in items]
    assert apart == sorted(apart, reverse=True)
    assert all(item["signals"][0]["model"] == model.id for item in items)
    for higher, sign in (("model", 1), ("exposure", -1)):
        of_one = await walk(client, PATH, higher=higher, limit=100)
        assert [item["wallet"] for item in of_one] == [i["wallet"] for i in items if sign * i["disagreement"] > 0]
    named = await walk(client, PATH, attributed="true", limit=100)
    assert named and all(item["category"] for item in named)
    assert (await client.get("/scores/disagreements?limit=3")).json()["items"] == items[:3]
    assert fields(problem(await client.get(f"{PATH}?higher=nobody"), 422, "invalid-input")) == ["higher"]
    assert fields(problem(await client.get(f"{PATH}?cursor=WzFd"), 422, "invalid-input")) == ["cursor"]
