"""The audit log: events without gaps, each hash covering the one before; appended, listed, verified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, LiteralString

import msgspec
from msgspec import Struct

from graph.model import Event
from ledger.canonical import canonical_json
from ledger.chain import GENESIS, Chain, Verification, format_at
from ledger.session import Connection, Row

__all__ = [
    "CHANNEL",
    "COLUMNS",
    "GENESIS",
    "EventDraft",
    "Verification",
    "append",
    "event_hash",
    "format_at",
    "list_events",
    "read_event",
    "verify",
]

# Where Postgres tells, at each commit that appended something, the highest seq.
CHANNEL: LiteralString = "headwater_events"
COLUMNS: LiteralString = "seq, at, actor, action, subject, body, previous_hash, hash"
CHAIN = Chain(
    table="audit_events",
    columns={name: name for name in ("actor", "action", "subject", "body")},
    raw=frozenset({"body"}),
)


class EventDraft(Struct, frozen=True):
    """An event before it has its place in the log. `body` must hold no personal text."""

    actor: str
    action: str
    subject: str
    body: dict[str, Any]


def event_hash(*, seq: int, at: str, actor: str, action: str, subject: str, body: str, previous_hash: str) -> str:
    """Return the SHA-256, in hex, of the canonical JSON of an event; `at` and `body` are their texts."""
    return CHAIN.hash_of(
        seq=seq, at=at, actor=actor, action=action, subject=subject, body=body, previous_hash=previous_hash
    )


async def append(connection: Connection, *drafts: EventDraft) -> list[Event]:
    """Append events, in order, with one lock and one insert; must be the last call before the commit.

    From here to the commit nobody else can append, and a rollback leaves no gap. What is appended stands in the outbox
    from then on, and the commit tells whoever listens (`ledger/following.py`).
    """
    if not drafts:
        return []
    head = await (await connection.execute("SELECT * FROM lock_audit_head()")).fetchone()
    if head is None:
        raise RuntimeError("lock_audit_head() gave no row")
    events: list[Event] = []
    bodies = [canonical_json(draft.body) for draft in drafts]
    for draft, body in zip(drafts, bodies, strict=True):
        previous = events[-1].hash if events else head["hash"]
        events.append(_chain(draft, body, head["seq"] + len(events) + 1, head["at"], previous))
    await _insert(connection, events, bodies)
    return events


def _chain(draft: EventDraft, body: str, seq: int, at: datetime, previous_hash: str) -> Event:
    digest = event_hash(
        seq=seq,
        at=format_at(at),
        actor=draft.actor,
        action=draft.action,
        subject=draft.subject,
        body=body,
        previous_hash=previous_hash,
    )
    return Event(
        seq=seq,
        at=at,
        actor=draft.actor,
        action=draft.action,
        subject=draft.subject,
        body=draft.body,
        previous_hash=previous_hash,
        hash=digest,
    )


class _Row(Struct, frozen=True):
    """An event as its table has it."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    body: str
    previous_hash: str
    hash: str


async def _insert(connection: Connection, events: list[Event], bodies: list[str]) -> None:
    # One JSON text is sent several times faster than arrays, whose every element the driver quotes.
    rows = [
        _Row(e.seq, e.at, e.actor, e.action, e.subject, body, e.previous_hash, e.hash)
        for e, body in zip(events, bodies, strict=True)
    ]
    await connection.execute(
        "WITH told AS (INSERT INTO outbox (first_seq, last_seq) VALUES (%s, %s)"
        f" RETURNING pg_notify('{CHANNEL}', last_seq::text))"
        " INSERT INTO audit_events (seq, at, actor, action, subject, body, previous_hash, hash)"
        " SELECT seq, at, actor, action, subject, body, previous_hash, hash FROM json_to_recordset(%s::json) AS given"
        " (seq bigint, at timestamptz, actor text, action text, subject text, body text, previous_hash text,"
        "  hash text)",
        (events[0].seq, events[-1].seq, msgspec.json.encode(rows).decode()),
    )


async def list_events(
    connection: Connection,
    after: int = 0,
    limit: int = 100,
    action: str | None = None,
    subject: str | None = None,
) -> list[Event]:
    """Return events with a higher seq than `after`, in order, of one action or subject if given."""
    # Only the conditions asked for, so that each form finds its index.
    where = "WHERE seq > %(after)s"
    where += " AND action = %(action)s" if action is not None else ""
    where += " AND subject = %(subject)s" if subject is not None else ""
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM audit_events {where} ORDER BY seq LIMIT %(limit)s",
        {"after": after, "limit": limit, "action": action, "subject": subject},
    )
    return [read_event(row) for row in await cursor.fetchall()]


def read_event(row: Row) -> Event:
    """Return the event that a row with COLUMNS is."""
    return Event(**{**row, "body": msgspec.json.decode(row["body"])})


async def verify(
    connection: Connection, from_seq: int = 1, progress: Callable[[int], None] | None = None
) -> Verification:
    """Walk the log from `from_seq` to its end, or to the first event that is wrong; as `Chain.verify`."""
    return await CHAIN.verify(connection, from_seq, progress)
