"""Proofs about the audit log: that an event is in it, and that one checkpoint goes on from another."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from graph.errors import FieldError, InvalidInput, NotFound
from graph.model import Event
from ledger.audit import CHAIN
from ledger.audit_tree import range_hashes
from ledger.checkpoints import CheckpointRow, find_checkpoint, latest_checkpoint, read_checkpoint
from ledger.errors import NotAsSigned
from ledger.key_rotations import list_rotations
from ledger.merkle import consistency_ranges, inclusion_ranges, is_consistent, root_from_path
from ledger.session import Connection
from ledger.signed_notes import NoteUnreadable


class InclusionProof(Struct, frozen=True, kw_only=True):
    """All that it takes to check, with the public key alone, that an event is in the log.

    `canonical` is the JSON whose SHA-256 is the event's hash; that hash, as 32 bytes, is leaf `leaf_index` of the tree
    of RFC 6962 over `size` events. `path` are the hashes, in hex, that lead from it to the root in `checkpoint`, a
    signed note. `rotations` are signed notes in which older keys vouch for newer ones.
    """

    event: Event
    canonical: str
    leaf_index: int
    size: int
    path: tuple[str, ...]
    checkpoint: str
    rotations: tuple[str, ...]


class ConsistencyProof(Struct, frozen=True, kw_only=True):
    """All that it takes to check that the later of two checkpoints has the events of the earlier and only added some.

    `path` is PROOF(first, D[second]) of RFC 6962 in hex; `from_checkpoint` and `to_checkpoint` are signed notes.
    """

    first: int
    second: int
    path: tuple[str, ...]
    from_checkpoint: str
    to_checkpoint: str
    rotations: tuple[str, ...]


async def prove_event(connection: Connection, seq: int, size: int | None = None) -> InclusionProof:
    """Return the proof of an event under the checkpoint of that size, the latest by default.

    Raises NotFound for an event or a checkpoint that is not there or an event that none covers yet, InvalidInput for
    a checkpoint from before the event, NotAsSigned where the log is not what was signed.
    """
    found = await CHAIN.find_text(connection, seq)
    if found is None:
        raise NotFound("event", str(seq))
    if size is not None and size < seq:
        raise InvalidInput(FieldError("checkpoint", f"must be at least {seq}: a smaller one does not cover the event"))
    row = await latest_checkpoint(connection) if size is None else await _checkpoint(connection, size)
    if row is None or row.size < seq:
        raise NotFound("a checkpoint over event", str(seq))
    path = await range_hashes(connection, inclusion_ranges(seq - 1, row.size))
    text, digest = found
    root = root_from_path(sha256(text).digest(), seq - 1, row.size, path)
    if sha256(text).hexdigest() != digest or root != _root(row):
        raise NotAsSigned(f"event {seq} is not what checkpoint {row.size} was signed over; run `headwater verify`")
    return InclusionProof(
        event=event_of(text),
        canonical=text.decode(),
        leaf_index=seq - 1,
        size=row.size,
        path=tuple(part.hex() for part in path),
        checkpoint=row.note,
        rotations=await _rotations(connection),
    )


async def prove_consistency(connection: Connection, first: int, second: int) -> ConsistencyProof:
    """Return the proof that the checkpoint of the second size goes on from that of the first.

    Raises InvalidInput where the first is the larger, NotFound where one is not there, NotAsSigned as above.
    """
    if first > second:
        raise InvalidInput(FieldError("from", "must not be above `to`"))
    old, new = await _checkpoint(connection, first), await _checkpoint(connection, second)
    path = await range_hashes(connection, consistency_ranges(first, second))
    if not is_consistent(first, _root(old), second, _root(new), path):
        raise NotAsSigned(f"checkpoint {second} does not go on from checkpoint {first}; run `headwater verify`")
    return ConsistencyProof(
        first=first,
        second=second,
        path=tuple(part.hex() for part in path),
        from_checkpoint=old.note,
        to_checkpoint=new.note,
        rotations=await _rotations(connection),
    )


def event_of(text: bytes) -> Event:
    """Return the event that its canonical JSON says."""
    said: dict[str, Any] = msgspec.json.decode(text)
    at = msgspec.convert(said.pop("at"), datetime)
    return Event(**said, at=at, hash=sha256(text).hexdigest())


async def _checkpoint(connection: Connection, size: int) -> CheckpointRow:
    found = await find_checkpoint(connection, size)
    if found is None:
        raise NotFound("checkpoint", str(size))
    return found


def _root(row: CheckpointRow) -> bytes:
    try:
        return read_checkpoint(row.note)[0].root
    except NoteUnreadable as error:
        raise NotAsSigned(f"checkpoint {row.size} in the ledger cannot be read: {error}") from None


async def _rotations(connection: Connection) -> tuple[str, ...]:
    return tuple(rotation.note for rotation in await list_rotations(connection))
