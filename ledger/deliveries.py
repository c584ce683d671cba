"""Deliveries: which event is still to be sent to which webhook, when, and what became of each attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from graph.model import Event
from ledger.session import Connection, Row

DeliveryState = Literal["pending", "delivered", "failed"]


class Claimed(Struct, frozen=True, kw_only=True):
    """An event that is ours to send until the lease runs out; `claim` is the fencing token."""

    event: Event
    claim: int
    attempts: int
    first_at: datetime | None


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a claimed delivery: `state` from now on, due again in `wait_s` if pending.

    Not `tried`: it was not sent, and is given back as it was. `status` is None where there was no answer, `error` where
    there was a good one.
    """

    seq: int
    claim: int
    state: DeliveryState
    tried: bool = True
    wait_s: float = 0.0
    status: int | None = None
    error: str | None = None


class Delivery(Struct, frozen=True, kw_only=True):
    """A delivery as it stands; while it is being sent `due_at` is when it is sent again if nothing is heard of it."""

    seq: int
    type: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    first_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    ended_at: datetime | None


async def list_ready(connection: Connection, limit: int = 1000) -> list[str]:
    """Return the webhooks that something can be sent to now."""
    cursor = await connection.execute(
        "SELECT w.id FROM webhooks w WHERE w.ended_at IS NULL AND w.enabled"
        " AND coalesce(w.paused_until <= clock_timestamp(), true)"
        " AND EXISTS (SELECT FROM deliveries d WHERE d.webhook = w.id AND d.state = 'pending'"
        "  AND d.due_at <= clock_timestamp()) ORDER BY w.id LIMIT %s",
        (limit,),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def claim_due(connection: Connection, webhook: str, *, limit: int, lease_s: float) -> list[Claimed]:
    """Take what is due for a webhook, in order of seq but for what has failed before; nobody else can for `lease_s`.

    One that is failing is given one at a time, one that is disabled or paused none.
    """
    cursor = await connection.execute(
        "WITH due AS (SELECT d.webhook, d.seq FROM deliveries d JOIN webhooks w ON w.id = d.webhook"
        "  WHERE d.webhook = %(webhook)s AND d.state = 'pending' AND d.due_at <= clock_timestamp()"
        "  AND w.enabled AND w.ended_at IS NULL AND coalesce(w.paused_until <= clock_timestamp(), true)"
        "  ORDER BY d.due_at, d.seq LIMIT (SELECT CASE WHEN paused_until IS NULL THEN %(limit)s ELSE 1 END"
        "   FROM webhooks WHERE id = %(webhook)s) FOR UPDATE OF d SKIP LOCKED),"
        " claimed AS (UPDATE deliveries d SET claim = claim + 1,"
        "  due_at = clock_timestamp() + make_interval(secs => %(lease_s)s) FROM due"
        "  WHERE d.webhook = due.webhook AND d.seq = due.seq RETURNING d.seq, d.claim, d.attempts, d.first_at)"
        " SELECT e.seq, e.at, e.actor, e.action, e.subject, e.body, e.previous_hash, e.hash, c.claim, c.attempts,"
        " c.first_at FROM claimed c JOIN audit_events e ON e.seq = c.seq ORDER BY e.seq",
        {"webhook": webhook, "limit": limit, "lease_s": lease_s},
    )
    return [_claimed(row) for row in await cursor.fetchall()]


def _claimed(row: Row) -> Claimed:
    own = {name: row.pop(name) for name in ("claim", "attempts", "first_at")}
    return Claimed(event=Event(**{**row, "body": msgspec.json.decode(row["body"])}), **own)


async def settle(connection: Connection, webhook: str, outcomes: Sequence[Outcome]) -> list[int]:
    """Put on record what became of claimed deliveries; return those that were still ours, by seq."""
    cursor = await connection.execute(
        "UPDATE deliveries d SET state = o.state, attempts = d.attempts + o.tried::int,"
        " due_at = CASE WHEN o.tried OR d.attempts > 0 THEN clock_timestamp() + make_interval(secs => o.wait_s)"
        # Not tried yet: back to its place.
        "  ELSE (SELECT e.at FROM audit_events e WHERE e.seq = d.seq) END,"
        " first_at = CASE WHEN o.tried THEN coalesce(d.first_at, clock_timestamp()) ELSE d.first_at END,"
        " last_at = CASE WHEN o.tried THEN clock_timestamp() ELSE d.last_at END,"
        " last_status = CASE WHEN o.tried THEN o.status ELSE d.last_status END,"
        " last_error = CASE WHEN o.tried THEN o.error ELSE d.last_error END,"
        " ended_at = CASE WHEN o.state <> 'pending' THEN clock_timestamp() END"
        " FROM json_to_recordset(%s::json) AS o (seq bigint, claim bigint, state text, tried boolean, wait_s float8,"
        "  status integer, error text)"
        " WHERE d.webhook = %s AND d.seq = o.seq AND d.claim = o.claim AND d.state = 'pending' RETURNING d.seq",
        (msgspec.json.encode(outcomes).decode(), webhook),
    )
    return [row["seq"] for row in await cursor.fetchall()]


async def queue_again(connection: Connection, webhook: str, seq: int) -> bool:
    """Have one event sent to a webhook, once more if it was; False if there is no such event."""
    cursor = await connection.execute(
        "INSERT INTO deliveries (webhook, seq, due_at) SELECT %s, seq, clock_timestamp() FROM audit_events"
        " WHERE seq = %s ON CONFLICT (webhook, seq) DO UPDATE SET state = 'pending', attempts = 0,"
        " due_at = excluded.due_at, first_at = NULL, ended_at = NULL, claim = deliveries.claim + 1",
        (webhook, seq),
    )
    return cursor.rowcount > 0


async def list_deliveries(
    connection: Connection,
    webhook: str,
    *,
    state: DeliveryState | None = None,
    after: int | None = None,
    limit: int = 100,
) -> tuple[list[Delivery], int | None]:
    """Return a page of a webhook's deliveries, latest event first, and where it ended; None at the end."""
    where = "d.webhook = %(webhook)s"
    where += " AND d.state = %(state)s" if state is not None else ""
    where += " AND d.seq < %(after)s" if after is not None else ""
    cursor = await connection.execute(
        "SELECT d.seq, e.action AS type, d.state, d.attempts, d.due_at, d.first_at, d.last_at, d.last_status,"
        " d.last_error, d.ended_at FROM deliveries d JOIN audit_events e ON e.seq = d.seq"
        f" WHERE {where} ORDER BY d.seq DESC LIMIT %(limit)s",
        {"webhook": webhook, "state": state, "after": after, "limit": limit + 1},
    )
    found = [Delivery(**row) for row in await cursor.fetchall()]
    return found[:limit], found[limit - 1].seq if len(found) > limit else None


async def remove_old(connection: Connection, kept_s: float, limit: int = 5_000) -> int:
    """Remove a page of deliveries that ended more than `kept_s` seconds ago, or whose webhook has ended."""
    cursor = await connection.execute(
        "DELETE FROM deliveries d USING (SELECT webhook, seq FROM deliveries WHERE state <> 'pending'"
        "  AND ended_at < clock_timestamp() - make_interval(secs => %(kept_s)s) ORDER BY ended_at LIMIT %(limit)s)"
        " AS old WHERE d.webhook = old.webhook AND d.seq = old.seq",
        {"kept_s": kept_s, "limit": limit},
    )
    ended = await connection.execute(
        "DELETE FROM deliveries d USING (SELECT d.webhook, d.seq FROM webhooks w JOIN deliveries d"
        "  ON d.webhook = w.id WHERE w.ended_at IS NOT NULL LIMIT %(limit)s) AS old"
        " WHERE d.webhook = old.webhook AND d.seq = old.seq",
        {"limit": limit},
    )
    return cursor.rowcount + ended.rowcount


class Undelivered(Struct, frozen=True):
    """What enabled webhooks still wait for; `oldest_s` is for how many seconds the oldest has been due, if any is."""

    deliveries: int
    failed: int
    oldest_s: float | None


async def count_undelivered(connection: Connection) -> Undelivered:
    """Count what is queued and not delivered, and what was given up, of webhooks that have not ended."""
    cursor = await connection.execute(
        "SELECT count(*) FILTER (WHERE d.state = 'pending') AS deliveries,"
        " count(*) FILTER (WHERE d.state = 'failed') AS failed,"
        " extract(epoch FROM clock_timestamp() - min(d.due_at) FILTER (WHERE d.state = 'pending' AND w.enabled"
        "  AND d.due_at <= clock_timestamp()))::float8 AS oldest_s"
        " FROM deliveries d JOIN webhooks w ON w.id = d.webhook"
        " WHERE d.state IN ('pending', 'failed') AND w.ended_at IS NULL"
    )
    row = await cursor.fetchone()
    return Undelivered(**row) if row else Undelivered(0, 0, None)
