"""Notes as they are sent and shown: those on an alert and those on a case are alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from api.texts import SAYS_SOMETHING
from ledger.notes import Note


class NoteInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A note; what it says can be erased later."""

    text: Annotated[
        str, Meta(min_length=1, max_length=10_000, pattern=SAYS_SOMETHING, description="What is to be known")
    ]


class NoteView(Struct, frozen=True, kw_only=True):
    """A note; `text` is null once erased, and in an answer given again under its Idempotency-Key. `digest` stays."""

    id: str
    author: str
    at: datetime
    digest: str
    text: str | None

    @classmethod
    def from_note(cls, note: Note) -> NoteView:
        """Return the note as it is on the wire."""
        return cls(id=note.id, author=note.author, at=note.at, digest=note.digest, text=note.text)
