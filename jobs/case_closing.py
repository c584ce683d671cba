"""Closing a case takes two: one proposes, another one with the right to approves or rejects."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from jobs.case_alerts import resolve_alerts
from jobs.casework import Still
from jobs.services import Services
from ledger import audit, case_closings
from ledger import cases as ledger
from ledger.audit import EventDraft
from ledger.case_closings import Closing, ClosingVerdict
from ledger.cases import Case, CaseOutcome, CaseStatus
from ledger.errors import CaseConflict, FourEyes
from ledger.session import Connection


async def propose_closing(
    services: Services,
    case: str,
    closing: str,
    *,
    outcome: CaseOutcome,
    reason: str,
    resolve_alerts: bool,
    still: Still,
    actor: str,
    person: str,
) -> Case:
    """Propose to close an open case; until somebody else decides, nothing is added to it or taken out.

    `person` answers for the actor. A proposal that is there already under this id is left as it is.
    """
    async with services.ledger.transaction() as connection:
        if any(known.id == closing for known in await case_closings.list_closings(connection, case)):
            return await ledger.get_case(connection, case)
        before = await _locked(connection, case, "open", still)
        await case_closings.propose_closing(
            connection,
            closing,
            case,
            outcome=outcome,
            reason=reason,
            resolve_alerts=resolve_alerts,
            actor=actor,
            person=person,
        )
        body = {"closing": closing, "outcome": outcome, "reason": reason, "resolve_alerts": resolve_alerts}
        return await _moved(connection, before, "closing", None, EventDraft(actor, "case.closing_proposed", case, body))


async def decide_closing(
    services: Services, case: str, verdict: ClosingVerdict, *, reason: str | None, still: Still, actor: str, person: str
) -> Case:
    """Approve, reject or withdraw what was proposed: the case is closed, or open again.

    Raises FourEyes if the proposer approves or rejects, or somebody else withdraws, and CaseConflict if nothing is
    proposed. Of several at once one is heard; the others find the case changed.
    """
    async with services.ledger.transaction(timeout_s=30) as connection:
        before = await _locked(connection, case, "closing", still)
        pending = await _pending(connection, case)
        _require_another(pending, verdict, person)
        await case_closings.decide_closing(connection, pending, verdict, reason=reason, actor=actor, person=person)
        body: dict[str, Any] = {"closing": pending.id, "outcome": pending.outcome, "reason": reason}
        decided = EventDraft(actor, f"case.closing_{verdict}", case, body)
        if verdict != "approved":
            return await _moved(connection, before, "open", None, decided)
        events = await resolve_alerts(connection, case, pending, actor=actor) if pending.resolve_alerts else []
        return await _moved(connection, before, "closed", pending.outcome, decided, *events)


async def reopen_case(services: Services, case: str, *, reason: str, still: Still, actor: str) -> Case:
    """Open a closed case again; how it was closed stays recorded, and its alerts stay as they are."""
    async with services.ledger.transaction() as connection:
        before = await _locked(connection, case, "closed", still)
        return await _moved(
            connection, before, "open", None, EventDraft(actor, "case.reopened", case, {"reason": reason})
        )


async def _locked(connection: Connection, case: str, status: CaseStatus, still: Still) -> Case:
    found = await ledger.lock_case(connection, case)
    still(found)
    if found.status != status:
        raise CaseConflict(f"the case is {found.status}; this takes one that is {status}")
    return found


async def _pending(connection: Connection, case: str) -> Closing:
    pending = await case_closings.find_pending(connection, case)
    if pending is None:
        raise CaseConflict("nobody has proposed to close the case")
    return pending


def _require_another(pending: Closing, verdict: ClosingVerdict, person: str) -> None:
    if verdict == "withdrawn" and person != pending.proposing_person:
        raise FourEyes("a proposal is withdrawn by who made it; approve or reject it")
    if verdict != "withdrawn" and person == pending.proposing_person:
        raise FourEyes("who proposed to close the case cannot decide on it; another person has to")


async def _moved(
    connection: Connection, case: Case, status: CaseStatus, outcome: CaseOutcome | None, *events: EventDraft
) -> Case:
    saved = await ledger.save_case(connection, replace(case, status=status, outcome=outcome))
    await audit.append(connection, *events)
    return saved
