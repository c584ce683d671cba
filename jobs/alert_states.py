"""What may become of an alert: the one table of its states, and what an edit makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType

from graph.errors import FieldError, InvalidInput
from graph.model import Alert, AlertStatus, Verdict
from ledger.alert_changes import AlertChange

CLOSED: frozenset[AlertStatus] = frozenset({"resolved", "dismissed"})
# From each state, where a person may take it. A closed alert is opened again before it is closed otherwise.
TRANSITIONS: Mapping[AlertStatus, frozenset[AlertStatus]] = {
    "open": frozenset({"acknowledged", "resolved", "dismissed"}),
    "acknowledged": frozenset({"open", "resolved", "dismissed"}),
    "resolved": frozenset({"open"}),
    "dismissed": frozenset({"open"}),
}
# What closing says unless the person says otherwise.
VERDICTS: Mapping[AlertStatus, Verdict] = {"resolved": "confirmed", "dismissed": "false_positive"}


class Edit(Struct, frozen=True, kw_only=True):
    """What is asked of an alert; what is UNSET stays. An `assignee` of None is nobody."""

    status: AlertStatus | UnsetType = UNSET
    assignee: str | UnsetType | None = UNSET
    verdict: Verdict | UnsetType = UNSET
    reason: str | None = None


def change_of(alert: Alert, edit: Edit, actor: str) -> AlertChange | None:
    """What an edit makes of an alert; None if it is so already.

    Raises InvalidInput for a state it cannot be taken to, a dismissal without a reason, a verdict on an open alert,
    and a reason for nothing.
    """
    status = alert.status if edit.status is UNSET else edit.status
    if errors := _errors(alert, edit, status):
        raise InvalidInput(*errors)
    assignee = alert.assignee if edit.assignee is UNSET else edit.assignee
    verdict = _verdict(alert, edit, status)
    if (status, assignee, verdict) == (alert.status, alert.assignee, alert.verdict):
        return None
    return AlertChange(
        alert=alert.id,
        version=alert.version + 1,
        status_before=alert.status,
        status_after=status,
        assignee_before=alert.assignee,
        assignee_after=assignee,
        verdict_before=alert.verdict,
        verdict_after=verdict,
        reason=edit.reason,
        actor=actor,
    )


def _verdict(alert: Alert, edit: Edit, status: AlertStatus) -> Verdict | None:
    if status not in CLOSED:
        return None
    if edit.verdict is not UNSET:
        return edit.verdict
    return alert.verdict if status == alert.status else VERDICTS[status]


def _errors(alert: Alert, edit: Edit, status: AlertStatus) -> list[FieldError]:
    errors = []
    if status != alert.status and status not in TRANSITIONS[alert.status]:
        may = ", ".join(sorted(TRANSITIONS[alert.status]))
        errors.append(FieldError("status", f"cannot go from {alert.status} to {status}; it may go to {may}"))
    if status == "dismissed" and alert.status != "dismissed" and not edit.reason:
        errors.append(FieldError("reason", "is missing; say why the alert is dismissed"))
    if edit.verdict is not UNSET and status not in CLOSED:
        errors.append(FieldError("verdict", "goes with an alert that is, or is being, resolved or dismissed"))
    if edit.status is UNSET and edit.assignee is UNSET and edit.verdict is UNSET:
        errors.append(FieldError("body", "asks for no change; send status, assignee or verdict"))
    return errors
