"""Entities over the API: listed, proven, vetoed by those who may, and joined again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from graph.clustering import Held, rebuild
from graph.model import Attribution, Role
from graph.regrouping import entity_key
from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import jobs
from tests.api.conftest import bearer, fields, problem
from tests.api.test_wallets import walk
from tests.builders import attribute, land, pay, spend

API = "/api/v1"
KEY = entity_key("ltc:a")


async def work(services: Services) -> None:
    """Do all jobs of clustering that wait."""
    async with services.ledger.read() as connection:
        waiting = await jobs.list_jobs(connection, name="cluster_wallets", state="queued", after=None, limit=9)
    for job in waiting:
        await run_job(services, HANDLERS, job.id)


@pytest.fixture
async def clustered(client: httpx.AsyncClient, services: Services, taxonomy: Taxonomy) -> dict[str, Any]:
    """The entity a, b, c, d, of which `wrong` joins the two halves, and which paid y; p and q are another one."""
    await land(
        services.graph,
        spend({"a": 3, "b": 3}, {"x": 6}, id="t1", day=1),
        spend({"b": 2, "c": 2}, {"d": 4}, id="wrong", day=2),
        spend({"c": 1, "d": 1}, {"y": 1, "z": 1.12345}, id="t3", day=3),
        spend({"p": 1, "q": 1}, {"x": 2}, id="t4", day=4),
        pay("a", "b", 1),
    )
    said = Attribution(id="", wallet="ltc:c", category="exchange", source="drawn", actor="Example")
    await attribute(services.graph, taxonomy, said)
    requested = await client.post(f"{API}/clusterings")
    assert requested.status_code == 202 and requested.headers["location"].endswith(requested.json()["id"])
    await work(services)
    done = (await client.get(requested.headers["location"])).json()
    assert (done["state"], done["result"]["entities"]) == ("succeeded", 2)
    answer: dict[str, Any] = (await client.get(f"{API}/entities/{KEY}")).json()
    return answer


async def test_entities_are_listed_and_told(client: httpx.AsyncClient, clustered: dict[str, Any]) -> None:
    listed = await walk(client, f"{API}/entities")
    members = await walk(client, f"{API}/entities/{KEY}/members")

    assert [(one["key"], one["size"]) for one in listed] == [(KEY, 4), (entity_key("ltc:p"), 2)]
    assert [one["key"] for one in members] == ["ltc:a", "ltc:b", "ltc:c", "ltc:d"]
    # b and c paid d, which is inside; what came in came from nobody that is known.
    assert (clustered["received"], clustered["sent"], clustered["confidence"]) == ("0", "8.12345", 0.97)
    [said] = clustered["attributions"]
    assert (said["wallet"], said["category"], said["actor"]) == ("ltc:c", "exchange", "Example")
    of_d = (await client.get(f"{API}/wallets/ltc:d/entity")).json()
    assert (of_d["entity"]["key"], of_d["clustered_until"]) == (KEY, clustered["clustered_until"])
    of_z = (await client.get(f"{API}/wallets/ltc:z/entity")).json()
    of_bank = (await client.get(f"{API}/wallets/acct:a/entity")).json()
    assert of_z["entity"] is of_bank["entity"] is None and of_bank["proposals"] == []
    for path in ("entities/ent_none", "entities/ent_none/proof", "wallets/ltc:nobody/entity"):
        problem(await client.get(f"{API}/{path}"), 404, "not-found")


async def test_hops_are_counted_between_entities(client: httpx.AsyncClient, clustered: dict[str, Any]) -> None:
    """d was paid by its own entity only, which nobody paid; x is paid by an exchange, since c is said to be one."""
    whole = (await client.get(f"{API}/entities/{KEY}/exposure", params={"direction": "destination"})).json()
    of_d = (await client.get(f"{API}/wallets/ltc:d/exposure")).json()
    in_time = (await client.get(f"{API}/wallets/ltc:d/exposure", params={"method": "fifo"})).json()

    assert (whole["wallet"], whole["total_value"], whole["change_not_clustered"]) == (KEY, "8.12345", False)
    assert [one["reason"] for one in of_d["residuals"]] == ["origin"] and of_d["total_value"] != "0"
    assert (of_d["change_not_clustered"], in_time["change_not_clustered"]) == (False, True)
    assert (await client.get(f"{API}/score/ltc:d")).json()["change_not_clustered"] is True
    problem(await client.get(f"{API}/entities/ent_none/exposure"), 404, "not-found")


async def test_the_proof_alone_rebuilds_the_entity(client: httpx.AsyncClient, clustered: dict[str, Any]) -> None:
    proof = await walk(client, f"{API}/entities/{KEY}/proof")

    links = [Held(1 - p["confidence"], p["transaction"], p["source"], p["target"], p["heuristic"]) for p in proof]
    assert rebuild(links) == [{"ltc:a", "ltc:b", "ltc:c", "ltc:d"}]
    assert {(p["transaction"], p["heuristic"]) for p in proof} == {
        (f"ltc:{t}", "cospend") for t in ("t1", "wrong", "t3")
    }


async def test_a_veto_splits_is_audited_and_can_be_ended(
    client: httpx.AsyncClient, clustered: dict[str, Any], services: Services
) -> None:
    path = f"{API}/entities/{KEY}/vetoes"
    body = {"transaction": "ltc:wrong", "reason": "a PayJoin"}
    made, again = await client.post(path, json=body), await client.post(path, json=body)
    veto = made.json()["veto"]
    await work(services)

    assert (made.status_code, again.status_code) == (201, 200) and again.json()["veto"] == veto
    assert [(one["key"], one["size"]) for one in await walk(client, f"{API}/entities")] == sorted(
        [(KEY, 2), (entity_key("ltc:c"), 2), (entity_key("ltc:p"), 2)]
    )
    assert await walk(client, path) == await walk(client, f"{API}/entities/{entity_key('ltc:c')}/vetoes") == [veto]
    [shown] = [p for p in await walk(client, f"{API}/entities/{KEY}/proposals") if p["transaction"] == "ltc:wrong"]
    assert shown["standing"] == "vetoed"
    async with services.ledger.read() as connection:
        assert await jobs.list_jobs(connection, name="rescreen", state="queued", after=None, limit=9)
    assert [(await client.delete(f"{API}/vetoes/{veto['id']}")).status_code for _ in range(2)] == [204, 204]
    await work(services)
    assert (await client.get(f"{API}/entities/{entity_key('ltc:c')}")).json()["size"] == 4
    actions = [event["action"] for event in await walk(client, f"{API}/audit", subject=veto["id"])]
    assert actions == ["entity.vetoed", "entity.veto_ended"]


async def test_what_cannot_be_vetoed(
    client: httpx.AsyncClient, clustered: dict[str, Any], keys: dict[Role, str]
) -> None:
    path = f"{API}/entities/{KEY}/vetoes"

    for body, named in (
        ({"transaction": "ltc:t4", "reason": "of another entity"}, "transaction"),
        ({"transaction": "ltc:t1"}, "reason"),
        ({"reason": "which?"}, "transaction"),
    ):
        assert fields(problem(await client.post(path, json=body), 422, "invalid-input")) == [named]
    problem(await client.delete(f"{API}/vetoes/none"), 404, "not-found")
    auditor = {"headers": bearer(keys["auditor"]), "json": {"transaction": "ltc:t1", "reason": "x"}}
    problem(await client.post(path, **auditor), 403, "forbidden")
