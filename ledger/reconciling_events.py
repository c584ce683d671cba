"""Alerts against the events that tell of them, and events against what was to be delivered of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ledger.outbox import WANTED
from ledger.session import Connection


class Untold(Struct, frozen=True):
    """An alert that no event tells of."""

    alert: str
    class_: str


class Unmade(Struct, frozen=True):
    """An alert that is told of and is not there; `decision` is the one that opened it, None where none names it."""

    alert: str
    decision: str | None


async def untold_alerts(connection: Connection, since: datetime, limit: int) -> list[Untold]:
    """Return alerts opened since a time of which no event tells, the first ones first.

    Live alerts of a ledger from before `alert.opened` are told by the event of their decision.
    """
    cursor = await connection.execute(
        "SELECT a.id AS alert, a.class AS class_ FROM alerts a WHERE a.created_at >= %s"
        " AND NOT EXISTS (SELECT FROM audit_events e WHERE e.subject = a.id AND e.action = 'alert.opened')"
        " AND NOT EXISTS (SELECT FROM audit_events e WHERE e.subject = a.transaction"
        "  AND e.action = 'transaction.decided' AND e.at < coalesce((SELECT o.at FROM audit_events o"
        "   WHERE o.action = 'alert.opened' ORDER BY o.seq LIMIT 1), 'infinity'))"
        " ORDER BY a.created_at, a.id LIMIT %s",
        (since, limit),
    )
    return [Untold(**row) for row in await cursor.fetchall()]


async def unmade_alerts(connection: Connection, since: datetime, limit: int) -> list[Unmade]:
    """Return alerts that decisions or events since a time name and that are not there, in order of id."""
    cursor = await connection.execute(
        "SELECT alert, max(decision) AS decision FROM ("
        " SELECT d.alert, d.id AS decision FROM decisions d WHERE d.alert IS NOT NULL AND d.decided_at >= %(since)s"
        " UNION ALL"
        " SELECT e.subject, CASE WHEN e.body IS JSON THEN e.body::json ->> 'decision' END FROM audit_events e"
        "  WHERE e.action = 'alert.opened' AND e.at >= %(since)s"
        ") AS named WHERE NOT EXISTS (SELECT FROM alerts a WHERE a.id = alert)"
        " GROUP BY alert ORDER BY alert LIMIT %(limit)s",
        {"since": since, "limit": limit},
    )
    return [Unmade(**row) for row in await cursor.fetchall()]


async def hollow_spans(connection: Connection) -> list[tuple[int, int]]:
    """Return spans of the outbox that name events beyond the end of the audit log."""
    cursor = await connection.execute(
        "SELECT first_seq, last_seq FROM outbox WHERE last_seq > (SELECT coalesce(max(seq), 0) FROM audit_events)"
        " ORDER BY first_seq LIMIT 1000"
    )
    return [(row["first_seq"], row["last_seq"]) for row in await cursor.fetchall()]


async def remove_spans(connection: Connection, spans: Sequence[tuple[int, int]]) -> None:
    """Take spans out of the outbox."""
    await connection.execute("DELETE FROM outbox WHERE first_seq = ANY(%s)", ([first for first, _ in spans],))


async def lost_events(connection: Connection, since: datetime, until: datetime, limit: int) -> list[int]:
    """Return events of that time that some webhook wants, that no span holds, and that were never queued for it.

    A webhook that is disabled, or catching up, is queued for from the audit log later.
    """
    cursor = await connection.execute(
        "SELECT DISTINCT e.seq FROM webhooks w JOIN audit_events e ON e.seq > w.from_seq"
        " WHERE w.enabled AND w.ended_at IS NULL AND w.replay_after IS NULL AND e.at >= %(since)s AND e.at < %(until)s"
        f" AND {WANTED} AND NOT EXISTS (SELECT FROM deliveries d WHERE d.webhook = w.id AND d.seq = e.seq)"
        " AND NOT EXISTS (SELECT FROM outbox o WHERE e.seq BETWEEN o.first_seq AND o.last_seq)"
        " ORDER BY e.seq LIMIT %(limit)s",
        {"since": since, "until": until, "limit": limit},
    )
    return [row["seq"] for row in await cursor.fetchall()]


async def queue_again(connection: Connection, events: Sequence[int]) -> None:
    """Put events into the outbox again, a span each; the relay queues what is not queued yet."""
    await connection.execute(
        "INSERT INTO outbox (first_seq, last_seq) SELECT seq, seq FROM unnest(%s::bigint[]) AS given(seq)"
        " ON CONFLICT DO NOTHING",
        (list(events),),
    )
