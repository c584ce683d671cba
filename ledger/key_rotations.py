"""How one signing key hands over to the next: a note that the old key signed, kept in an audit event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from ledger.errors import NotAsSigned
from ledger.session import Connection
from ledger.signed_notes import NoteUnreadable, read_note, write_note
from ledger.signing import KeyUnusable, PublicKey, SigningKey, read_public_key

ROTATED = "checkpoint.key_rotated"
# The second line of the note: no checkpoint has it there, so that neither can be taken for the other.
SUBJECT = "key rotation"


class Rotation(Struct, frozen=True):
    """The old key's word for the new one; `seq` is the event that tells of it, 0 before there is one.

    Not `vouched`, it is the new key's own word only, because the old one was lost: nobody need believe it.
    """

    origin: str
    old: PublicKey
    new: PublicKey
    note: str
    vouched: bool
    seq: int = 0


def write_rotation(origin: str, old: PublicKey, new: PublicKey, signer: SigningKey) -> str:
    """Return the note in which the old key vouches for the new one; or the new one for itself, if it signs."""
    text = f"{origin}\n{SUBJECT}\n{old.verifier(origin)}\n{new.verifier(origin)}\n"
    return write_note(text, origin, signer)


def read_rotation(note: str, seq: int = 0) -> Rotation:
    """Take such a note apart; raises NoteUnreadable, also where neither key signed it."""
    signed = read_note(note)
    lines = signed.text.removesuffix("\n").split("\n")
    if len(lines) != 4 or lines[1] != SUBJECT:
        raise NoteUnreadable("it hands over no key")
    try:
        old, new = read_public_key(lines[2]), read_public_key(lines[3])
    except KeyUnusable as error:
        raise NoteUnreadable(str(error)) from None
    vouched = signed.signed_by(old, lines[0])
    if {old.name, new.name} != {lines[0]} or not (vouched or signed.signed_by(new, lines[0])):
        raise NoteUnreadable("neither key signed it")
    return Rotation(lines[0], old, new, note, vouched, seq)


async def list_rotations(connection: Connection) -> list[Rotation]:
    """Return the rotations that audit events tell of, in order; what neither key signed is not among them."""
    cursor = await connection.execute("SELECT seq, body FROM audit_events WHERE action = %s ORDER BY seq", (ROTATED,))
    found = []
    for row in await cursor.fetchall():
        try:
            found.append(read_rotation(msgspec.json.decode(row["body"])["note"], row["seq"]))
        except (msgspec.DecodeError, NoteUnreadable, KeyError, TypeError, AttributeError):
            continue
    return found


def vouched_for(given: Iterable[PublicKey], rotations: Sequence[Rotation]) -> set[bytes]:
    """Return the given keys and those that they vouch for, directly or through others, told in any order."""
    keys = {key.raw for key in given}
    while more := {one.new.raw for one in rotations if one.vouched and one.old.raw in keys} - keys:
        keys |= more
    return keys


def vouching_for(key: PublicKey, rotations: Sequence[Rotation]) -> set[bytes]:
    """Return the key and those before it that led to it, lost ones too."""
    keys = {key.raw}
    while more := {one.old.raw for one in rotations if one.new.raw in keys} - keys:
        keys |= more
    return keys


class KeyInfo(Struct, frozen=True, kw_only=True):
    """A key that signs checkpoints, as told to who checks them.

    `verifier` is the key in one line, `pem` the same for OpenSSL. `since` and `until` are the events after which it
    signs and after which it does no more: 0 for the first, null for the current one. `vouched_by` is the signed note
    in which the key before hands over to it, null for the first and for one that took the place of a lost key.
    """

    origin: str
    key_id: str
    verifier: str
    pem: str
    since: int
    until: int | None
    vouched_by: str | None


async def list_keys(connection: Connection) -> list[KeyInfo]:
    """Return the first key that signed a checkpoint and those that followed it, oldest first.

    Raises NotAsSigned where the first checkpoint tells of none.
    """
    cursor = await connection.execute("SELECT origin, key FROM checkpoints ORDER BY size LIMIT 1")
    row = await cursor.fetchone()
    if row is None:
        return []
    try:
        key = read_public_key(row["key"])
    except KeyUnusable as error:
        raise NotAsSigned(f"the first checkpoint was edited: {error}") from None
    rotations = await list_rotations(connection)
    keys = [_info(key, row["origin"], 0, None, rotations)]
    for rotation in rotations:
        if rotation.old.raw == key.raw:
            key = rotation.new
            note = rotation.note if rotation.vouched else None
            keys.append(_info(key, rotation.origin, rotation.seq, note, rotations))
    return keys


def _info(key: PublicKey, origin: str, since: int, note: str | None, rotations: Sequence[Rotation]) -> KeyInfo:
    return KeyInfo(
        origin=origin,
        key_id=key.id(origin).hex(),
        verifier=key.verifier(origin),
        pem=key.pem(),
        since=since,
        until=next((rotation.seq for rotation in rotations if rotation.old.raw == key.raw), None),
        vouched_by=note,
    )
