"""Notes on alerts and cases: who and when are kept for good, what they say can be erased."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct

from ledger.personal import new_salt
from ledger.session import Connection

_COLUMNS = "n.number, n.id, n.subject, n.author, n.digest, n.at, t.body AS text"


class Note(Struct, frozen=True, kw_only=True):
    """A note about `subject`, the id of an alert or a case; `text` is None once it is erased.

    `digest` is the SHA-256, in hex, of a salt and the text; it stands for the text in what is never erased.
    """

    number: int
    id: str
    subject: str
    author: str
    digest: str
    at: datetime
    text: str | None


async def record_note(connection: Connection, note: str, *, subject: str, author: str, text: str) -> Note | None:
    """Record a note under this id; None if there is one already. The caller records the event, with its digest."""
    salt = new_salt()
    digest = hashlib.sha256(f"{salt}{text}".encode()).hexdigest()
    cursor = await connection.execute(
        "INSERT INTO notes (id, subject, author, digest) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING RETURNING number, at",
        (note, subject, author, digest),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    await connection.execute("INSERT INTO note_texts (note, salt, body) VALUES (%s, %s, %s)", (note, salt, text))
    return Note(id=note, subject=subject, author=author, digest=digest, text=text, **row)


async def find_note(connection: Connection, note: str) -> Note | None:
    """Return a note by its id."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM notes n LEFT JOIN note_texts t ON t.note = n.id WHERE n.id = %s", (note,)
    )
    row = await cursor.fetchone()
    return Note(**row) if row else None


async def list_notes(
    connection: Connection, subject: str, *, after: int = 0, limit: int = 100
) -> tuple[list[Note], int | None]:
    """Return a page of the notes about an alert or a case, oldest first, and where it ended; None at the end.

    `after` is the number that an earlier page ended with.
    """
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM notes n LEFT JOIN note_texts t ON t.note = n.id"
        " WHERE n.subject = %s AND n.number > %s ORDER BY n.number LIMIT %s",
        (subject, after, limit + 1),
    )
    notes = [Note(**row) for row in await cursor.fetchall()]
    return notes[:limit], notes[limit - 1].number if len(notes) > limit else None


async def erase_note(connection: Connection, note: str) -> bool:
    """Erase the text of a note; False if there was none. The caller records the event."""
    cursor = await connection.execute("DELETE FROM note_texts WHERE note = %s", (note,))
    return cursor.rowcount > 0
