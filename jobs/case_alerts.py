"""Resolving the alerts of a case with its outcome, once two people have agreed on it."""

from __future__ import annotations

from collections.abc import Mapping

from graph.model import Alert, AlertStatus, Verdict
from jobs.alert_states import CLOSED, Edit
from jobs.working import edit_alerts
from ledger.audit import EventDraft
from ledger.case_closings import Closing
from ledger.case_contents import list_case_alerts
from ledger.cases import CaseOutcome
from ledger.errors import CaseConflict
from ledger.session import Connection

# What an outcome says of the case's alerts; what was handed over is for others to judge.
ENDS: Mapping[CaseOutcome, tuple[AlertStatus, Verdict]] = {
    "reported": ("resolved", "confirmed"),
    "handed_over": ("resolved", "inconclusive"),
    "no_action": ("dismissed", "false_positive"),
}


async def resolve_alerts(connection: Connection, case: str, closing: Closing, *, actor: str) -> list[EventDraft]:
    """End the alerts of a case that are open or acknowledged, and return their events; ended ones stay as they are."""
    status, verdict = ENDS[closing.outcome]
    edit = Edit(status=status, verdict=verdict, reason=f"Case {case}: {closing.reason}")

    def ask(alert: Alert) -> Edit:
        if alert.status in CLOSED:
            raise CaseConflict(f"alert {alert.id} has ended already")
        return edit

    _, events = await edit_alerts(connection, dict.fromkeys(await list_case_alerts(connection, case), ask), actor=actor)
    return events
