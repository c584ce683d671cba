"""Notes on alerts and cases: appended with an event that holds the digest, so that what they say can be erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from graph.errors import NotFound
from jobs.services import Services
from ledger import audit, notes
from ledger.alerts import get_alert
from ledger.cases import get_case
from ledger.notes import Note
from ledger.session import Connection

Noted = Literal["alert", "case"]
# Raises NotFound for what is not there.
_REQUIRE: Mapping[Noted, Callable[[Connection, str], Awaitable[object]]] = {"alert": get_alert, "case": get_case}


async def add_note(services: Services, noted: Noted, subject: str, note: str, *, text: str, actor: str) -> Note:
    """Note something on an alert or a case, whatever its state; the same id again changes nothing."""
    async with services.ledger.transaction() as connection:
        await _REQUIRE[noted](connection, subject)
        made = await notes.record_note(connection, note, subject=subject, author=actor, text=text)
        if made is None:
            return await _note_of(connection, subject, note)
        body = {"note": note, "digest": made.digest}
        await audit.append(connection, audit.EventDraft(actor, f"{noted}.noted", subject, body))
    return made


async def erase_note(services: Services, noted: Noted, subject: str, note: str, *, actor: str) -> None:
    """Erase what a note says; who noted it, when and its digest stay. Safe to repeat; raises NotFound."""
    async with services.ledger.transaction() as connection:
        found = await _note_of(connection, subject, note)
        if await notes.erase_note(connection, note):
            body = {"note": note, "digest": found.digest}
            await audit.append(connection, audit.EventDraft(actor, f"{noted}.note_erased", subject, body))


async def _note_of(connection: Connection, subject: str, note: str) -> Note:
    found = await notes.find_note(connection, note)
    if found is None or found.subject != subject:
        raise NotFound("note", note)
    return found
