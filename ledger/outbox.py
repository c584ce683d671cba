"""The outbox: spans of the audit log not yet handed on, and handing them on as deliveries to webhooks."""

from __future__ import annotations

from typing import LiteralString

from msgspec import Struct

from ledger.session import Connection

# Of one transaction: spans looked at, and deliveries after which no further span is begun. One span is one append.
MOST_SPANS, MOST_DELIVERIES = 500, 20_000
# Whether a webhook wants an event: by its exact type, by a prefix, or any.
WANTED: LiteralString = (
    "(e.action = ANY(w.types) OR EXISTS (SELECT FROM unnest(w.types) AS t(type)"
    " WHERE right(t.type, 1) = '*' AND starts_with(e.action, left(t.type, -1))))"
)


class Relayed(Struct, frozen=True):
    """What one page of the relay did: `events` were seen, `deliveries` queued. Neither: there was nothing to do."""

    events: int
    deliveries: int


class Backlog(Struct, frozen=True):
    """What waits in the outbox; `oldest_s` is the age in seconds of its oldest span, None if it is empty."""

    spans: int
    events: int
    oldest_s: float | None


async def relay_page(connection: Connection) -> Relayed:
    """Take a page of spans and queue what webhooks want of them, oldest first; others may take other pages meanwhile.

    Enabled webhooks only; the others are held as they are until the commit, so that none is enabled in between.
    """
    taken = await connection.execute(
        "WITH locked AS MATERIALIZED (SELECT first_seq, last_seq FROM outbox ORDER BY first_seq LIMIT %(spans)s"
        "  FOR UPDATE SKIP LOCKED), counted AS (SELECT first_seq, sum(last_seq - first_seq + 1)"
        "  OVER (ORDER BY first_seq) - (last_seq - first_seq + 1) AS before FROM locked), live AS (SELECT"
        "  greatest(count(*), 1) AS webhooks FROM webhooks WHERE enabled AND ended_at IS NULL)"
        " DELETE FROM outbox o USING counted c, live"
        " WHERE o.first_seq = c.first_seq AND c.before * live.webhooks < %(most)s"
        " RETURNING o.first_seq, o.last_seq",
        {"spans": MOST_SPANS, "most": MOST_DELIVERIES},
    )
    spans = await taken.fetchall()
    if not spans:
        return Relayed(0, 0)
    # Locked in a statement of its own: the next one sees what they are once the lock was had.
    await connection.execute("SELECT id FROM webhooks WHERE ended_at IS NULL ORDER BY id FOR SHARE")
    queued = await connection.execute(
        # Due by the time of the event, which never goes back: what never failed is sent in order of seq.
        "INSERT INTO deliveries (webhook, seq, due_at) SELECT w.id, e.seq, e.at"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS s(first_seq, last_seq)"
        " JOIN audit_events e ON e.seq BETWEEN s.first_seq AND s.last_seq"
        " JOIN webhooks w ON w.ended_at IS NULL AND w.enabled AND e.seq > w.from_seq"
        f" WHERE {WANTED} ON CONFLICT DO NOTHING",
        [[span[name] for span in spans] for name in ("first_seq", "last_seq")],
    )
    return Relayed(sum(span["last_seq"] - span["first_seq"] + 1 for span in spans), queued.rowcount)


async def replay_page(connection: Connection) -> Relayed:
    """Queue a page of what a webhook is to have from the audit log: what it missed while disabled, or asked for again.

    Of one webhook whose page nobody else is at.
    """
    cursor = await connection.execute(
        "SELECT id, replay_after, replay_to, replay_sent FROM webhooks WHERE enabled AND ended_at IS NULL"
        " AND replay_after IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    row = await cursor.fetchone()
    if row is None:
        return Relayed(0, 0)
    last = min(row["replay_after"] + MOST_DELIVERIES, row["replay_to"])
    queued = await _queue_span(connection, row["id"], row["replay_after"], last, again=row["replay_sent"])
    await connection.execute(
        "UPDATE webhooks SET replay_after = CASE WHEN %(last)s < replay_to THEN %(last)s END,"
        " replay_to = CASE WHEN %(last)s < replay_to THEN replay_to END,"
        " replay_sent = replay_sent AND %(last)s < replay_to WHERE id = %(webhook)s",
        {"last": last, "webhook": row["id"]},
    )
    return Relayed(max(last - row["replay_after"], 1), queued)


async def _queue_span(connection: Connection, webhook: str, after: int, last: int, *, again: bool) -> int:
    clash = (
        "ON CONFLICT (webhook, seq) DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at,"
        " first_at = NULL, ended_at = NULL, claim = deliveries.claim + 1"
        if again
        else "ON CONFLICT DO NOTHING"
    )
    cursor = await connection.execute(
        "INSERT INTO deliveries (webhook, seq, due_at) SELECT w.id, e.seq, e.at"
        " FROM webhooks w JOIN audit_events e ON e.seq > %s AND e.seq <= %s"
        f" WHERE w.id = %s AND {WANTED} {clash}",
        (after, last, webhook),
    )
    return cursor.rowcount


async def ask_again(connection: Connection, webhook: str, after: int) -> int:
    """Have all events after `after` that a webhook wants sent to it, once more if they were; return the last of them.

    Queued by the relay, page by page; while the webhook is disabled, once it is enabled.
    """
    cursor = await connection.execute(
        "UPDATE webhooks SET replay_sent = true, replay_after = least(replay_after, %(after)s::bigint),"
        " replay_to = (SELECT greatest(coalesce(max(seq), 0), %(after)s::bigint) FROM audit_events)"
        " WHERE id = %(webhook)s RETURNING replay_to",
        {"after": after, "webhook": webhook},
    )
    row = await cursor.fetchone()
    return int(row["replay_to"]) if row else after


async def oldest_span(connection: Connection) -> Backlog:
    """Return what waits in the outbox, and for how long the oldest has."""
    cursor = await connection.execute(
        "SELECT count(*) AS spans, coalesce(sum(last_seq - first_seq + 1), 0)::bigint AS events,"
        " extract(epoch FROM clock_timestamp() - min(appended_at))::float8 AS oldest_s FROM outbox"
    )
    row = await cursor.fetchone()
    return Backlog(**row) if row else Backlog(0, 0, None)
