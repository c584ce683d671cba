"""Sweeps are queued as the settings say, and one at a time."""

from __future__ import annotations

from msgspec.structs import replace

from jobs.schedule import Schedule
from jobs.services import Services
from ledger.jobs import list_jobs
from settings import ReconcilingSettings


async def queued(services: Services) -> list[str]:
    async with services.ledger.read() as connection:
        return sorted(job.name for job in await list_jobs(connection) if job.name.startswith("reconcile"))


def with_settings(services: Services, **given: float) -> Services:
    return replace(services, settings=replace(services.settings, reconciling=ReconcilingSettings(**given)))  # type: ignore[arg-type]


async def test_both_sweeps_are_due_at_first_and_then_after_a_while(services: Services) -> None:
    await Schedule(services)()
    await Schedule(services)()

    assert await queued(services) == ["reconcile", "reconcile_all"]


async def test_a_sweep_that_is_turned_off_is_not_queued(services: Services) -> None:
    await Schedule(with_settings(services, reconcile_every_s=0.0))()

    assert await queued(services) == ["reconcile_all"]
