"""A job that is dead is seen in the list, and a supervisor gives it new attempts; nobody less may."""

from __future__ import annotations

import httpx
import pytest

from graph.errors import InvalidInput
from graph.model import Role
from jobs.runner import record_failure
from jobs.services import Services
from ledger.audit import list_events
from ledger.jobs import MAX_ATTEMPTS, claim_job, create_job, get_job
from tests.api.conftest import bearer, problem


async def dead_job(services: Services, unique_key: str | None = None) -> str:
    """A job that has failed as often as a job may."""
    async with services.ledger.transaction() as connection:
        job = await create_job(connection, "score_graph", {"hops": 3}, unique_key)
    for _ in range(MAX_ATTEMPTS):
        async with services.ledger.transaction() as connection:
            claimed = await claim_job(connection, job.id)
        assert claimed is not None
        await record_failure(services, claimed, RuntimeError("poison"))
    return job.id


async def test_a_dead_job_is_listed_and_given_new_attempts(
    client: httpx.AsyncClient, services: Services, keys: dict[Role, str]
) -> None:
    job = await dead_job(services)
    listed = (await client.get("/api/v1/jobs", params={"state": "dead"})).json()["items"]

    refused = await client.post(f"/api/v1/jobs/{job}/retry", headers=bearer(keys["investigator"]))
    again = await client.post(f"/api/v1/jobs/{job}/retry", headers=bearer(keys["supervisor"]))
    twice = await client.post(f"/api/v1/jobs/{job}/retry", headers=bearer(keys["supervisor"]))

    assert [(one["id"], one["error"]) for one in listed] == [(job, "RuntimeError: poison")]
    problem(refused, 403, "forbidden")
    assert (again.status_code, again.json()["state"], twice.status_code) == (202, "queued", 202)
    async with services.ledger.read() as connection:
        actions = [event.action for event in await list_events(connection, limit=10, subject=job)]
        assert (await get_job(connection, job)).attempt == MAX_ATTEMPTS
    assert sorted(actions) == ["job.dead", "job.failed", "job.failed", "job.retried"]


async def test_a_job_that_another_one_does_already_is_not_given_new_attempts(
    client: httpx.AsyncClient, services: Services
) -> None:
    job = await dead_job(services, unique_key="the only one")
    async with services.ledger.transaction() as connection:
        await create_job(connection, "score_graph", {}, "the only one")

    problem(await client.post(f"/api/v1/jobs/{job}/retry"), 409, "job-conflict")


@pytest.mark.parametrize("failures", [1, 2])
async def test_one_that_has_failed_by_itself_gets_as_many_attempts_as_a_new_one(
    client: httpx.AsyncClient, services: Services, failures: int
) -> None:
    async with services.ledger.transaction() as connection:
        job = await create_job(connection, "score_graph", {})
    for left in reversed(range(failures)):
        async with services.ledger.transaction() as connection:
            claimed = await claim_job(connection, job.id)
        assert claimed is not None
        await record_failure(services, claimed, RuntimeError("once") if left else InvalidInput())

    again = await client.post(f"/api/v1/jobs/{job.id}/retry")

    assert again.json()["attempt"] % MAX_ATTEMPTS == 0 and again.json()["attempt"] >= failures


async def test_nobody_retries_what_is_not_there(client: httpx.AsyncClient) -> None:
    problem(await client.post("/api/v1/jobs/job_nobody/retry"), 404, "not-found")
