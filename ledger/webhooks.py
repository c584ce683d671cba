"""Webhooks: who is sent which events, and how sending to them goes."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.errors import NotFound
from ledger.session import Connection

# Counting more would take longer than the answer is worth.
MOST_COUNTED = 10_000

_COLUMNS = (
    "w.id, w.name, w.url, w.types, w.in_flight, w.version, w.created_by, w.created_at, w.enabled, w.disabled_at,"
    " w.disabled_reason, w.failures, w.failing_since, w.paused_until,"
    " w.replay_after IS NOT NULL AS catching_up,"
    " (SELECT count(*) FROM (SELECT FROM deliveries d WHERE d.webhook = w.id AND d.state = 'pending'"
    f"  LIMIT {MOST_COUNTED}) AS waiting) AS pending"
)


class Webhook(Struct, frozen=True, kw_only=True):
    """A receiver of events of `types`: exact actions, prefixes such as `alert.*`, or `*`.

    At most `in_flight` messages are on their way to it at once. `failures` are those in a row, since `failing_since`;
    nothing is sent before `paused_until`. `pending` counts to 10,000; while `catching_up` there is more to come.
    """

    id: str
    name: str
    url: str
    types: list[str]
    in_flight: int
    version: int
    created_by: str
    created_at: datetime
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: str | None
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None
    catching_up: bool
    pending: int


class Wanted(Struct, frozen=True, kw_only=True):
    """What a person says of a webhook."""

    name: str
    url: str
    types: list[str]
    in_flight: int


class Receiver(Struct, frozen=True, kw_only=True):
    """What it takes to send to a webhook, beside its secrets."""

    url: str
    in_flight: int


async def find_receiver(connection: Connection, webhook: str) -> Receiver | None:
    """Return where to send a webhook's messages; None if it is disabled or has ended."""
    cursor = await connection.execute(
        "SELECT url, in_flight FROM webhooks WHERE id = %s AND enabled AND ended_at IS NULL", (webhook,)
    )
    row = await cursor.fetchone()
    return Receiver(**row) if row else None


async def create_webhook(connection: Connection, webhook: str, wanted: Wanted, *, actor: str) -> bool:
    """Create a webhook for events from now on; False if there is one of this id."""
    cursor = await connection.execute(
        "INSERT INTO webhooks (id, name, url, types, in_flight, created_by, enabled, from_seq)"
        " SELECT %s, %s, %s, %s, %s, %s, true, coalesce(max(seq), 0) FROM audit_events ON CONFLICT DO NOTHING",
        (webhook, wanted.name, wanted.url, wanted.types, wanted.in_flight, actor),
    )
    return cursor.rowcount > 0


async def get_webhook(connection: Connection, webhook: str, *, lock: bool = False) -> Webhook:
    """Return a webhook that has not ended; raises NotFound. `lock` keeps others from changing it until the commit."""
    if lock:
        await connection.execute("SELECT FROM webhooks WHERE id = %s FOR UPDATE", (webhook,))
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM webhooks w WHERE w.id = %s AND w.ended_at IS NULL", (webhook,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("webhook", webhook)
    return Webhook(**row)


async def list_webhooks(
    connection: Connection, *, after: str | None = None, limit: int = 100
) -> tuple[list[Webhook], str | None]:
    """Return a page of webhooks that have not ended, newest first, and where it ended; None at the end."""
    before = "AND w.id < %(after)s" if after is not None else ""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM webhooks w WHERE w.ended_at IS NULL {before} ORDER BY w.id DESC LIMIT %(limit)s",
        {"after": after, "limit": limit + 1},
    )
    found = [Webhook(**row) for row in await cursor.fetchall()]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def count_webhooks(connection: Connection) -> int:
    """Count the webhooks that have not ended."""
    row = await (await connection.execute("SELECT count(*) AS n FROM webhooks WHERE ended_at IS NULL")).fetchone()
    return int(row["n"]) if row else 0


async def change_webhook(connection: Connection, webhook: str, wanted: Wanted) -> None:
    """Make a webhook what a person wants; how sending went before is forgotten."""
    await connection.execute(
        "UPDATE webhooks SET name = %s, url = %s, types = %s, in_flight = %s, version = version + 1,"
        " failures = 0, failing_since = NULL, paused_until = NULL WHERE id = %s",
        (wanted.name, wanted.url, wanted.types, wanted.in_flight, webhook),
    )


async def disable_webhook(connection: Connection, webhook: str, reason: str) -> bool:
    """Queue and send nothing more to a webhook; False if it was disabled or has ended. The caller records the event.

    Remembered is the last event that may have been queued for it, so that none is passed over when it is enabled.
    """
    cursor = await connection.execute(
        "UPDATE webhooks SET enabled = false, version = version + 1, disabled_at = clock_timestamp(),"
        " disabled_reason = %s, stopped_seq = coalesce((SELECT min(first_seq) - 1 FROM outbox),"
        "  (SELECT max(seq) FROM audit_events), 0)"
        " WHERE id = %s AND enabled AND ended_at IS NULL",
        (reason, webhook),
    )
    return cursor.rowcount > 0


async def enable_webhook(connection: Connection, webhook: str) -> bool:
    """Go on where a webhook was disabled; False if it was not. The caller has locked it, and records the event.

    A relay that passed over it has ended by then, so that the head read here is beyond all that it passed over. What
    was appended meanwhile is queued from the audit log, page by page; what was queued before is due now.
    """
    cursor = await connection.execute(
        "UPDATE webhooks SET enabled = true, version = version + 1, disabled_at = NULL, disabled_reason = NULL,"
        " failures = 0, failing_since = NULL, paused_until = NULL, stopped_seq = NULL,"
        " replay_sent = replay_sent AND replay_after IS NOT NULL, replay_after = least(replay_after, stopped_seq),"
        " replay_to = (SELECT coalesce(max(seq), 0) FROM audit_events)"
        " WHERE id = %s AND NOT enabled AND ended_at IS NULL",
        (webhook,),
    )
    if cursor.rowcount:
        await connection.execute(
            "UPDATE deliveries d SET due_at = e.at FROM audit_events e WHERE d.webhook = %s AND d.state = 'pending'"
            " AND d.due_at > clock_timestamp() AND e.seq = d.seq",
            (webhook,),
        )
    return cursor.rowcount > 0


async def end_webhook(connection: Connection, webhook: str) -> None:
    """End a webhook, and forget its secrets; what was queued for it is removed later, by pages."""
    await connection.execute(
        "UPDATE webhooks SET ended_at = clock_timestamp(), enabled = false, replay_after = NULL, replay_to = NULL"
        " WHERE id = %s",
        (webhook,),
    )
    await connection.execute("DELETE FROM webhook_secrets WHERE webhook = %s", (webhook,))
