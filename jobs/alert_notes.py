"""Notes on an alert: appended with an event that holds the digest, so that what they say can be erased."""

from __future__ import annotations

from graph.errors import NotFound
from jobs.services import Services
from ledger import alerts, audit, notes
from ledger.notes import Note
from ledger.session import Connection


async def add_note(services: Services, alert: str, note: str, *, text: str, actor: str) -> Note:
    """Note something on an alert, whatever its state; the same id again changes nothing."""
    async with services.ledger.transaction() as connection:
        await alerts.get_alert(connection, alert)
        made = await notes.record_note(connection, note, subject=alert, author=actor, text=text)
        if made is None:
            return await _of_alert(connection, alert, note)
        body = {"note": note, "digest": made.digest}
        await audit.append(connection, audit.EventDraft(actor, "alert.noted", alert, body))
    return made


async def erase_note(services: Services, alert: str, note: str, *, actor: str) -> None:
    """Erase what a note says; who noted it, when and its digest stay. Safe to repeat; raises NotFound."""
    async with services.ledger.transaction() as connection:
        found = await _of_alert(connection, alert, note)
        if await notes.erase_note(connection, note):
            body = {"note": note, "digest": found.digest}
            await audit.append(connection, audit.EventDraft(actor, "alert.note_erased", alert, body))


async def _of_alert(connection: Connection, alert: str, note: str) -> Note:
    found = await notes.find_note(connection, note)
    if found is None or found.subject != alert:
        raise NotFound("note", note)
    return found
