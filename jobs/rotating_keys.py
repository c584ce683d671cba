"""Replacing the key that signs checkpoints, in a way that who trusts the old one can follow."""

from __future__ import annotations

from msgspec.structs import replace

from jobs.checkpoint_keys import current_key, finish_rotation, key_file, next_key
from jobs.checkpointing import last_signed, origin_of, sink_of
from jobs.services import Services
from ledger import audit
from ledger.checkpoints import latest_checkpoint, lock_checkpoints
from ledger.errors import Busy
from ledger.key_rotations import ROTATED, Rotation, list_rotations, read_rotation, vouching_for, write_rotation
from ledger.session import Connection
from ledger.signing import KeyUnusable, load_key, new_key, read_public_key, write_key


async def rotate_key(services: Services, *, actor: str) -> Rotation:
    """Make a new key, have the old one sign that it follows, record that as an event, and put it in place.

    A rotation that a crash cut short is finished and returned instead of making another one. Raises Busy while a
    checkpoint is being made, NotAsSigned, KeyUnusable and NoKey as `make_checkpoint`.
    """
    path = key_file(services.settings)
    async with services.ledger.transaction(timeout_s=60) as connection:
        # The same turn as for making checkpoints: after the event nothing is signed with the old key.
        if not await lock_checkpoints(connection):
            raise Busy("a checkpoint is being made; try again in a moment")
        rotations = await list_rotations(connection)
        if finished := finish_rotation(path, rotations):
            return finished
        key = current_key(path, rotations)
        seen = await last_signed(connection, key.public, sink_of(services.settings))
        origin = origin_of(services.settings, key.public, seen)
        new = next_key(path).public
        note = write_rotation(origin, key.public, new, key)
        rotation = await _record(connection, note, actor)
    current_key(path, [rotation])
    return rotation


async def replace_lost_key(services: Services, *, actor: str) -> Rotation:
    """Go on with another key where the last one is lost, and record that nobody vouches for it but itself.

    The key is that in the file, made where there is none. Auditors who have the old public key cannot follow: they
    have to be given the new one. Raises KeyUnusable where the key is not lost, or nothing was signed yet; Busy.
    """
    path = key_file(services.settings)
    async with services.ledger.transaction(timeout_s=60) as connection:
        if not await lock_checkpoints(connection):
            raise Busy("a checkpoint is being made; try again in a moment")
        last = await latest_checkpoint(connection)
        if last is None:
            raise KeyUnusable("nothing was signed yet, so no key is lost: `headwater checkpoint keygen` makes one")
        if not path.exists():
            write_key(new_key(), path)
        key, old = load_key(path), read_public_key(last.key)
        if old.raw in vouching_for(key.public, await list_rotations(connection)):
            raise KeyUnusable(f"the key is not lost: {path} is the one that signs, or follows it")
        note = write_rotation(last.origin, old, key.public, key)
        return await _record(connection, note, actor)


async def _record(connection: Connection, note: str, actor: str) -> Rotation:
    told = read_rotation(note)
    old, new = told.old.verifier(told.origin), told.new.verifier(told.origin)
    body = {"old": old, "new": new, "vouched": told.vouched, "note": note}
    [event] = await audit.append(connection, audit.EventDraft(actor, ROTATED, told.origin, body))
    return replace(told, seq=event.seq)
