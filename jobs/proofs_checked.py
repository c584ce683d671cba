"""Checking a proof with nothing but itself and a public key: no server, no database."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from hashlib import sha256

import msgspec

from graph.errors import HeadwaterError
from jobs.proofs import ConsistencyProof, InclusionProof, event_of
from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.key_rotations import read_rotation, vouched_for
from ledger.merkle import is_consistent, root_from_path
from ledger.signed_notes import NoteUnreadable
from ledger.signing import PublicKey

_HASH = re.compile(r"[0-9a-f]{64}")


class ProofWrong(HeadwaterError):
    """A proof does not prove what it claims; the message says where it fails."""


def read_proof(content: bytes) -> InclusionProof | ConsistencyProof:
    """Take the API's answer apart; raises ProofWrong."""
    try:
        fields = msgspec.json.decode(content)
        if isinstance(fields, dict) and "leaf_index" in fields:
            return msgspec.convert(fields, InclusionProof)
        return msgspec.convert(fields, ConsistencyProof)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProofWrong(f"it is no proof as the API gives it, or not a whole one: {error}") from None


def check_inclusion(proof: InclusionProof, keys: Collection[PublicKey]) -> Checkpoint:
    """Return the checkpoint under which the event is proven to be in the log; raises ProofWrong."""
    text = proof.canonical.encode()
    try:
        said = event_of(text)
    except (msgspec.DecodeError, msgspec.ValidationError, TypeError, KeyError, AttributeError):
        raise ProofWrong("`canonical` is no event") from None
    if proof.event != said:
        raise ProofWrong("`event` says otherwise than `canonical`, which is what was signed")
    if proof.leaf_index != said.seq - 1:
        raise ProofWrong(f"`leaf_index` is not that of event {said.seq}")
    checkpoint = _trusted("checkpoint", proof.checkpoint, proof.rotations, keys)
    if proof.size != checkpoint.size:
        raise ProofWrong("`size` is not that of the checkpoint")
    root = root_from_path(sha256(text).digest(), proof.leaf_index, checkpoint.size, _hashes(proof.path))
    if root != checkpoint.root:
        raise ProofWrong("the path does not lead from the event to the root that was signed")
    return checkpoint


def check_consistency(proof: ConsistencyProof, keys: Collection[PublicKey]) -> tuple[Checkpoint, Checkpoint]:
    """Return the two checkpoints of which the later is proven to go on from the earlier; raises ProofWrong."""
    old = _trusted("from_checkpoint", proof.from_checkpoint, proof.rotations, keys)
    new = _trusted("to_checkpoint", proof.to_checkpoint, proof.rotations, keys)
    if old.origin != new.origin:
        raise ProofWrong("the checkpoints are of two logs")
    if (proof.first, proof.second) != (old.size, new.size):
        raise ProofWrong("`first` and `second` are not the sizes of the checkpoints")
    if not is_consistent(old.size, old.root, new.size, new.root, _hashes(proof.path)):
        raise ProofWrong("the path does not show that the later checkpoint goes on from the earlier")
    return old, new


def _trusted(field: str, note: str, rotations: Sequence[str], keys: Collection[PublicKey]) -> Checkpoint:
    try:
        checkpoint, signed = read_checkpoint(note)
        handed = [read_rotation(rotation) for rotation in rotations]
    except NoteUnreadable as error:
        raise ProofWrong(f"a note cannot be read: {error}") from None
    names = {key.name for key in keys if key.name}
    if names and checkpoint.origin not in names:
        raise ProofWrong(f"`{field}` is of another log, {checkpoint.origin}; the key is that of {min(names)}")
    if not any(signed.signed_by(PublicKey(raw), checkpoint.origin) for raw in vouched_for(keys, handed)):
        raise ProofWrong(f"`{field}` is signed by none of the keys given, nor by one that they vouch for")
    return checkpoint


def _hashes(path: Sequence[str]) -> list[bytes]:
    if not all(_HASH.fullmatch(part) for part in path):
        raise ProofWrong("`path` holds something else than hashes of 64 hex digits")
    return [bytes.fromhex(part) for part in path]
