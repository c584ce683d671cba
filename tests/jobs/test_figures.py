"""The worker's schedule keeps the figures, and a reader gets the same ones whether it does or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobs.figures import keep_figures
from jobs.schedule import Schedule
from jobs.screening import screen_transactions
from jobs.services import Services
from ledger.figures import Span, Volume, behind, floor_to_bucket, list_volumes
from tests.builders import pay


async def volumes(services: Services) -> list[Volume]:
    since = floor_to_bucket(datetime.now(UTC)) - timedelta(hours=1)
    async with services.ledger.read() as connection:
        return await list_volumes(connection, [Span(since)])


async def test_the_schedule_keeps_figures_and_changes_none(services: Services) -> None:
    given = [pay("a", "b", 2), pay("b", "c", 3), pay("c", "d", 5)]
    await screen_transactions(services, given, actor="test", trace_id="t")
    (counted,) = await volumes(services)

    await Schedule(services)()

    async with services.ledger.read() as connection:
        assert not await behind(connection)
    assert await volumes(services) == [counted]
    assert (counted.severity, counted.decisions, counted.value) == ("none", 3, 10_000_000)


async def test_keeping_counts_only_what_is_new(services: Services) -> None:
    await screen_transactions(services, [pay("a", "b", 2)], actor="test", trace_id="t")
    assert await keep_figures(services) >= 1
    assert await keep_figures(services) == 0

    await screen_transactions(services, [pay("b", "a", 4)], actor="test", trace_id="t")
    (both,) = await volumes(services)
    await keep_figures(services)

    assert (both.decisions, both.value) == (2, 6_000_000)
    assert await volumes(services) == [both]
