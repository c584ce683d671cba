"""Signed notes (C2SP signed-note): a text, an empty line, one signature a line. Written and read to the letter."""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import Struct

from graph.errors import HeadwaterError
from ledger.signing import PublicKey, SigningKey

MOST_SIGNATURES = 16
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


class NoteUnreadable(HeadwaterError):
    """A text is no signed note, or not a whole one; the message says what is missing."""


class NoteSignature(Struct, frozen=True):
    """Who signed a note, as it claims: the name, the four bytes of the key's id, and the signature."""

    name: str
    key_id: bytes
    signature: bytes


class SignedNote(Struct, frozen=True):
    """A note: its text, with the newline that ends it, and its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def signed_by(self, key: PublicKey, name: str) -> bool:
        """Tell whether this key signed the text under this name."""
        own = [one for one in self.signatures if (one.name, one.key_id) == (name, key.id(name))]
        return any(key.verifies(one.signature, self.text.encode()) for one in own)


def write_note(text: str, name: str, key: SigningKey) -> str:
    """Return the text with its signature; it must end with a newline."""
    signed = base64.b64encode(key.public.id(name) + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {signed}\n"


def read_note(note: str) -> SignedNote:
    """Take a note apart; raises NoteUnreadable. Whether its signatures hold is not looked at."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not text:
        raise NoteUnreadable("it is cut off, or no signed note: there is no empty line before its signatures")
    if not lines.endswith("\n"):
        raise NoteUnreadable("it is cut off: its last signature does not end with a newline")
    if any(ord(letter) < 0x20 and letter != "\n" for letter in note):
        raise NoteUnreadable("it holds control characters")
    signatures = tuple(_signature(line) for line in lines.removesuffix("\n").split("\n"))
    if len(signatures) > MOST_SIGNATURES:
        raise NoteUnreadable(f"it has more than {MOST_SIGNATURES} signatures")
    return SignedNote(text + "\n", signatures)


def _signature(line: str) -> NoteSignature:
    told = _SIGNATURE.fullmatch(line)
    try:
        content = base64.b64decode(told[2], validate=True) if told else b""
    except binascii.Error:
        content = b""
    if told is None or len(content) < 5:
        raise NoteUnreadable("it is cut off, or changed: a line after the empty line is no signature")
    return NoteSignature(told[1], content[:4], content[4:])
