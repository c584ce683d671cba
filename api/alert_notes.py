"""Notes on an alert and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, delete, get, post
from msgspec import Struct

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.note_bodies import NoteInput, NoteView
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id
from graph.model import AlertStatus, Verdict
from jobs import noting
from ledger.alert_changes import AlertChange, list_changes
from ledger.alerts import get_alert
from ledger.notes import list_notes

_notes: Cursors[int] = Cursors("alert-notes", Seq)
_changes: Cursors[int] = Cursors("alert-history", Seq)


class AlertNotePage(Struct, frozen=True):
    """A page of notes; `next` is null at the end."""

    items: list[NoteView]
    next: str | None


class StatusStep(Struct, frozen=True, rename={"from_": "from"}):
    """The status before and after."""

    from_: AlertStatus
    to: AlertStatus


class AssigneeStep(Struct, frozen=True, rename={"from_": "from"}):
    """The assignee before and after; null is nobody."""

    from_: str | None
    to: str | None


class VerdictStep(Struct, frozen=True, rename={"from_": "from"}):
    """The verdict before and after; null is none."""

    from_: Verdict | None
    to: Verdict | None


class AlertChangeView(Struct, frozen=True, kw_only=True):
    """One change of an alert, which made its `version`; `suppression` if that closed it, not a person."""

    version: int
    at: datetime | None
    actor: str
    status: StatusStep
    assignee: AssigneeStep
    verdict: VerdictStep
    reason: str | None
    suppression: str | None

    @classmethod
    def from_change(cls, change: AlertChange) -> AlertChangeView:
        """Return the change as it is on the wire."""
        return cls(
            version=change.version,
            at=change.at,
            actor=change.actor,
            status=StatusStep(change.status_before, change.status_after),
            assignee=AssigneeStep(change.assignee_before, change.assignee_after),
            verdict=VerdictStep(change.verdict_before, change.verdict_after),
            reason=change.reason,
            suppression=change.suppression,
        )


class AlertHistory(Struct, frozen=True):
    """A page of an alert's changes; `next` is null at the end."""

    items: list[AlertChangeView]
    next: str | None


@get("/alerts/{alert:str}/notes", operation_id="list_alert_notes", summary="Notes on an alert, oldest first")
async def list_alert_notes(
    services: GivenServices, alert: Id, limit: Limit = 100, cursor: Cursor = None
) -> AlertNotePage:
    """Page through the notes on an alert; those whose text was erased are still listed, with text null."""
    after = _notes.read(cursor) or 0
    async with services.ledger.read() as connection:
        await get_alert(connection, alert)
        found, ended = await list_notes(connection, alert, after=after, limit=limit)
    return AlertNotePage([NoteView.from_note(note) for note in found], _notes.write(ended))


@post("/alerts/{alert:str}/notes", operation_id="create_alert_note", summary="Note something on an alert")
async def create_alert_note(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, alert: Id
) -> NoteView:
    """Append a note, also to a closed alert. It is never edited; the audit log holds its digest, not its text."""
    asked = read_body(await request.body(), NoteInput)
    note = await noting.add_note(
        services, "alert", alert, new_resource_id(request, "not"), text=asked.text, actor=caller.id
    )
    return NoteView.from_note(note)


@delete(
    "/alerts/{alert:str}/notes/{note:str}",
    operation_id="erase_alert_note",
    summary="Erase what a note on an alert says",
    status_code=204,
)
async def erase_alert_note(services: GivenServices, caller: GivenCaller, alert: Id, note: Id) -> None:
    """Erase the text of a note; its author, time and digest stay, and the audit log says who erased it.

    Safe to send again.
    """
    await noting.erase_note(services, "alert", alert, note, actor=caller.id)


@get("/alerts/{alert:str}/history", operation_id="list_alert_history", summary="What became of an alert, oldest first")
async def list_alert_history(
    services: GivenServices, alert: Id, limit: Limit = 100, cursor: Cursor = None
) -> AlertHistory:
    """Page through the changes of an alert: who made what of it, when, and why. It began as version 1, open."""
    after = _changes.read(cursor) or 0
    async with services.ledger.read() as connection:
        await get_alert(connection, alert)
        found, ended = await list_changes(connection, alert, after=after, limit=limit)
    return AlertHistory([AlertChangeView.from_change(change) for change in found], _changes.write(ended))
