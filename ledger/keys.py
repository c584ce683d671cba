"""API keys: 256 random bits shown once, kept as a hash. A slow hash would add nothing to that many bits."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from msgspec import Struct

from graph.model import Role
from ledger.ids import new_id
from ledger.session import Connection

PREFIX = "hw_"

_COLUMNS = "id, name, role, last4, created_at, created_by, revoked_at"


class KeyInfo(Struct, frozen=True, kw_only=True):
    """What may be known of an API key. `last4` are its last characters, to tell keys apart.

    `created_by` answers for it: a person, or a key made on the command line, which has None there itself.
    """

    id: str
    name: str
    role: Role
    last4: str
    created_at: datetime
    created_by: str | None = None
    revoked_at: datetime | None = None


async def create_key(
    connection: Connection, name: str, role: Role, *, created_by: str | None = None, key: str | None = None
) -> tuple[str, str]:
    """Create a key; return its id, `key` if given, and the key itself, which is not kept.

    The caller records the event.
    """
    key, plaintext = key or new_id("key"), PREFIX + secrets.token_urlsafe(32)
    await connection.execute(
        "INSERT INTO api_keys (id, name, role, hash, last4, created_by) VALUES (%s, %s, %s, %s, %s, %s)",
        (key, name, role, _hash(plaintext), plaintext[-4:], created_by),
    )
    return key, plaintext


async def find_key(connection: Connection, plaintext: str) -> KeyInfo | None:
    """Return the key in force that a caller has shown; None if unknown, revoked, or of a person who is disabled."""
    cursor = await connection.execute(
        # Revoked with the person, but for one they make while their session is still taken for good.
        f"SELECT {_COLUMNS} FROM api_keys WHERE hash = %s AND revoked_at IS NULL AND NOT EXISTS"
        " (SELECT FROM users WHERE users.id = api_keys.created_by AND users.disabled_at IS NOT NULL)",
        (_hash(plaintext),),
    )
    row = await cursor.fetchone()
    return KeyInfo(**row) if row else None


async def known_key(connection: Connection, key: str) -> KeyInfo | None:
    """Return a key by its id, revoked or not."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM api_keys WHERE id = %s", (key,))
    row = await cursor.fetchone()
    return KeyInfo(**row) if row else None


async def revoke_key(connection: Connection, key: str) -> bool:
    """Revoke a key for good; False if it is unknown or already revoked. The caller records the event."""
    cursor = await connection.execute(
        "UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = %s AND revoked_at IS NULL", (key,)
    )
    return cursor.rowcount == 1


async def revoke_keys_of(connection: Connection, person: str) -> list[str]:
    """Revoke for good all keys that a person answers for; return their ids. The caller records the events."""
    cursor = await connection.execute(
        "UPDATE api_keys SET revoked_at = clock_timestamp() WHERE created_by = %s AND revoked_at IS NULL RETURNING id",
        (person,),
    )
    return sorted(row["id"] for row in await cursor.fetchall())


async def list_keys(connection: Connection, *, after: str = "", limit: int | None = None) -> list[KeyInfo]:
    """Return keys, oldest first, revoked ones included: those after the one given, all if there is no `limit`."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE id > %s ORDER BY id LIMIT %s", (after, limit)
    )
    return [KeyInfo(**row) for row in await cursor.fetchall()]


def _hash(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode()).hexdigest()
