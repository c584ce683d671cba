"""Checkpoints to hold the log against: those an auditor kept and those in the ledger, as far as keys vouch for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from ledger.chain import format_at
from ledger.checkpoints import Checkpoint, CheckpointRow, checkpoints_after, latest_checkpoint, read_checkpoint
from ledger.key_rotations import Rotation, list_rotations, read_rotation, vouched_for, vouching_for
from ledger.session import Connection
from ledger.signed_notes import NoteUnreadable, SignedNote
from ledger.signing import KeyUnusable, PublicKey, read_public_key

LEDGER = "in the ledger"
FORGED = "it is signed by none of the keys given, nor by one that they vouch for: it was forged or edited"


class Kept(Struct, frozen=True):
    """A note that somebody kept, and where: the name of a file."""

    where: str
    note: str


class Point(Struct, frozen=True):
    """A checkpoint to compare with; `trusted`: a key that the auditor trusts has signed it."""

    checkpoint: Checkpoint
    where: str
    trusted: bool

    def __str__(self) -> str:
        return f"checkpoint {self.checkpoint.size} of {self.checkpoint.at} ({self.where})"


class Points(Struct):
    """Points in order of size, those of the auditor before those of the ledger, and what is wrong with others."""

    points: list[Point]
    kept_sizes: set[int]
    findings: list[str]


async def collect_points(connection: Connection, given: Sequence[Kept], keys: Collection[PublicKey]) -> Points:
    """Read what was given and what the ledger has, and check every signature."""
    # Before the keys are: a checkpoint made meanwhile may be signed with one that we have not read of.
    latest = await latest_checkpoint(connection)
    handed = [rotation for kept in given if (rotation := _rotation(kept))]
    judge = _Judge(keys, [*handed, *await list_rotations(connection)])
    found = Points([], set(), [])
    for kept in given:
        if _rotation(kept) is None:
            _take_given(found, judge, kept)
    origins = {point.checkpoint.origin for point in found.points}
    if len(origins) > 1:
        found.findings.append(f"the checkpoints given are of more than one log: {', '.join(sorted(origins))}")
    previous, last = 0, latest.size if latest else 0
    while rows := await checkpoints_after(connection, previous, up_to=last):
        for row in rows:
            _take_row(found, judge, row, previous, origins)
            previous = row.size
    for point in found.points:
        if point.where != LEDGER and point.checkpoint.size not in found.kept_sizes:
            found.findings.append(f"{point}: the ledger has no such checkpoint; its table was rolled back or edited")
    found.points.sort(key=lambda point: (point.checkpoint.size, point.where == LEDGER))
    return found


class _Judge:
    """Which keys count: those given and what they vouch for; without any, each row's own."""

    def __init__(self, keys: Collection[PublicKey], rotations: Sequence[Rotation]) -> None:
        self.is_strict = bool(keys)
        self._names = {key.name for key in keys if key.name}
        self._trusted = vouched_for(keys, rotations)
        self._earlier = {raw for key in keys for raw in vouching_for(key, rotations)} - self._trusted
        # From which event on a key signs no more; a rotation that an auditor kept does not tell.
        self._ended = {one.old.raw: one.seq for one in rotations if one.seq and one.vouched}

    def signer(self, checkpoint: Checkpoint, signed: SignedNote, own: str | None = None) -> PublicKey | None:
        """Return the key that signed a checkpoint, of those that may have: None if there is none."""
        raws = [*sorted(self._trusted), *(sorted(self._earlier) if own else ())]
        keys = [PublicKey(raw) for raw in raws] if self.is_strict else _parsed(own)
        return next((key for key in keys if signed.signed_by(key, checkpoint.origin)), None)

    def trusts(self, key: PublicKey) -> bool:
        """Tell whether a key was given, or vouched for by one that was."""
        return key.raw in self._trusted

    def objection(self, checkpoint: Checkpoint, key: PublicKey | None) -> str | None:
        """Return why a checkpoint signed by that key is wrong, None if it is not."""
        if self._names and checkpoint.origin not in self._names:
            return f"it is of another log, {checkpoint.origin}; the key is that of {', '.join(sorted(self._names))}"
        if key is None:
            return FORGED if self.is_strict else "its signature does not hold"
        ended = self._ended.get(key.raw)
        if ended is not None and checkpoint.size >= ended:
            return f"it is signed with a key that was replaced at event {ended}"
        return None


def _rotation(kept: Kept) -> Rotation | None:
    """The rotation that a note tells of, if it does."""
    try:
        return read_rotation(kept.note)
    except NoteUnreadable:
        return None


def _parsed(verifier: str | None) -> list[PublicKey]:
    try:
        return [read_public_key(verifier)] if verifier else []
    except KeyUnusable:
        return []


def _take_given(found: Points, judge: _Judge, kept: Kept) -> None:
    try:
        checkpoint, signed = read_checkpoint(kept.note)
    except NoteUnreadable as error:
        found.findings.append(f"{kept.where}: {error}")
        return
    if objection := judge.objection(checkpoint, judge.signer(checkpoint, signed)):
        found.findings.append(f"{kept.where}: {objection}")
        return
    found.points.append(Point(checkpoint, kept.where, trusted=True))


def _take_row(found: Points, judge: _Judge, row: CheckpointRow, previous: int, origins: set[str]) -> None:
    """A row of the ledger's table proves nothing by itself, but one that a trusted key signed does."""
    found.kept_sizes.add(row.size)
    try:
        checkpoint, signed = read_checkpoint(row.note)
    except NoteUnreadable as error:
        found.findings.append(f"checkpoint {row.size} {LEDGER}: {error}")
        return
    key = judge.signer(checkpoint, signed, row.key)
    objection = judge.objection(checkpoint, key)
    said = (checkpoint.size, checkpoint.root.hex(), checkpoint.head_hash, checkpoint.origin, checkpoint.at)
    fits = said == (row.size, row.root, row.head_hash, row.origin, format_at(row.at))
    if objection is None and not (fits and key and row.key == key.verifier(row.origin)):
        objection = "its row says otherwise than the note that was signed"
    if objection is None and origins and checkpoint.origin not in origins:
        objection = f"it is of another log, {checkpoint.origin}; the one given is of {', '.join(sorted(origins))}"
    if objection is None and checkpoint.previous != previous:
        objection = f"the one before it, of {checkpoint.previous} events, is missing, or was put in later"
    if objection:
        found.findings.append(f"checkpoint {row.size} {LEDGER}: {objection}")
        return
    found.points.append(Point(checkpoint, LEDGER, trusted=key is not None and judge.trusts(key)))
