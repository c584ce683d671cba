"""What a case gathers, put in and taken out; its notes and its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, delete, get, post
from msgspec import Struct

from api.bodies import read_body
from api.case_bodies import CaseAlertsInput, CaseWalletsInput
from api.cases import CaseDetail, canonical_wallets, case_response
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.note_bodies import NoteInput, NoteView
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id, WalletKey, canonical_wallet
from graph.model import Event
from jobs import casework, noting
from ledger.audit import list_events
from ledger.cases import get_case
from ledger.notes import list_notes

_notes: Cursors[int] = Cursors("case-notes", Seq)
_events: Cursors[int] = Cursors("case-history", Seq)


class CaseNotePage(Struct, frozen=True):
    """A page of notes; `next` is null at the end."""

    items: list[NoteView]
    next: str | None


class CaseEventView(Struct, frozen=True, kw_only=True):
    """One change of a case: `seq` is its place in the audit log, `details` what the log says of it."""

    seq: int
    at: datetime
    actor: str
    action: str
    details: dict[str, Any]

    @classmethod
    def from_event(cls, event: Event) -> CaseEventView:
        """Return the event as it is on the wire."""
        return cls(seq=event.seq, at=event.at, actor=event.actor, action=event.action, details=event.body)


class CaseHistory(Struct, frozen=True):
    """A page of a case's changes; `next` is null at the end."""

    items: list[CaseEventView]
    next: str | None


@post("/cases/{case:str}/alerts", operation_id="add_case_alerts", summary="Put alerts into a case", status_code=200)
async def add_case_alerts(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, case: Id
) -> Response[CaseDetail]:
    """Put alerts into an open case, all or none; those in it already stay.

    409 `case-conflict` if one is in another case, or this one is not open.
    """
    asked = read_body(await request.body(), CaseAlertsInput)
    return case_response(await casework.add_to_case(services, case, alerts=asked.alerts, actor=caller.id))


@delete(
    "/cases/{case:str}/alerts/{alert:str}",
    operation_id="remove_case_alert",
    summary="Take an alert out of a case",
    status_code=204,
)
async def remove_case_alert(services: GivenServices, caller: GivenCaller, case: Id, alert: Id) -> None:
    """Take an alert out of an open case; 404 if it is not in it. The history keeps that it was."""
    await casework.remove_alert(services, case, alert, actor=caller.id)


@post("/cases/{case:str}/wallets", operation_id="add_case_wallets", summary="Put wallets into a case", status_code=200)
async def add_case_wallets(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, case: Id
) -> Response[CaseDetail]:
    """Put wallets into an open case, all or none; those in it already stay. A wallet may be in many cases."""
    asked = read_body(await request.body(), CaseWalletsInput)
    wallets = canonical_wallets(asked.wallets)
    return case_response(await casework.add_to_case(services, case, wallets=wallets, actor=caller.id))


@delete(
    "/cases/{case:str}/wallets/{key:str}",
    operation_id="remove_case_wallet",
    summary="Take a wallet out of a case",
    status_code=204,
)
async def remove_case_wallet(services: GivenServices, caller: GivenCaller, case: Id, key: WalletKey) -> None:
    """Take a wallet out of an open case; 404 if it is not in it. The history keeps that it was."""
    await casework.remove_wallet(services, case, canonical_wallet(key), actor=caller.id)


@get("/cases/{case:str}/notes", operation_id="list_case_notes", summary="Notes on a case, oldest first")
async def list_case_notes(services: GivenServices, case: Id, limit: Limit = 100, cursor: Cursor = None) -> CaseNotePage:
    """Page through the notes on a case; those whose text was erased are still listed."""
    after = _notes.read(cursor) or 0
    async with services.ledger.read() as connection:
        await get_case(connection, case)
        notes, ended = await list_notes(connection, case, after=after, limit=limit)
    return CaseNotePage([NoteView.from_note(note) for note in notes], _notes.write(ended))


@post("/cases/{case:str}/notes", operation_id="create_case_note", summary="Note something on a case")
async def create_case_note(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, case: Id
) -> NoteView:
    """Append a note, also to a closed case. It is never edited; the audit log holds its digest, not its text."""
    asked = read_body(await request.body(), NoteInput)
    note = await noting.add_note(
        services, "case", case, new_resource_id(request, "not"), text=asked.text, actor=caller.id
    )
    return NoteView.from_note(note)


@delete(
    "/cases/{case:str}/notes/{note:str}",
    operation_id="erase_case_note",
    summary="Erase what a note on a case says",
    status_code=204,
)
async def erase_case_note(services: GivenServices, caller: GivenCaller, case: Id, note: Id) -> None:
    """Erase the text of a note; its author, time and digest stay, and the audit log says who erased it.

    Safe to send again.
    """
    await noting.erase_note(services, "case", case, note, actor=caller.id)


@get("/cases/{case:str}/history", operation_id="list_case_history", summary="What became of a case, oldest first")
async def list_case_history(
    services: GivenServices, case: Id, limit: Limit = 100, cursor: Cursor = None
) -> CaseHistory:
    """Page through the audit events about a case: who changed what, when, and why."""
    after = _events.read(cursor) or 0
    async with services.ledger.read() as connection:
        await get_case(connection, case)
        events = await list_events(connection, after=after, limit=limit + 1, subject=case)
    ended = events[limit - 1].seq if len(events) > limit else None
    return CaseHistory([CaseEventView.from_event(event) for event in events[:limit]], _events.write(ended))
