"""Two runs side by side: the wallets that moved most, the parts that did, the causes known; drift of models by API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from graph.model import ModelVersion
from graph.taxonomy import Taxonomy
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import jobs
from ledger.model_drift import ModelDrift, record_drift
from ledger.model_states import record_state
from ledger.models import record_model
from tests.api.conftest import fields, problem
from tests.builders import key, label, land, pay
from tests.jobs.test_replaying import score
from tests.jobs.test_retaining import compared, retained
from tests.ledger.test_run_scores import copy, finish, new_run, row

MODEL = "classifier-v2"


def path(before: str, after: str) -> str:
    return f"/api/v1/scoring-runs/{before}/diff/{after}"


async def diff(client: httpx.AsyncClient, before: str, after: str, **asked: Any) -> dict[str, Any]:
    answer = await client.get(path(before, after), params=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def stored(services: Services, watermark: int, **scores: float) -> str:
    """A finished run that found these scores."""
    run = await new_run(services.ledger)
    await copy(services.ledger, run, *(rowed(f"eth:{name}", value) for name, value in scores.items()))
    await finish(services.ledger, run, watermark)
    return run


def rowed(wallet: str, value: float) -> tuple[Any, ...]:
    plain: list[Any] = list(row(wallet, value))
    plain[9] = {"categories": {"scam": [value, value, 1]}, "residuals": {}}
    plain[10] = {"categories": {}, "residuals": {}}
    return tuple(plain)


async def test_what_moved_most_comes_first_and_what_did_not_is_only_counted(
    client: httpx.AsyncClient, services: Services
) -> None:
    before = await stored(services, 7, a=0.1, b=0.5, same=0.3, gone=0.2)
    after = await stored(services, 9, a=0.4, b=0.1, same=0.3, new=0.9)

    found = await diff(client, before, after)

    moved = [(one["wallet"], one["before"], one["after"], pytest.approx(one["change"])) for one in found["items"]]
    assert moved == [
        ("eth:new", None, 0.9, 0.9),
        ("eth:b", 0.5, 0.1, -0.4),
        ("eth:a", 0.1, 0.4, 0.3),
        ("eth:gone", 0.2, None, -0.2),
    ]
    assert found["counts"] == {
        "in_both": 3, "only_before": 1, "only_after": 1, "rose": 2, "fell": 2, "unchanged": 1, "largest": 0.9,
    }  # fmt: skip
    assert (found["before"]["id"], found["after"]["id"], found["changed"]) == (before, after, ["graph"])
    for one in found["items"]:
        part = one["parts"][0]
        assert (part["kind"], part["name"]) in {("source", "scam"), ("model", "classifier")}
        assert one["causes"] == [], "nothing was recorded as a cause"


async def test_pages_hold_every_wallet_once_and_small_moves_can_be_left_out(
    client: httpx.AsyncClient, services: Services
) -> None:
    before = await stored(services, 7, **{f"w{n:02}": 0.1 for n in range(12)})
    after = await stored(services, 9, **{f"w{n:02}": 0.2 if n % 2 else 0.3 for n in range(12)})
    whole = [one["wallet"] for one in (await diff(client, before, after))["items"]]

    paged, cursor = [], None
    while cursor is not None or not paged:
        page = await diff(client, before, after, limit=5, **({"cursor": cursor} if cursor else {}))
        paged += [one["wallet"] for one in page["items"]]
        cursor = page["next"]

    assert paged == whole == sorted(whole, key=lambda wallet: (int(wallet[-2:]) % 2, wallet)) and len(whole) == 12
    assert len((await diff(client, before, after, min_change=0.15))["items"]) == 6
    assert (await diff(client, after, after))["items"] == [], "a run does not differ from itself"


async def test_a_label_is_the_cause_of_what_moved_and_the_share_its_part(
    client: httpx.AsyncClient, services: Services, taxonomy: Taxonomy
) -> None:
    await land(services.graph, pay("thief", "a", 95), pay("clean", "a", 5), pay("x", "y", 1))
    first = await score(services)
    await label(services.graph, taxonomy, thief="ransomware")
    second = await score(services)
    await compared(services)

    found = await diff(client, first, second)
    backwards = await diff(client, second, first)

    items = {one["wallet"]: one for one in found["items"]}
    assert set(items) == {key("thief"), key("a")}, "x and y have not moved, and clean has no other score"
    assert items[key("thief")]["parts"][0]["kind"] == "category"
    part = items[key("a")]["parts"][0]
    assert (part["kind"], part["name"], part["before"], part["after"]) == ("source", "ransomware", 0, 0.95)
    [cause] = items[key("a")]["causes"]
    assert (cause["kind"], cause["wallet"], cause["category"]) == ("attribution_recorded", key("thief"), "ransomware")
    assert found["changed"] == ["graph"]
    of_a = next(one for one in backwards["items"] if one["wallet"] == key("a"))
    assert of_a["change"] == -items[key("a")]["change"] and of_a["causes"] == [cause]


async def test_runs_that_cannot_be_compared_say_why(client: httpx.AsyncClient, services: Services) -> None:
    done, unfinished = await stored(services, 7, a=0.1), await new_run(services.ledger)

    missing = problem(await client.get(path(done, "run_nobody")), 404, "not-found")
    early = problem(await client.get(path(unfinished, done)), 409, "run-unfinished")
    too_much = problem(await client.get(path(done, done), params={"min_change": 1.5}), 422, "invalid-input")
    problem(await client.get(path(done, done), params={"cursor": "x"}), 422, "invalid-input")
    assert "run_nobody" in missing["detail"] and "job" in early["detail"] and fields(too_much) == ["min_change"]

    newer = await stored(services, 9, a=0.2)
    await retained(services, 1)
    gone = problem(await client.get(path(done, newer)), 410, "run-rows-removed")
    assert done in gone["detail"]
    assert (await client.get(f"/api/v1/scoring-runs/{done}")).json()["rows_removed_at"] is not None


async def test_a_job_is_cancelled_by_api(client: httpx.AsyncClient, services: Services) -> None:
    async with services.ledger.transaction() as connection:
        job = await jobs.create_job(connection, "rescreen", {})

    answer = await client.post(f"/api/v1/jobs/{job.id}/cancel")
    await run_job(services, HANDLERS, job.id)
    read = (await client.get(f"/api/v1/jobs/{job.id}")).json()
    listed = (await client.get("/api/v1/jobs", params={"state": "cancelled"})).json()["items"]

    assert answer.status_code == 202 and answer.json() == read == listed[0]
    assert (read["state"], read["attempt"], read["eta_s"]) == ("cancelled", 0, None)
    assert (await client.post(f"/api/v1/jobs/{job.id}/retry")).json()["state"] == "queued"
    await run_job(services, HANDLERS, job.id)
    problem(await client.post(f"/api/v1/jobs/{job.id}/cancel"), 409, "job-conflict")
    problem(await client.post("/api/v1/jobs/job_nobody/cancel"), 404, "not-found")


async def test_drift_of_a_model_is_paged_latest_first(client: httpx.AsyncClient, services: Services) -> None:
    async with services.ledger.transaction() as connection:
        trained = await jobs.create_job(connection, "train_classifier", {})
    await kept_model(services, MODEL, trained.id)
    for number in range(3):
        drift = ModelDrift(
            model=MODEL,
            job=f"job_{number}",
            run=None,
            watermark=number,
            wallets=5,
            highest=number / 10,
            score=0.0,
            features={"low": 0.0, "high": number / 10},
            level="none",
            told=False,
        )
        async with services.ledger.transaction() as connection:
            assert await record_drift(connection, drift) and not await record_drift(connection, drift)

    first = (await client.get(f"/api/v1/models/{MODEL}/drift", params={"limit": 2})).json()
    rest = (await client.get(f"/api/v1/models/{MODEL}/drift", params={"cursor": first["next"]})).json()

    assert [one["watermark"] for one in first["items"] + rest["items"]] == [2, 1, 0] and rest["next"] is None
    assert list(first["items"][0]["features"]) == ["high", "low"]
    problem(await client.get("/api/v1/models/classifier-v99/drift"), 404, "not-found")


async def kept_model(services: Services, model: str, job: str) -> None:
    version = ModelVersion(
        id=model,
        kind="classifier",
        version=2,
        state="candidate",
        job=job,
        created_at=datetime.now(UTC),
        features=("low", "high"),
        feature_digest="00",
        seed=0,
        watermark=1,
        wallets=5,
        files=(),
    )
    async with services.ledger.transaction() as connection:
        await record_model(connection, version)
        await record_state(connection, model, "candidate", previous=None, actor="test", reason="trained")
