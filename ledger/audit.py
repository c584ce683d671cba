"""The audit log: events without gaps, each hash covering the one before; appended, listed, verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.rows import tuple_row

from graph.model import Event
from ledger.canonical import canonical_json
from ledger.session import Connection, Row

GENESIS = "0" * 64
PAGE_ROWS = 5_000
# As in the hashed text; made by Postgres, so that even a time that Python cannot hold is compared.
_AT_TEXT = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


class EventDraft(Struct, frozen=True):
    """An event before it has its place in the log. `body` must hold no personal text."""

    actor: str
    action: str
    subject: str
    body: dict[str, Any]


class Verification(Struct, frozen=True, kw_only=True):
    """What `verify` found: `bad_seq` is the first row that is missing or changed, None if all are right."""

    checked: int
    head_seq: int
    head_hash: str
    bad_seq: int | None = None
    reason: str | None = None


class _Head(Struct):
    """The last row that was right."""

    seq: int
    hash: str
    at: str


def event_hash(*, seq: int, at: str, actor: str, action: str, subject: str, body: str, previous_hash: str) -> str:
    """Return the SHA-256, in hex, of the canonical JSON of an event; `at` and `body` are their texts.

    The keys stand in sorted order: this is `canonical_json` of the whole without parsing `body` again.
    """
    text = (
        f'{{"action":{canonical_json(action)},"actor":{canonical_json(actor)},"at":"{at}","body":{body},'
        f'"previous_hash":"{previous_hash}","seq":{seq},"subject":{canonical_json(subject)}}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def format_at(at: datetime) -> str:
    """Return the time as it is hashed: RFC 3339, UTC, microseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


async def append(connection: Connection, *drafts: EventDraft) -> list[Event]:
    """Append events, in order, with one lock and one insert; must be the last call before the commit.

    From here to the commit nobody else can append, and a rollback leaves no gap.
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


async def _insert(connection: Connection, events: list[Event], bodies: list[str]) -> None:
    await connection.execute(
        "INSERT INTO audit_events (seq, at, actor, action, subject, body, previous_hash, hash)"
        " SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::text[])",
        (
            [e.seq for e in events],
            [e.at for e in events],
            [e.actor for e in events],
            [e.action for e in events],
            [e.subject for e in events],
            bodies,
            [e.previous_hash for e in events],
            [e.hash for e in events],
        ),
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
        "SELECT seq, at, actor, action, subject, body, previous_hash, hash FROM audit_events"
        f" {where} ORDER BY seq LIMIT %(limit)s",
        {"after": after, "limit": limit, "action": action, "subject": subject},
    )
    return [_event(row) for row in await cursor.fetchall()]


def _event(row: Row) -> Event:
    return Event(**{**row, "body": msgspec.json.decode(row["body"])})


async def verify(
    connection: Connection, from_seq: int = 1, progress: Callable[[int], None] | None = None
) -> Verification:
    """Walk the chain from `from_seq` to its end in bounded memory, or to the first row that is wrong.

    `progress` is called with the number of rows checked so far. The transaction must be allowed to last as
    long as the walk. What was cut off at the end of the log cannot be seen from the log alone.
    """
    head = await _head_before(connection, from_seq)
    if head is None:
        return _found(_Head(0, GENESIS, ""), 0, from_seq - 1, f"row {from_seq - 1} is missing")
    checked = 0
    async with connection.cursor("verify_audit", row_factory=tuple_row) as cursor:
        await cursor.execute(
            f"SELECT seq, {_AT_TEXT}, actor, action, subject, body, previous_hash, hash"
            " FROM audit_events WHERE seq >= %s ORDER BY seq",
            (from_seq,),
        )
        while rows := await cursor.fetchmany(PAGE_ROWS):
            for row in rows:
                if reason := _wrong(head, row):
                    return _found(head, checked, min(row[0], head.seq + 1), reason)
                head = _Head(row[0], row[7], row[1])
                checked += 1
            if progress:
                progress(checked)
    return _found(head, checked, None, None)


async def _head_before(connection: Connection, from_seq: int) -> _Head | None:
    """Return the row that `from_seq` must follow; None if it is missing."""
    if from_seq <= 1:
        return _Head(0, GENESIS, "")
    cursor = await connection.execute(
        f"SELECT seq, hash, {_AT_TEXT} AS at FROM audit_events WHERE seq = %s",
        (from_seq - 1,),
    )
    row = await cursor.fetchone()
    return _Head(**row) if row else None


def _wrong(head: _Head, row: tuple[Any, ...]) -> str | None:
    """Return why `row` cannot follow `head`, None if it can."""
    seq, at, actor, action, subject, body, previous_hash, digest = row
    if seq != head.seq + 1:
        return f"row {head.seq + 1} is missing" if seq > head.seq else f"row {seq} is there twice or out of place"
    if previous_hash != head.hash:
        return f"previous_hash of row {seq} is not the hash of the row before"
    expected = event_hash(
        seq=seq, at=at, actor=actor, action=action, subject=subject, body=body, previous_hash=previous_hash
    )
    if digest != expected:
        return f"row {seq} was changed: its hash does not fit what it says"
    return f"row {seq} is older than the row before" if at < head.at else None


def _found(head: _Head, checked: int, bad_seq: int | None, reason: str | None) -> Verification:
    return Verification(checked=checked, head_seq=head.seq, head_hash=head.hash, bad_seq=bad_seq, reason=reason)
