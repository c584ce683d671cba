"""The outbox: spans that nobody takes are relayed, spans of nothing removed, events that fell out put in again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobs.reconciling_sweep import PAGE, Sweep
from jobs.relaying import relay_all
from ledger.outbox import oldest_span
from ledger.reconciling_events import hollow_spans, lost_events, queue_again, remove_spans


async def put_outbox_right(sweep: Sweep, since: datetime) -> None:
    """Look at what waits, and at events since a time; deliveries that were made long ago are not known any more."""
    services = sweep.services
    # What was delivered is forgotten after a while, and must not be sent again for that.
    known_since = datetime.now(UTC) - timedelta(seconds=services.settings.webhooks.webhook_kept_s / 2)
    async with services.ledger.read(timeout_s=60) as connection:
        hollow = await hollow_spans(connection)
        lost = await lost_events(connection, max(since, known_since), sweep.settled_before, PAGE)
        backlog = await oldest_span(connection)
    for first, last in hollow:
        sweep.find("outbox", f"{first}-{last}", "waits to be relayed, and there are no such events", "removed")
    for seq in lost:
        sweep.find("outbox", str(seq), "is wanted by a webhook and was never queued for it", "queued")
    is_late = backlog.oldest_s is not None and backlog.oldest_s > sweep.late_s
    if is_late and len(hollow) < backlog.spans:
        found = f"{backlog.events:,} events have waited in the outbox for up to {backlog.oldest_s:.0f} s"
        sweep.find("outbox", "relay", found, "relayed")
    if not sweep.repairing:
        return
    async with services.ledger.transaction() as connection:
        await remove_spans(connection, hollow)
        await queue_again(connection, lost)
    if is_late or lost:
        await relay_all(services)
