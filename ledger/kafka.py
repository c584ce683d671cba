"""How far the audit log has been published to Kafka."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from ledger.session import Connection


class Publishing(Struct, frozen=True):
    """Every event up to `seq` is published; `lag` events are not yet. `failing_since` is None while Kafka answers."""

    seq: int
    lag: int
    failing_since: datetime | None


async def open_cursor(connection: Connection, *, from_beginning: bool) -> int:
    """Return the seq up to which everything is published.

    The first time that is the head of the log, or 0 from the beginning.
    """
    await connection.execute(
        "INSERT INTO kafka_cursor (seq) SELECT CASE WHEN %s THEN 0 ELSE coalesce(max(seq), 0) END FROM audit_events"
        " ON CONFLICT DO NOTHING",
        (from_beginning,),
    )
    row = await (await connection.execute("SELECT seq FROM kafka_cursor")).fetchone()
    if row is None:
        raise RuntimeError("kafka_cursor has no row")
    return int(row["seq"])


async def move_cursor(connection: Connection, seq: int) -> None:
    """Record that Kafka has everything up to `seq`, so that it answers, too."""
    await connection.execute(
        "UPDATE kafka_cursor SET seq = %s, moved_at = clock_timestamp(), failing_since = NULL", (seq,)
    )


async def note_failure(connection: Connection) -> None:
    """Record that Kafka does not answer, unless that is known."""
    await connection.execute("UPDATE kafka_cursor SET failing_since = coalesce(failing_since, clock_timestamp())")


async def note_answer(connection: Connection) -> None:
    """Record that Kafka answers, unless that is known."""
    await connection.execute("UPDATE kafka_cursor SET failing_since = NULL WHERE failing_since IS NOT NULL")


async def find_publishing(connection: Connection) -> Publishing | None:
    """Return how far publishing is; None before there first was a Kafka."""
    cursor = await connection.execute(
        "SELECT seq, failing_since, greatest((SELECT coalesce(max(seq), 0) FROM audit_events) - seq, 0) AS lag"
        " FROM kafka_cursor"
    )
    row = await cursor.fetchone()
    return Publishing(row["seq"], row["lag"], row["failing_since"]) if row else None
