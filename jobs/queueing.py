"""How alerts come into the queue: recorded once, closed at once if suppressed, and set against what tells the same."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Alert
from jobs.closing import proposed_events
from jobs.services import Services
from jobs.shipping import ACTOR
from jobs.suppressing import close_suppressed
from jobs.working import changed_event
from ledger import alerts, audit, proposals
from ledger.session import Connection


async def open_alerts(services: Services, connection: Connection, opened: Sequence[Alert]) -> list[audit.EventDraft]:
    """Record new live alerts; return the events about them, those suppressed, and older ones that they make needless.

    Decisions they have come first.
    """
    if not opened:
        return []
    new = set(await alerts.record_alerts(connection, opened))
    closed = await close_suppressed(services, connection, [alert for alert in opened if alert.id in new])
    # What nobody gets to see makes nothing needless.
    shown = new - {change.alert for change in closed}
    told = await proposals.propose_told(connection, sorted(shown)) if shown else {}
    told_first = [opened_alert_event(alert) for alert in opened if alert.id in new]
    return [*told_first, *(changed_event(change) for change in closed), *proposed_events(told)]


def opened_alert_event(alert: Alert) -> audit.EventDraft:
    """What the audit log says of a live alert, beside the event of its decision."""
    body = {
        "class": alert.class_,
        "decision": alert.decision,
        "transaction": alert.transaction,
        "severity": alert.severity,
        "risk_score": alert.risk_score,
        "risk_category": alert.risk_category,
        "reason_codes": alert.reason_codes,
        "group_id": alert.group_id,
    }
    return audit.EventDraft(ACTOR, "alert.opened", alert.id, body)


async def open_retro_alerts(
    services: Services, connection: Connection, opened: Sequence[Alert]
) -> tuple[set[str], list[audit.EventDraft]]:
    """Record new retro alerts; return the ids of those that are new, and the events about those suppressed."""
    if not opened:
        return set(), []
    new = set(await alerts.record_alerts(connection, opened))
    closed = await close_suppressed(services, connection, [alert for alert in opened if alert.id in new])
    return new, [changed_event(change) for change in closed]
