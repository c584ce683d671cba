"""The key that signs checkpoints: where it is, which one is current, and how it is replaced."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graph.errors import HeadwaterError
from ledger.key_rotations import Rotation
from ledger.signing import KeyUnusable, SigningKey, load_key, new_key, write_key
from settings import Settings


class NoKey(HeadwaterError):
    """There is no key to sign checkpoints with; the message says where it would be."""


def is_local(settings: Settings) -> bool:
    """Tell whether the ledger is that of the stack under DATA_DIR, where its key and checkpoints then are, too."""
    return not {"postgres_url", "postgres_admin_url"} & settings.given


def key_file(settings: Settings) -> Path:
    """Return where the signing key is, or would be; raises NoKey where no setting says so."""
    if own := settings.checkpoints.checkpoint_key:
        return Path(own)
    if is_local(settings):
        return Path(settings.stack.data_dir).expanduser() / "checkpoint.key"
    raise NoKey("HEADWATER_CHECKPOINT_KEY is not set")


def make_local_key(settings: Settings) -> None:
    """Make the key of the stack under DATA_DIR, unless it has one or a setting names another; raises KeyUnusable."""
    if is_local(settings) and not settings.checkpoints.checkpoint_key and not key_file(settings).exists():
        write_key(new_key(), key_file(settings))


def current_key(path: Path, rotations: Sequence[Rotation]) -> SigningKey:
    """Return the key to sign with; a replacement that was recorded but not put in place is put there first.

    Raises KeyUnusable, and NoKey where there is none.
    """
    finish_rotation(path, rotations)
    return _load(path)


def finish_rotation(path: Path, rotations: Sequence[Rotation]) -> Rotation | None:
    """Put a new key in place that was recorded as such and return by which rotation; None where it is in place.

    The old key is overwritten: nothing is left of it that could sign. Raises as `current_key`.
    """
    old = _load(path).public.raw
    rotation = next((one for one in rotations if one.vouched and one.old.raw == old), None)
    if rotation is None:
        return None
    waiting = _waiting(path)
    if not waiting.exists() or load_key(waiting).public.raw != rotation.new.raw:
        raise KeyUnusable(f"the key {path} was replaced by another one, which is not here")
    try:
        waiting.replace(path)
    except OSError as error:
        raise KeyUnusable(f"the new key cannot be put in the place of {path}: {error.strerror}") from None
    return rotation


def _load(path: Path) -> SigningKey:
    try:
        return load_key(path)
    except FileNotFoundError:
        raise NoKey(f"there is no key at {path}; `headwater checkpoint keygen {path}` makes one") from None


def next_key(path: Path) -> SigningKey:
    """Return the key that will follow: made now, or before a crash. Raises KeyUnusable."""
    waiting = _waiting(path)
    if not waiting.exists():
        write_key(new_key(), waiting)
    return load_key(waiting)


def _waiting(path: Path) -> Path:
    return path.with_name(path.name + ".next")
