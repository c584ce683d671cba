"""Policies: every version kept under its name, one of all in force."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.errors import NotFound
from ledger.session import Connection

_COLUMNS = "id, name, version, body, author, recorded_at"


class PolicyRecord(Struct, frozen=True, kw_only=True):
    """One version of a policy; `id` is `name-version`, `body` canonical JSON."""

    id: str
    name: str
    version: int
    body: str
    author: str
    recorded_at: datetime


async def record_policy(connection: Connection, name: str, version: int, body: str, author: str) -> None:
    """Append a version; the book must be locked."""
    await connection.execute(
        "INSERT INTO policies (id, name, version, body, author) VALUES (%s, %s, %s, %s, %s)",
        (f"{name}-{version}", name, version, body, author),
    )


async def get_policy(connection: Connection, policy: str) -> PolicyRecord:
    """Return a policy by its id; raises NotFound."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM policies WHERE id = %s", (policy,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("policy", policy)
    return PolicyRecord(**row)


async def find_latest(connection: Connection, name: str) -> PolicyRecord | None:
    """Return the latest version under a name; None if there is none."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM policies WHERE name = %s ORDER BY version DESC LIMIT 1", (name,)
    )
    row = await cursor.fetchone()
    return PolicyRecord(**row) if row else None


async def list_policies(
    connection: Connection, *, after: tuple[str, int] | None = None, limit: int = 100
) -> list[PolicyRecord]:
    """Return policies by name, the newest version of each first; those after (name, version) if given."""
    where = "WHERE (name, -version) > (%(name)s, -%(version)s)" if after is not None else ""
    name, version = after if after is not None else ("", 0)
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM policies {where} ORDER BY name, -version LIMIT %(limit)s",
        {"name": name, "version": version, "limit": limit},
    )
    return [PolicyRecord(**row) for row in await cursor.fetchall()]
