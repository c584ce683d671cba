"""How the queue of alerts and the queue of jobs stand now: what is kept as it changes, or counted by index alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from graph.model import AlertStatus, Severity
from ledger.session import Connection

MOST_ROWS = 500

# Ways to stand are named one by one, so that each is a range of the index.
_WAITING = "status IN ('open', 'acknowledged') AND severity IN ('none', 'low', 'high', 'critical')"
_ALERTS = f"""
    SELECT (SELECT coalesce(json_agg(standing), '[]') FROM (SELECT status, severity, sum(alerts) AS alerts,
            coalesce(sum(alerts) FILTER (WHERE NOT assigned), 0) AS unassigned
            FROM alert_figures GROUP BY status, severity HAVING sum(alerts) <> 0) AS standing) AS standing,
        (SELECT array_agg((SELECT count(*) FROM alerts WHERE {_WAITING} AND created_at >= bound) ORDER BY place)
            FROM unnest(%(bounds)s::timestamptz[]) WITH ORDINALITY AS given (bound, place)) AS younger,
        (SELECT min(first.created_at) FROM unnest(ARRAY['open', 'acknowledged']) AS status,
            unnest(ARRAY['none', 'low', 'high', 'critical']) AS severity, LATERAL (SELECT created_at FROM alerts a
            WHERE a.status = status.status AND a.severity = severity.severity ORDER BY created_at LIMIT 1) AS first)
            AS oldest_at
"""


class AlertCount(Struct, frozen=True, kw_only=True):
    """Alerts of one status and severity; `unassigned` of them are nobody's."""

    status: AlertStatus
    severity: Severity
    alerts: int
    unassigned: int


class AlertCounts(Struct, frozen=True, kw_only=True):
    """All alerts by how they stand. Of those that wait, `younger` were opened since each bound that was asked for.

    `oldest_at` is when the first of those that wait was opened, None while none does.
    """

    standing: list[AlertCount]
    younger: list[int]
    oldest_at: datetime | None


class JobCounts(Struct, frozen=True, kw_only=True):
    """Jobs that wait, are under way or ended badly; `oldest_queued_at` is None while none waits."""

    queued: int
    running: int
    failed: int
    dead: int
    oldest_queued_at: datetime | None


async def count_alerts(connection: Connection, bounds: Sequence[datetime]) -> AlertCounts:
    """Return how many alerts there are and, for each of `bounds`, how many that wait were opened since."""
    # In one statement, so that all of it is of one moment.
    cursor = await connection.execute(_ALERTS, {"bounds": list(bounds)})
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("counts gave no row")
    return msgspec.convert(row, AlertCounts)


async def count_waiting_of(connection: Connection, assignee: str) -> int:
    """Count the alerts that wait for one assignee."""
    cursor = await connection.execute(
        "SELECT count(*) AS alerts FROM alerts WHERE status IN ('open', 'acknowledged') AND assignee = %s", (assignee,)
    )
    row = await cursor.fetchone()
    return row["alerts"] if row else 0


async def fold_alert_counts(connection: Connection, most: int = MOST_ROWS) -> None:
    """Add up what `count_alerts` has to read once it is more than `most` rows; nobody waits for it or sees it."""
    await connection.execute(
        "WITH taken AS (DELETE FROM alert_figures WHERE (SELECT count(*) FROM alert_figures) > %s RETURNING *)"
        " INSERT INTO alert_figures SELECT status, severity, assigned, sum(alerts) FROM taken"
        " GROUP BY status, severity, assigned HAVING sum(alerts) <> 0",
        (most,),
    )


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
