"""Suppressing alerts that are known and need nobody, and letting them through again once something is different."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from msgspec import to_builtins

from graph.errors import HeadwaterError
from graph.model import Alert, Decision, Severity
from jobs.services import Services
from jobs.signatures import Signature, key_of, signatures_of
from ledger import alert_changes, alerts, audit, decisions, suppressions
from ledger.alert_changes import AlertChange
from ledger.session import Connection
from ledger.suppressions import Suppression

ACTOR = "suppression"
_ORDER: tuple[Severity, ...] = get_args(Severity)


async def suppress(
    services: Services, suppression: str, alert: str, *, reason: str, until: datetime | None, actor: str
) -> Suppression:
    """Suppress alerts that rest on the same as this one does now, up to its severity; the same id again does nothing.

    Returned is the suppression in force that does the same already, whatever its reason, if there is one. The alert
    itself stays as it is. Raises NotFound, and QueryCut where its ways take too long to find.
    """
    async with services.ledger.read() as connection:
        found = await alerts.get_alert(connection, alert)
        made = await _decisions(connection, [found])
    signature = (await signatures_of(services, [found], made))[alert]
    async with services.ledger.transaction() as connection:
        await suppressions.lock_key(connection, key_of(found))
        for known in await suppressions.find_holding(connection, [key_of(found)]):
            if (known.signature, known.severity, known.until) == (signature.digest, found.severity, until):
                return known
        is_new = await suppressions.record_suppression(
            connection,
            suppression,
            alert=alert,
            key=key_of(found),
            signature=signature.digest,
            severity=found.severity,
            parts=to_builtins(signature),
            reason=reason,
            until=until,
            actor=actor,
        )
        recorded = await suppressions.get_suppression(connection, suppression)
        if is_new:
            await audit.append(connection, _created_event(recorded))
    return recorded


async def end(services: Services, suppression: str, *, actor: str) -> None:
    """End a suppression: alerts like its own open again from now on. Raises NotFound; ending it again does nothing."""
    async with services.ledger.transaction() as connection:
        found = await suppressions.get_suppression(connection, suppression)
        if await suppressions.end_suppression(connection, suppression, actor=actor):
            draft = audit.EventDraft(actor, "suppression.ended", suppression, {"alert": found.alert})
            await audit.append(connection, draft)


async def close_suppressed(services: Services, connection: Connection, new: Sequence[Alert]) -> list[AlertChange]:
    """Close those of the alerts just recorded that a suppression is about, and return what became of them.

    One cheap read where none is. An alert whose signature cannot be had stays open: it is seen once too often rather
    than never.
    """
    keys = {alert.id: key_of(alert) for alert in new}
    holding = await suppressions.find_holding(connection, sorted(set(keys.values()))) if keys else []
    like = {alert.id: [one for one in holding if one.key == keys[alert.id] and _covers(one, alert)] for alert in new}
    signatures = await _signatures(services, connection, [alert for alert in new if like[alert.id]])
    changes, closed = [], []
    for alert in new:
        signature = signatures.get(alert.id)
        by = next((one for one in like[alert.id] if signature and one.signature == signature.digest), None)
        if by is not None:
            changes.append(_change(alert, by))
            closed.append(changes[-1].apply(alert))
    if changes:
        await alert_changes.record_changes(connection, changes, closed)
    return changes


def _covers(suppression: Suppression, alert: Alert) -> bool:
    return _ORDER.index(alert.severity) <= _ORDER.index(suppression.severity)


async def _signatures(services: Services, connection: Connection, asked: Sequence[Alert]) -> dict[str, Signature]:
    if not asked:
        return {}
    made = await _decisions(connection, asked)
    try:
        return await signatures_of(services, asked, made)
    except HeadwaterError:
        return {}


async def _decisions(connection: Connection, asked: Sequence[Alert]) -> dict[str, Decision]:
    return await decisions.find_decisions(connection, [alert.transaction for alert in asked if alert.transaction])


def _change(alert: Alert, by: Suppression) -> AlertChange:
    return AlertChange(
        alert=alert.id,
        version=alert.version + 1,
        status_before=alert.status,
        status_after="dismissed",
        assignee_before=alert.assignee,
        assignee_after=alert.assignee,
        verdict_before=None,
        # Nobody has looked at this one.
        verdict_after="inconclusive",
        reason=by.reason,
        suppression=by.id,
        actor=ACTOR,
    )


def _created_event(one: Suppression) -> audit.EventDraft:
    body = {"alert": one.alert, "signature": one.signature, "severity": one.severity, "reason": one.reason}
    return audit.EventDraft(one.created_by, "suppression.created", one.id, body | {"until": one.until})
