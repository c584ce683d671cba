"""The audit log searched: by what was done, to what, by whom and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, LiteralString

from msgspec import Struct

from graph.model import Event
from ledger.audit import COLUMNS, read_event
from ledger.session import Connection

# Only the conditions asked for, so that each form finds its index.
CONDITIONS: dict[str, LiteralString] = {
    "action": "action = %(action)s",
    "subject": "subject = %(subject)s",
    "actor": "actor = %(actor)s",
}
# Events have no gaps and no earlier time than the one before: halving finds a time by some twenty looks at the index.
BY_TIME = """
WITH RECURSIVE narrowed (low, high) AS (
    SELECT 1::bigint, coalesce(max(seq), 0) + 1 FROM audit_events
    UNION ALL
    SELECT CASE WHEN e.at < %(at)s THEN e.seq + 1 ELSE low END, CASE WHEN e.at < %(at)s THEN high ELSE e.seq END
    FROM narrowed JOIN audit_events e ON e.seq = (low + high) / 2
    WHERE low < high
)
SELECT low FROM narrowed ORDER BY high - low LIMIT 1
"""
# From each action to the next in the index, however many events each has.
ACTIONS = """
WITH RECURSIVE found (action) AS (
    SELECT min(action) FROM audit_events
    UNION ALL
    SELECT (SELECT min(e.action) FROM audit_events e WHERE e.action > found.action) FROM found
    WHERE found.action IS NOT NULL
)
SELECT action FROM found WHERE action IS NOT NULL
"""


class EventFilter(Struct, frozen=True, kw_only=True):
    """Which events; None is any. `since` is the first moment, `until` the first no longer."""

    action: str | None = None
    subject: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def search_events(
    connection: Connection, asked: EventFilter, *, after: int, limit: int, before: int = 2**63 - 1, latest: bool = False
) -> list[Event]:
    """Return events between two `seq`, which are not among them, in order or the latest first."""
    given: dict[str, Any] = {name: getattr(asked, name) for name in CONDITIONS if getattr(asked, name) is not None}
    if asked.since is not None:
        after = max(after, await _first_at(connection, asked.since) - 1)
    if asked.until is not None:
        before = min(before, await _first_at(connection, asked.until))
    where = " AND ".join(["seq > %(after)s", "seq < %(before)s", *(CONDITIONS[name] for name in given)])
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM audit_events WHERE {where} ORDER BY seq {'DESC' if latest else 'ASC'} LIMIT %(limit)s",
        {**given, "after": after, "before": before, "limit": limit},
    )
    return [read_event(row) for row in await cursor.fetchall()]


async def _first_at(connection: Connection, at: datetime) -> int:
    """The first event of that time or later; the one after the last where there is none."""
    row = await (await connection.execute(BY_TIME, {"at": at})).fetchone()
    return 1 if row is None else int(row["low"])


async def list_actions(connection: Connection) -> list[str]:
    """Return every action that an event has, by name."""
    return [row["action"] for row in await (await connection.execute(ACTIONS)).fetchall()]
