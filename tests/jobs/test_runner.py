"""Which jobs a worker takes: those that it knows, on a ledger of its own version."""

from __future__ import annotations

import psycopg
import pytest

from graph.model import Job
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger import jobs
from tests.servers import Servers


async def queued(services: Services, name: str) -> Job:
    async with services.ledger.transaction() as connection:
        return await jobs.create_job(connection, name, {})


async def after(services: Services, job: Job) -> Job:
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        return await jobs.get_job(connection, job.id)


async def test_a_job_of_a_later_version_is_left_to_a_worker_that_knows_it(services: Services) -> None:
    left = await after(services, await queued(services, "brew_coffee"))

    assert (left.state, left.attempt) == ("queued", 0)


async def test_a_worker_stops_taking_jobs_once_the_schema_has_moved_on(services: Services, servers: Servers) -> None:
    job = await queued(services, "rescreen")
    with psycopg.connect(servers.postgres_admin_url) as owner:
        [was] = owner.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        owner.execute("UPDATE alembic_version SET version_num = 'later'")
    try:
        left = await after(services, job)
    finally:
        with psycopg.connect(servers.postgres_admin_url) as owner:
            owner.execute("UPDATE alembic_version SET version_num = %s", (was,))

    assert (left.state, left.attempt) == ("queued", 0)
    assert (await after(services, job)).state == "succeeded"


@pytest.mark.parametrize("name", ["", "job_nobody"])
async def test_a_job_that_is_not_there_is_passed_over(services: Services, name: str) -> None:
    await run_job(services, HANDLERS, name)

    async with services.ledger.read() as connection:
        assert await jobs.list_jobs(connection) == []
