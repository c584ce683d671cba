"""How sending to a webhook goes: failures in a row, and until when it is left alone."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from ledger.session import Connection


class Health(Struct, frozen=True, kw_only=True):
    """`failures` in a row since `failing_since`, None while all is well; `now` is the time of the database."""

    enabled: bool
    failures: int
    failing_since: datetime | None
    now: datetime


async def lock_health(connection: Connection, webhook: str) -> Health | None:
    """Return how a webhook does and keep others from saying so until the commit; None if it has ended."""
    cursor = await connection.execute(
        "SELECT enabled, failures, failing_since, clock_timestamp() AS now FROM webhooks"
        " WHERE id = %s AND ended_at IS NULL FOR NO KEY UPDATE",
        (webhook,),
    )
    row = await cursor.fetchone()
    return Health(**row) if row else None


async def set_health(
    connection: Connection, webhook: str, *, failures: int, since: datetime | None, pause_s: float | None
) -> None:
    """Say how a webhook does; it is sent nothing for `pause_s` seconds if that is given."""
    await connection.execute(
        "UPDATE webhooks SET failures = %s, failing_since = %s,"
        " paused_until = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
        (failures, since, pause_s, webhook),
    )
