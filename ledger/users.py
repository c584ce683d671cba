"""People who sign in: name, role, and the hash of a password. Nobody is deleted: the record names them for good."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString

from msgspec import Struct

from graph.errors import NotFound
from graph.model import Role
from ledger.errors import NameTaken
from ledger.session import Connection

_COLUMNS = "id, name, role, must_change, created_by, created_at, disabled_at"


class User(Struct, frozen=True, kw_only=True):
    """A person; `must_change` until a password that somebody else has seen is replaced."""

    id: str
    name: str
    role: Role
    must_change: bool
    created_by: str
    created_at: datetime
    disabled_at: datetime | None = None


class Secret(Struct, frozen=True, kw_only=True):
    """A person and what is kept of the password."""

    user: User
    password: str


async def create_user(
    connection: Connection,
    user: str,
    *,
    name: str,
    role: Role,
    password: str,
    created_by: str,
    must_change: bool = True,
) -> tuple[User, bool]:
    """Create a person under the id `user`, or return the one there is; the second says whether it is new.

    `password` is a hash, and to be replaced at first use if `must_change`. Raises NameTaken.
    The caller records the event.
    """
    row = await _one(
        connection,
        "INSERT INTO users (id, name, role, password, must_change, created_by) VALUES (%s, %s, %s, %s, %s, %s)"
        f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
        (user, name, role, password, must_change, created_by),
    )
    known = row or await find_user(connection, user)
    if known is None:
        raise NameTaken(name)
    return known, row is not None


async def find_user(connection: Connection, user: str) -> User | None:
    """Return a person by id, disabled or not."""
    return await _one(connection, f"SELECT {_COLUMNS} FROM users WHERE id = %s", (user,))


async def get_user(connection: Connection, user: str) -> User:
    """Return a person by id; raises NotFound."""
    found = await find_user(connection, user)
    if found is None:
        raise NotFound("user", user)
    return found


async def get_user_named(connection: Connection, name: str) -> User:
    """Return a person by name; raises NotFound."""
    found = await _one(connection, f"SELECT {_COLUMNS} FROM users WHERE name = %s", (name,))
    if found is None:
        raise NotFound("user", name)
    return found


async def find_secret(connection: Connection, *, name: str) -> Secret | None:
    """Return who signs in under a name, disabled or not; None if nobody does."""
    cursor = await connection.execute(f"SELECT {_COLUMNS}, password FROM users WHERE name = %s", (name,))
    row = await cursor.fetchone()
    return Secret(password=row.pop("password"), user=User(**row)) if row else None


async def list_users(connection: Connection, *, after: str = "", limit: int = 100) -> list[User]:
    """Return people by id, that is oldest first, after the one given; disabled ones included."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM users WHERE id > %s ORDER BY id LIMIT %s", (after, limit)
    )
    return [User(**row) for row in await cursor.fetchall()]


async def set_password(
    connection: Connection, user: str, password: str, *, must_change: bool, replaced: str | None = None
) -> bool:
    """Replace the hash of a person's password; False if unknown or disabled, or `replaced` is no more the one kept.

    The caller records the event.
    """
    cursor = await connection.execute(
        "UPDATE users SET password = %s, must_change = %s WHERE id = %s AND disabled_at IS NULL"
        " AND password = coalesce(%s, password)",
        (password, must_change, user, replaced),
    )
    return cursor.rowcount == 1


async def disable_user(connection: Connection, user: str) -> bool:
    """Disable a person for good; False if unknown or disabled already. The caller records the event."""
    cursor = await connection.execute(
        "UPDATE users SET disabled_at = clock_timestamp() WHERE id = %s AND disabled_at IS NULL", (user,)
    )
    return cursor.rowcount == 1


async def _one(connection: Connection, query: LiteralString, parameters: tuple[object, ...]) -> User | None:
    row = await (await connection.execute(query, parameters)).fetchone()
    return User(**row) if row else None
