"""Keeping the figures of the dashboard, so that nobody has to count a million decisions."""

from __future__ import annotations

from jobs.services import Services
from ledger.dashboard import fold_alert_counts
from ledger.figures import behind, count_events

# With 20,000 events each: a log that was never counted is caught up with without holding up what else is due.
MOST_STEPS = 5


async def keep_figures(services: Services) -> int:
    """Take new events of the audit log into the figures; returns how many. Each step is whole or not there at all."""
    async with services.ledger.read() as connection:
        if not await behind(connection):
            return 0
    async with services.ledger.transaction() as connection:
        await fold_alert_counts(connection)
    total = 0
    for _ in range(MOST_STEPS):
        async with services.ledger.transaction() as connection:
            counted = await count_events(connection)
        total += counted
        if not counted:
            break
    return total
