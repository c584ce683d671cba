"""The random passwords of one data folder, made at its first start."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec
from msgspec import Struct, field

from stack.errors import StackError
from stack.files import write_private


def _random() -> str:
    """Return 192 random bits in characters that need no quoting in a URL or a configuration file."""
    return secrets.token_hex(24)


class Passwords(Struct, frozen=True):
    """What `secrets.json` holds; only its owner can read it."""

    neo4j: str = field(default_factory=_random)
    postgres_owner: str = field(default_factory=_random)
    postgres_app: str = field(default_factory=_random)
    redis: str = field(default_factory=_random)
    kafka: str = field(default_factory=_random)


def keep_passwords(data_dir: Path) -> Passwords:
    """Return the folder's passwords; those that are not there, all or one, are made and written first.

    Raises StackError when the file is there and cannot be read.
    """
    path = data_dir / "secrets.json"
    if not path.exists():
        write_private(path, msgspec.json.encode(Passwords()).decode())
    try:
        kept = path.read_bytes()
        passwords = msgspec.json.decode(kept, type=Passwords)
    except (OSError, msgspec.DecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}") from None
    if (whole := msgspec.json.encode(passwords)) != kept:
        write_private(path, whole.decode())  # the file is of a version that had fewer servers
    return passwords
