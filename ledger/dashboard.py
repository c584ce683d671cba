"""How the queue of alerts and the queue of jobs stand now, counted from their own tables by index alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from graph.model import AlertStatus, Severity
from ledger.session import Connection


class AlertCount(Struct, frozen=True, kw_only=True):
    """Alerts of one status, severity and age. `band` counts the bounds of age they are younger than, None once closed.

    `oldest_at` is when the first of them was opened.
    """

    status: AlertStatus
    severity: Severity
    band: int | None
    alerts: int
    unassigned: int
    oldest_at: datetime


class JobCounts(Struct, frozen=True, kw_only=True):
    """Jobs that wait, are under way or ended badly; `oldest_queued_at` is None while none waits."""

    queued: int
    running: int
    failed: int
    dead: int
    oldest_queued_at: datetime | None


async def count_alerts(connection: Connection, bounds: Sequence[datetime]) -> list[AlertCount]:
    """Return how many alerts there are, those that wait also by age; `bounds` are times, the earliest first."""
    cursor = await connection.execute(
        "SELECT status, severity,"
        " CASE WHEN status IN ('open', 'acknowledged') THEN width_bucket(created_at, %s::timestamptz[]) END AS band,"
        " count(*) AS alerts, count(*) - count(assignee) AS unassigned, min(created_at) AS oldest_at"
        " FROM alerts GROUP BY status, severity, band",
        (list(bounds),),
    )
    return [AlertCount(**row) for row in await cursor.fetchall()]


async def count_opened(connection: Connection, since: datetime) -> dict[datetime, int]:
    """Return how many alerts were opened in each hour from `since` on, which must begin one; other hours are absent."""
    cursor = await connection.execute(
        "SELECT date_bin('1 hour', created_at, %(since)s) AS hour, count(*) AS alerts"
        " FROM alerts WHERE created_at >= %(since)s GROUP BY hour",
        {"since": since},
    )
    return {row["hour"]: row["alerts"] for row in await cursor.fetchall()}


async def count_jobs(connection: Connection) -> JobCounts:
    """Count jobs but for those that ended well."""
    cursor = await connection.execute(
        "SELECT state, count(*) AS jobs, min(created_at) AS oldest_at FROM jobs"
        " WHERE state IN ('queued', 'running') GROUP BY state"
        " UNION ALL SELECT state, count(*), NULL FROM jobs WHERE state IN ('failed', 'dead') GROUP BY state"
    )
    rows = {row["state"]: row for row in await cursor.fetchall()}
    counts = {state: rows[state]["jobs"] if state in rows else 0 for state in ("queued", "running", "failed", "dead")}
    return JobCounts(**counts, oldest_queued_at=rows["queued"]["oldest_at"] if "queued" in rows else None)
