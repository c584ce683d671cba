"""Making checkpoints of the audit log: what was signed last is looked at first, then the log goes one step further."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from jobs.checkpoint_keys import current_key, is_local, key_file
from jobs.checkpoint_sink import Sink, SinkTrouble
from jobs.services import Services
from ledger.audit_tree import range_hashes, record_nodes, tree_of
from ledger.checkpoints import (
    Checkpoint,
    checkpoints_after,
    hash_of_event,
    latest_checkpoint,
    lock_checkpoints,
    moment,
    read_checkpoint,
    record_checkpoint,
)
from ledger.errors import NotAsSigned
from ledger.key_rotations import list_rotations, vouching_for
from ledger.merkle import GrowingTree
from ledger.session import Connection
from ledger.signed_notes import NoteUnreadable, write_note
from ledger.signing import PublicKey, SigningKey
from ledger.tree_walk import TreeWalk
from settings import Settings

# A log that was never signed is caught up with in steps, a checkpoint each.
MOST_EVENTS = 500_000
LONGEST_S = 600.0
LEDGER = "the ledger"


log = structlog.get_logger("headwater.checkpoints")


class Signed(Struct, frozen=True):
    """A checkpoint with the note that says it, the key that signed it, and where it was found."""

    checkpoint: Checkpoint
    note: str
    key: PublicKey
    where: str


def sink_of(settings: Settings) -> Sink:
    """Return where checkpoints are written to; raises SinkTrouble where no setting says so."""
    if own := settings.checkpoints.checkpoint_dir:
        return Sink(Path(own))
    if is_local(settings):
        return Sink(Path(settings.stack.data_dir).expanduser() / "checkpoints")
    raise SinkTrouble("HEADWATER_CHECKPOINT_DIR is not set: checkpoints must be kept outside the database too")


async def make_checkpoint(services: Services) -> Checkpoint | None:
    """Sign the log as it is and write what is signed to ledger and sink; None where nothing is new, or it is under way.

    Raises NotAsSigned, and signs nothing, where the log does not go on from what was signed last, be it in the sink
    or in the ledger; SinkTrouble where the sink cannot be used, with what was signed waiting in the ledger;
    KeyUnusable, and NoKey without one.
    """
    path, sink = key_file(services.settings), sink_of(services.settings)
    async with services.ledger.transaction(timeout_s=LONGEST_S) as connection:
        if not await lock_checkpoints(connection):
            return None
        key = current_key(path, await list_rotations(connection))
        seen = await last_signed(connection, key.public, sink)
        made = await _next(connection, services.settings, key, seen)
    await publish(services, key.public, sink)
    return made


async def publish(services: Services, key: PublicKey, sink: Sink) -> None:
    """Write to the sink what it lacks of the ledger's checkpoints; raises as `make_checkpoint`."""
    async with services.ledger.transaction(timeout_s=LONGEST_S) as connection:
        if not await lock_checkpoints(connection):
            return
        rotations = await list_rotations(connection)
        for rotation in rotations:
            await asyncio.to_thread(sink.publish_rotation, rotation.seq, rotation.note)
        keys = vouching_for(key, rotations)
        latest = await asyncio.to_thread(sink.latest)
        size = _signed(latest, str(sink.folder), keys).checkpoint.size if latest else 0
        while waiting := await checkpoints_after(connection, size):
            for row in waiting:
                _signed(row.note, LEDGER, keys)
                await asyncio.to_thread(sink.publish, row.note)
            size = waiting[-1].size


async def last_signed(connection: Connection, key: PublicKey, sink: Sink) -> list[Signed]:
    """Return the latest checkpoint of the ledger, and that of the sink and all others the ledger lacks, smallest first.

    Raises NotAsSigned for one that no key of ours signed, and SinkTrouble.
    """
    keys = vouching_for(key, await list_rotations(connection))
    kept, published = await latest_checkpoint(connection), await asyncio.to_thread(sink.latest)
    seen = [_signed(kept.note, LEDGER, keys)] if kept else []
    if published:
        last, size = _signed(published, str(sink.folder), keys), kept.size if kept else 0
        lacking = await asyncio.to_thread(sink.notes_after, size) if last.checkpoint.size > size else []
        seen += [last, *(_signed(note, last.where, keys) for note in lacking if note != published)]
    elif kept:
        log.warning("checkpoints_were_gone", folder=str(sink.folder))
    if len({signed.checkpoint.origin for signed in seen}) > 1:
        raise NotAsSigned(f"{sink.folder} holds checkpoints of another log; choose another folder for this one")
    return sorted(seen, key=lambda signed: signed.checkpoint.size)


def _signed(note: str, where: str, keys: set[bytes]) -> Signed:
    try:
        checkpoint, signed = read_checkpoint(note)
    except NoteUnreadable as error:
        raise NotAsSigned(f"a checkpoint in {where} cannot be read: {error}") from None
    key = next((key for key in map(PublicKey, keys) if signed.signed_by(key, checkpoint.origin)), None)
    if key is None:
        raise NotAsSigned(
            f"checkpoint {checkpoint.size} in {where} is signed by none of our keys: it is forged, or the key was"
            " replaced otherwise than by `headwater checkpoint rotate`"
        )
    return Signed(checkpoint, note, key, where)


async def _next(connection: Connection, settings: Settings, key: SigningKey, seen: list[Signed]) -> Checkpoint | None:
    """Record one checkpoint more if there are events for it, once the log is found to go on from those seen."""
    kept = next((signed.checkpoint for signed in seen if signed.where == LEDGER), None)
    sizes = [signed.checkpoint.size for signed in seen]
    walk = TreeWalk(sizes, await tree_of(connection, kept.size) if kept else GrowingTree())
    for signed in seen:
        if signed.checkpoint.size <= walk.tree.size:
            await _compare_kept(connection, signed)
    last = max(sizes, default=0)
    found = await walk.go(connection, through=max(walk.tree.size + MOST_EVENTS, last))
    if found.bad_seq is not None:
        raise NotAsSigned(f"audit event {found.bad_seq}: {found.reason}")
    for signed in seen:
        if signed.checkpoint.size > (kept.size if kept else 0):
            _compare_walked(walk, signed)
            verifier = signed.key.verifier(signed.checkpoint.origin)
            await record_checkpoint(connection, signed.checkpoint, key=verifier, note=signed.note)
    await record_nodes(connection, walk.tree.whole)
    if walk.tree.size == last:
        return None
    return await _sign(connection, key, origin_of(settings, key.public, seen), walk, last)


async def _compare_kept(connection: Connection, signed: Signed) -> None:
    """The log is as a checkpoint says whose nodes are kept."""
    checkpoint = signed.checkpoint
    [root] = await range_hashes(connection, [(0, checkpoint.size)])
    _compare(signed, root, await hash_of_event(connection, checkpoint.size))


def _compare_walked(walk: TreeWalk, signed: Signed) -> None:
    _compare(signed, *walk.at.get(signed.checkpoint.size, (b"", None)))


def _compare(signed: Signed, root: bytes, head_hash: str | None) -> None:
    told = f"checkpoint {signed.checkpoint.size} of {signed.checkpoint.at} in {signed.where}"
    if head_hash is None:
        raise NotAsSigned(f"the log ends before {told}: events are gone that were signed")
    if (root, head_hash) != (signed.checkpoint.root, signed.checkpoint.head_hash):
        raise NotAsSigned(f"the log is another than {told} was signed over: it was rewritten")


def origin_of(settings: Settings, key: PublicKey, seen: Sequence[Signed]) -> str:
    """Return the name of the log: that of its checkpoints, else the setting, else one made of the key."""
    asked = settings.checkpoints.checkpoint_origin
    known = seen[0].checkpoint.origin if seen else asked or f"headwater/{key.raw.hex()[:16]}"
    if asked and asked != known:
        raise NotAsSigned(f"HEADWATER_CHECKPOINT_ORIGIN is {asked}, but the log's checkpoints are of {known}")
    return known


async def _sign(connection: Connection, key: SigningKey, origin: str, walk: TreeWalk, previous: int) -> Checkpoint:
    at, reads, reads_hash = await moment(connection)
    checkpoint = Checkpoint(
        origin=origin,
        size=walk.tree.size,
        root=walk.tree.root(),
        at=at,
        head_hash=walk.head_hash,
        previous=previous,
        reads=reads,
        reads_hash=reads_hash,
    )
    note = write_note(checkpoint.text(), origin, key)
    await record_checkpoint(connection, checkpoint, key=key.public.verifier(origin), note=note)
    return checkpoint
