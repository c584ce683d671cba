"""Working on alerts: edits of one or many, each a change, a verdict if it says so, and one event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from graph.errors import HeadwaterError, NotFound
from graph.model import Alert
from jobs.alert_states import Edit, change_of
from jobs.services import Services
from ledger import alert_changes, alerts, audit
from ledger.alert_changes import AlertChange
from ledger.session import Connection

MAX_BULK = 1_000

# Raises if a locked alert is not the version that the caller has read, or returns what is asked of it.
Asked = Callable[[Alert], Edit]


class Worked(Struct, frozen=True):
    """What became of one alert: as it is now, or why it was left as it was."""

    alert: Alert | None
    error: HeadwaterError | None = None


async def edit_alert(services: Services, alert: str, asked: Asked, *, actor: str) -> Alert:
    """Change one alert and return it as it is then; raises NotFound, and what `asked` or the edit raises."""
    async with services.ledger.transaction() as connection:
        worked, events = await edit_alerts(connection, {alert: asked}, actor=actor)
        await audit.append(connection, *events)
    done = worked[alert]
    if done.alert is None:
        raise done.error or NotFound("alert", alert)
    return done.alert


async def edit_many(services: Services, asked: Mapping[str, Asked], *, actor: str) -> dict[str, Worked]:
    """Change at most 1,000 alerts in one transaction; each that cannot be changed says why and holds up no other."""
    async with services.ledger.transaction(timeout_s=30) as connection:
        worked, events = await edit_alerts(connection, asked, actor=actor)
        await audit.append(connection, *events)
    return worked


async def edit_alerts(
    connection: Connection, asked: Mapping[str, Asked], *, actor: str
) -> tuple[dict[str, Worked], list[audit.EventDraft]]:
    """Change alerts in a transaction of the caller, who appends the events returned, last of all."""
    there = await alerts.lock_alerts(connection, list(asked))
    worked: dict[str, Worked] = {}
    changes: list[AlertChange] = []
    for alert, ask in asked.items():
        worked[alert], change = _edited(alert, there.get(alert), ask, actor)
        changes += [change] if change else []
    if changes:
        after = [found for change in changes if (found := worked[change.alert].alert)]
        await alert_changes.record_changes(connection, changes, after)
    return worked, [changed_event(change) for change in changes]


def _edited(alert: str, before: Alert | None, asked: Asked, actor: str) -> tuple[Worked, AlertChange | None]:
    if before is None:
        return Worked(None, NotFound("alert", alert)), None
    try:
        change = change_of(before, asked(before), actor)
    except HeadwaterError as error:
        return Worked(None, error), None
    return Worked(change.apply(before) if change else before), change


def changed_event(change: AlertChange) -> audit.EventDraft:
    """What the audit log says of a change: what differs, from what to what."""
    body: dict[str, Any] = {"version": change.version}
    for name in ("status", "assignee", "verdict"):
        before, after = getattr(change, f"{name}_before"), getattr(change, f"{name}_after")
        if before != after:
            body[name] = {"from": before, "to": after}
    if change.reason:
        body["reason"] = change.reason
    if change.suppression:
        body["suppression"] = change.suppression
    return audit.EventDraft(change.actor, "alert.changed", change.alert, body)
