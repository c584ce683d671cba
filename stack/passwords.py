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


def keep_passwords(data_dir: Path) -> Passwords:
    """Return the folder's passwords, made and written first where there are none.

    Raises StackError when the file is there and cannot be read.
    """
    path = data_dir / "secrets.json"
    if not path.exists():
        write_private(path, msgspec.json.encode(Passwords()).decode())
    try:
        return msgspec.json.decode(path.read_bytes(), type=Passwords)
    except (OSError, msgspec.DecodeError) as error:
        raise StackError(f"{path} cannot be read: {error}") from None
