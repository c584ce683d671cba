"""A report about a case, drawn up from what is recorded: alerts, decisions, transactions, attributions, events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from graph.attribution_lists import attributions_about
from graph.clock import FOREVER
from graph.model import Alert, Attribution, Decision, Event
from graph.money import format_micro
from graph.taxonomy import is_in_force
from jobs.case_report import CaseReport, ReportGround, ReportReason, ReportStep
from jobs.casework import CaseFile, read_file
from jobs.narrative import MISSING, open_questions
from jobs.reported_money import Moved, read_moved, report_transaction, report_wallets, total_value
from jobs.services import Services
from ledger.audit import list_events
from ledger.case_contents import read_case_alerts

# Events of a case that its report tells; a longer history is cut at its newest end, and the report says so.
MAX_EVENTS = 2_000


class _Found(Struct, frozen=True):
    """What there is on record about a case."""

    file: CaseFile
    alerts: Sequence[Alert]
    moved: Sequence[Moved]
    events: Sequence[Event]
    said: Sequence[Attribution]


async def draw_up_report(services: Services, case: str) -> CaseReport:
    """Return the report on a case as it stands; raises NotFound. Read at one moment of the ledger, then the graph."""
    async with services.ledger.read(timeout_s=30) as connection:
        file = await read_file(connection, case)
        alerts = await read_case_alerts(connection, case)
        moved = await read_moved(connection, sorted({a.transaction for a in alerts if a.transaction}))
        events = await list_events(connection, limit=MAX_EVENTS, subject=case)
    keys = {key for one in moved for key in _parties(one)} | _alerted(alerts) | set(file.wallets)
    said = await _in_force(services, sorted(keys))
    return _report(_Found(file, alerts, moved, events, said), services.settings.reference_currency)


def _report(found: _Found, currency: str) -> CaseReport:
    case, alerts, moved = found.file.case, found.alerts, found.moved
    wallets = report_wallets(moved, found.file.wallets, _alerted(alerts), found.said)
    decisions = {one.decision.id: one.decision for one in moved if one.decision}
    times = [one.transaction.at for one in moved]
    return CaseReport(
        case=case.id,
        title=case.title,
        status=case.status,
        outcome=case.outcome,
        drawn_up_at=datetime.now(UTC),
        reference_currency=currency,
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        total_value=format_micro(total_value(moved)),
        wallets=wallets,
        transactions=tuple(map(report_transaction, moved)),
        grounds=tuple(_ground(alert, decisions.get(alert.decision or "")) for alert in alerts),
        chronology=tuple(sorted(_steps(alerts, moved, found.events, currency), key=lambda step: step.at)),
        done=tuple(_done(found.events)),
        open_questions=open_questions(case, alerts, moved, wallets),
        missing=MISSING,
    )


def _ground(alert: Alert, decision: Decision | None) -> ReportGround:
    return ReportGround(
        alert=alert.id,
        alert_status=alert.status,
        alert_class=alert.class_,
        decision=alert.decision,
        transaction=alert.transaction,
        wallets=alert.wallets,
        severity=alert.severity,
        risk_score=alert.risk_score,
        policy=decision.policy if decision else None,
        explanation=alert.explanation,
        reasons=tuple(_reasons(decision)) if decision else (),
    )


def _reasons(decision: Decision) -> Iterator[ReportReason]:
    for signal in decision.signals:
        for part in signal.contributions:
            yield ReportReason(
                signal=signal.name, reason=part.reason, value=part.value, share=part.share, detail=part.detail
            )


def _steps(
    alerts: Sequence[Alert], moved: Sequence[Moved], events: Sequence[Event], currency: str
) -> Iterator[ReportStep]:
    for one in moved:
        what = f"{one.transaction.key} moved {format_micro(one.transaction.value)} {currency}"
        yield ReportStep(at=one.transaction.at, kind="transaction", what=what, actor=None)
    for alert in alerts:
        what = f"alert {alert.id} was opened, {alert.severity}"
        yield ReportStep(at=alert.created_at, kind="alert", what=what, actor=None)
    for event in events:
        yield ReportStep(at=event.at, kind="case", what=_words(event), actor=event.actor)


def _done(events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        yield f"{_words(event)} by {event.actor} (#{event.seq} of the audit log)"
    if len(events) == MAX_EVENTS:
        yield f"the history goes on beyond these {MAX_EVENTS:,} events; see the case"


def _words(event: Event) -> str:
    reason = event.body.get("reason")
    outcome = event.body.get("outcome")
    said = event.action.replace("case.", "case ", 1).replace("_", " ")
    return said + (f", outcome {outcome}" if outcome else "") + (f": {reason}" if reason else "")


def _alerted(alerts: Sequence[Alert]) -> set[str]:
    return {wallet for alert in alerts for wallet in alert.wallets}


def _parties(moved: Moved) -> Iterator[str]:
    for party in (*moved.transaction.inputs, *moved.transaction.outputs):
        yield f"{moved.transaction.network}:{party.address}"


async def _in_force(services: Services, wallets: Sequence[str]) -> list[Attribution]:
    found = await attributions_about(services.graph, wallets) if wallets else []
    return [attribution for attribution in found if is_in_force(attribution, datetime.now(UTC), FOREVER)]
