"""Audit events of a bundle: their bytes, their place in the tree, and who signed its root."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from evidence.shapes import Proof
from graph.model import Event
from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.key_rotations import read_rotation, vouched_for
from ledger.merkle import root_from_path
from ledger.signed_notes import NoteUnreadable
from ledger.signing import KeyUnusable, PublicKey, read_public_key

CHECKPOINT, KEY, PROOFS = "audit/checkpoint.note", "audit/key.pub", "audit/proofs.json"
_EVENT = re.compile(r"audit/event-(\d+)\.json")
_HASH = re.compile(r"[0-9a-f]{64}")


class Wrong(Struct, frozen=True):
    """Something that does not hold: in which file, and what."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


class Signed(Struct, frozen=True):
    """What stands behind the events: `size` of the checkpoint, its time, the log's name, whether a given key signed."""

    origin: str
    size: int
    at: str
    trusted: bool


def event_file(seq: int) -> str:
    """Return the name of the file that holds the canonical JSON of an event."""
    return f"audit/event-{seq:09}.json"


def read_events(files: Mapping[str, bytes]) -> tuple[dict[int, Event], list[Wrong]]:
    """Return the events of a bundle by seq, and what is no event."""
    found, wrong = dict[int, Event](), list[Wrong]()
    for name, text in files.items():
        if told := _EVENT.fullmatch(name):
            try:
                event = _event(text)
            except (msgspec.MsgspecError, TypeError, KeyError, AttributeError):
                wrong.append(Wrong(name, "it is no event as the audit log has them"))
                continue
            found[event.seq] = event
            if event.seq != int(told[1]):
                wrong.append(Wrong(name, f"seq: the name says {int(told[1])}, the event {event.seq}"))
    return found, wrong


def _event(text: bytes) -> Event:
    said: dict[str, Any] = msgspec.json.decode(text)
    at = msgspec.convert(said.pop("at"), datetime)
    return Event(**said, at=at, hash=sha256(text).hexdigest())


def check_audit(files: Mapping[str, bytes], keys: Collection[PublicKey]) -> tuple[Signed | None, list[Wrong]]:
    """Check chain links, proofs and signature; without `keys` the key in the bundle counts, and proves only itself."""
    events, wrong = read_events(files)
    for seq, event in events.items():
        before = events.get(seq - 1)
        if before is not None and event.previous_hash != before.hash:
            wrong.append(Wrong(event_file(seq), f"previous_hash is not the hash of event {seq - 1}"))
    if CHECKPOINT not in files:
        wrong += [Wrong(PROOFS, "there are proofs and no checkpoint")] if PROOFS in files else []
        return None, wrong
    try:
        checkpoint, signed = _signed(files, keys)
    except (NoteUnreadable, KeyUnusable, UnicodeDecodeError) as error:
        return None, [*wrong, Wrong(CHECKPOINT, str(error))]
    return signed, [*wrong, *_unproven(files, events, checkpoint)]


def _signed(files: Mapping[str, bytes], keys: Collection[PublicKey]) -> tuple[Checkpoint, Signed]:
    checkpoint, note = read_checkpoint(files[CHECKPOINT].decode())
    own = keys or [read_public_key(files.get(KEY, b"").decode())]
    handed = [read_rotation(files[name].decode()) for name in sorted(files) if name.startswith("audit/rotation-")]
    names = {key.name for key in own if key.name}
    if names and checkpoint.origin not in names:
        raise KeyUnusable(f"it is of the log {checkpoint.origin}; the key is that of {min(names)}")
    if not any(note.signed_by(PublicKey(raw), checkpoint.origin) for raw in vouched_for(own, handed)):
        raise KeyUnusable("it is signed by none of the keys given, nor by one that they vouch for")
    return checkpoint, Signed(checkpoint.origin, checkpoint.size, checkpoint.at, bool(keys))


def _unproven(files: Mapping[str, bytes], events: Mapping[int, Event], under: Checkpoint) -> Iterator[Wrong]:
    try:
        proofs = msgspec.json.decode(files.get(PROOFS, b"[]"), type=tuple[Proof, ...])
    except msgspec.MsgspecError as error:
        yield Wrong(PROOFS, str(error))
        return
    for proof in proofs:
        event = events.get(proof.seq)
        if event is None:
            yield Wrong(PROOFS, f"it proves event {proof.seq}, which is not here")
        elif (proof.size, proof.leaf_index) != (under.size, proof.seq - 1) or not _leads(proof, event, under.root):
            yield Wrong(PROOFS, f"the path of event {proof.seq} does not lead to the root that was signed")
    covered = {proof.seq for proof in proofs}
    for seq in events:
        if seq <= under.size and seq not in covered:
            yield Wrong(PROOFS, f"event {seq} is under the checkpoint and has no proof")


def _leads(proof: Proof, event: Event, root: bytes) -> bool:
    if not all(_HASH.fullmatch(part) for part in proof.path):
        return False
    path = [bytes.fromhex(part) for part in proof.path]
    return root_from_path(bytes.fromhex(event.hash), proof.leaf_index, proof.size, path) == root
