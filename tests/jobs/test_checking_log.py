"""A worker walks the whole audit log when somebody asks; what it finds is told with the job and is an event."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph.model import Job
from jobs.checking_log import NAME, check_log, request_log_check
from jobs.runner import run_job
from jobs.services import Services
from ledger.audit import list_events
from ledger.jobs import get_job
from ledger.session import Ledger
from tests.jobs.signing import as_owner_behind_guards, fill, sign, signing_services
from tests.servers import Servers


@pytest.fixture
async def services(servers: Servers, ledger: Ledger, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def checked(services: Services) -> Job:
    """Ask for a check and do it."""
    job = await request_log_check(services, actor="usr_olga")
    assert await run_job(services, {NAME: check_log}, job.id)
    async with services.ledger.read() as connection:
        return await get_job(connection, job.id)


async def test_a_log_that_holds_has_no_findings(services: Services) -> None:
    await sign(services, more=300)
    await fill(services, 5)

    job = await checked(services)

    async with services.ledger.read() as connection:
        events = await list_events(connection, limit=1000)
    walked = len(events) - 1  # all but what the check itself told
    assert job.state == "succeeded" and (job.done, job.total) == (walked, walked)
    assert job.result is not None
    assert (job.result["events"], job.result["checkpoints"]) == (walked, 1)
    assert (job.result["findings"], job.result["bad"]) == ([], None)


async def test_who_asked_and_what_came_of_it_are_in_the_log(services: Services) -> None:
    await fill(services, 2)

    job = await checked(services)

    async with services.ledger.read() as connection:
        (asked,) = await list_events(connection, action="audit.verification_requested")
        (told,) = await list_events(connection, action="audit.verified")
    assert (asked.actor, asked.subject, told.subject) == ("usr_olga", job.id, job.id)
    assert (told.actor, told.body["events"], told.body["findings"]) == ("worker", told.seq - 1, 0)


async def test_an_edited_event_is_named(services: Services, servers: Servers) -> None:
    await sign(services, more=20)
    as_owner_behind_guards(servers, "UPDATE audit_events SET subject = 'eth:other' WHERE seq = 7")

    result = (await checked(services)).result

    assert result is not None
    assert result["bad"] == [7, 7] and "audit event 7" in result["findings"][0]


async def test_one_who_asks_while_one_is_under_way_is_given_that_one(services: Services) -> None:
    first = await request_log_check(services, actor="usr_olga")

    assert (await request_log_check(services, actor="usr_sam")).id == first.id
