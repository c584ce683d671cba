"""Notes on a case: appended with an event that holds the digest, so that what they say can be erased."""

from __future__ import annotations

from graph.errors import NotFound
from jobs.services import Services
from ledger import audit, notes
from ledger.audit import EventDraft
from ledger.cases import get_case
from ledger.notes import Note
from ledger.session import Connection


async def add_note(services: Services, case: str, note: str, *, text: str, actor: str) -> Note:
    """Note something on a case, whatever its state; the same id again changes nothing."""
    async with services.ledger.transaction() as connection:
        await get_case(connection, case)
        made = await notes.record_note(connection, note, subject=case, author=actor, text=text)
        if made is None:
            return await _of_case(connection, case, note)
        body = {"note": note, "digest": made.digest}
        await audit.append(connection, EventDraft(actor, "case.noted", case, body))
        return made


async def erase_note(services: Services, case: str, note: str, *, actor: str) -> None:
    """Erase what a note says; who noted it, when and its digest stay. Safe to repeat."""
    async with services.ledger.transaction() as connection:
        found = await _of_case(connection, case, note)
        if await notes.erase_note(connection, note):
            body = {"note": note, "digest": found.digest}
            await audit.append(connection, EventDraft(actor, "case.note_erased", case, body))


async def _of_case(connection: Connection, case: str, note: str) -> Note:
    found = await notes.find_note(connection, note)
    if found is None or found.subject != case:
        raise NotFound("note", note)
    return found
