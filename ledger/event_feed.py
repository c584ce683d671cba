"""The events after one of them, in order and without a gap, with how far the log was looked through."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from graph.model import Event
from ledger.session import Connection, Row

# Ends a type that stands for all that begin like it: `alert.*`.
ANY = ".*"
# How many events are looked through for a prefix at once, found or not: no question walks the whole log.
LOOK = 20_000


class Looked(Struct, frozen=True):
    """What was found after `after`. Nothing asked for stands between there and `upto`; `head` is the highest seq.

    `upto` is below `head` where there is more to look through.
    """

    events: list[Event]
    upto: int
    head: int


async def get_head(connection: Connection) -> int:
    """Return the highest seq; 0 in an empty log."""
    cursor = await connection.execute("SELECT coalesce(max(seq), 0) AS head FROM audit_events")
    row = await cursor.fetchone()
    return int(row["head"]) if row else 0


async def look(connection: Connection, after: int, *, limit: int, kind: str | None = None) -> Looked:
    """Return at most `limit` events after `after`, of one type, or of all that begin as `alert.*` does.

    An event is committed before the next one is numbered, so none can appear before one that was returned.
    """
    head = await get_head(connection)
    upto = min(head, after + LOOK) if kind is not None and kind.endswith(ANY) else head
    cursor = await connection.execute(
        "SELECT seq, at, actor, action, subject, body, previous_hash, hash FROM audit_events"
        f" WHERE seq > %(after)s AND seq <= %(upto)s {_of(kind)} ORDER BY seq LIMIT %(limit)s",
        {"after": after, "upto": upto, "limit": limit, "kind": _beginning(kind)},
    )
    events = [_event(row) for row in await cursor.fetchall()]
    return Looked(events, max(after, events[-1].seq if len(events) == limit else upto), head)


def _of(kind: str | None) -> str:
    """Only the condition asked for, so that each form finds its index."""
    if kind is None:
        return ""
    return "AND starts_with(action, %(kind)s)" if kind.endswith(ANY) else "AND action = %(kind)s"


def _beginning(kind: str | None) -> str | None:
    return kind.removesuffix("*") if kind is not None and kind.endswith(ANY) else kind


def _event(row: Row) -> Event:
    return Event(**{**row, "body": msgspec.json.decode(row["body"])})
