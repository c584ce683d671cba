"""Suppressions: alerts that are not to be shown again while what they rest on stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from graph.errors import NotFound
from graph.model import Severity
from ledger.canonical import canonical_json
from ledger.session import Connection, Row

_COLUMNS = (
    "s.id, s.alert, s.key, s.signature, s.severity, s.parts::text, s.reason, s.until, s.created_by, s.created_at,"
    " s.ended_by, s.ended_at"
)


class Suppression(Struct, frozen=True, kw_only=True):
    """What `alert` rested on, and who says that alerts like it, up to its severity, need nobody.

    `key` is a digest of its parties and reasons, `signature` of all of `parts`. It holds until `until` (None is for
    good), or until somebody ends it.
    """

    id: str
    alert: str
    key: str
    signature: str
    severity: Severity
    parts: dict[str, Any]
    reason: str
    until: datetime | None
    created_by: str
    created_at: datetime
    ended_by: str | None
    ended_at: datetime | None


async def record_suppression(
    connection: Connection,
    suppression: str,
    *,
    alert: str,
    key: str,
    signature: str,
    severity: Severity,
    parts: dict[str, Any],
    reason: str,
    until: datetime | None,
    actor: str,
) -> bool:
    """Record a suppression under this id; False if it is there already. The caller records the event."""
    cursor = await connection.execute(
        "INSERT INTO suppressions (id, alert, key, signature, severity, parts, reason, until, created_by)"
        " VALUES (%s, %s, %s, %s, %s, %s::json, %s, %s, %s) ON CONFLICT DO NOTHING",
        (suppression, alert, key, signature, severity, canonical_json(parts), reason, until, actor),
    )
    return cursor.rowcount > 0


async def lock_key(connection: Connection, key: str) -> None:
    """Hold back others that suppress alerts of this key, until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('suppression ' || %s, 0))", (key,))


async def find_holding(connection: Connection, keys: Sequence[str]) -> list[Suppression]:
    """Return the suppressions in force with one of these keys, the oldest first."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM suppressions s WHERE s.key = ANY(%s) AND s.ended_at IS NULL"
        " AND (s.until IS NULL OR s.until > clock_timestamp()) ORDER BY s.id",
        (list(keys),),
    )
    return [_suppression(row) for row in await cursor.fetchall()]


async def get_suppression(connection: Connection, suppression: str) -> Suppression:
    """Return a suppression, in force or not; raises NotFound."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM suppressions s WHERE s.id = %s", (suppression,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("suppression", suppression)
    return _suppression(row)


async def list_suppressions(
    connection: Connection, *, in_force: bool | None = None, after: str | None = None, limit: int = 100
) -> tuple[list[Suppression], str | None]:
    """Return a page of suppressions, newest first, and where it ended; None at the end."""
    holds = "(s.ended_at IS NULL AND (s.until IS NULL OR s.until > clock_timestamp()))"
    only = "" if in_force is None else f"AND {'' if in_force else 'NOT '}{holds}"
    before = "" if after is None else "AND s.id < %(after)s"
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM suppressions s WHERE true {only} {before} ORDER BY s.id DESC LIMIT %(limit)s",
        {"after": after, "limit": limit + 1},
    )
    found = [_suppression(row) for row in await cursor.fetchall()]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def end_suppression(connection: Connection, suppression: str, *, actor: str) -> bool:
    """End a suppression now; False if it has been ended already. The caller records the event."""
    cursor = await connection.execute(
        "UPDATE suppressions SET ended_at = clock_timestamp(), ended_by = %s WHERE id = %s AND ended_at IS NULL",
        (actor, suppression),
    )
    return cursor.rowcount > 0


def _suppression(row: Row) -> Suppression:
    return Suppression(**row | {"parts": msgspec.json.decode(row["parts"])})
