"""Alerts: the queue of decisions and re-screenings that need a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from graph.errors import NotFound
from graph.model import Alert, AlertClass, AlertStatus, Severity
from ledger.canonical import canonical_json
from ledger.session import Connection, Row

# Where a page ended: priority, created_at and id of its last alert.
Position = tuple[float, datetime, str]

_COLUMNS = "body::text, status, assignee, basis_withdrawn_at, proposal, proposal_reason, proposed_at"
_decoder = msgspec.json.Decoder(Alert)


async def record_alerts(connection: Connection, alerts: Sequence[Alert]) -> list[str]:
    """Record alerts whose id is not known yet and return these ids, in order; decisions they have come first."""
    ordered = sorted(alerts, key=lambda alert: alert.id)
    cursor = await connection.execute(
        "INSERT INTO alerts (id, decision, transaction, class, severity, priority, group_id, created_at,"
        " status, assignee, body) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::float8[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::json[])"
        " ON CONFLICT DO NOTHING RETURNING id",
        (
            [a.id for a in ordered],
            [a.decision for a in ordered],
            [a.transaction for a in ordered],
            [a.class_ for a in ordered],
            [a.severity for a in ordered],
            [a.priority for a in ordered],
            [a.group_id for a in ordered],
            [a.created_at for a in ordered],
            [a.status for a in ordered],
            [a.assignee for a in ordered],
            [canonical_json(a) for a in ordered],
        ),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def get_alert(connection: Connection, alert: str) -> Alert:
    """Return an alert by its id; raises NotFound."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM alerts WHERE id = %s", (alert,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("alert", alert)
    return _alert(row)


async def list_alerts(
    connection: Connection,
    *,
    status: AlertStatus | None = None,
    severity: Severity | None = None,
    class_: AlertClass | None = None,
    proposed: bool | None = None,
    after: Position | None = None,
    limit: int = 100,
) -> tuple[list[Alert], Position | None]:
    """Return a page of alerts, highest priority first, then newest, and where it ended; None at the end.

    `proposed` keeps alerts that are proposed for closing, or those that are not. An alert that comes in between two
    pages moves no other one from its place.
    """
    # Only the conditions asked for, so that each form finds its index.
    where = "WHERE true"
    where += " AND status = %(status)s" if status else ""
    where += " AND severity = %(severity)s" if severity else ""
    where += " AND class = %(class)s" if class_ else ""
    where += f" AND proposal IS {'NOT ' if proposed else ''}NULL" if proposed is not None else ""
    where += " AND (priority, created_at, id) < (%(priority)s, %(created_at)s, %(last)s)" if after else ""
    priority, created_at, last = after or (None, None, None)
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM alerts {where} ORDER BY priority DESC, created_at DESC, id DESC LIMIT %(limit)s",
        {
            "status": status,
            "severity": severity,
            "class": class_,
            "priority": priority,
            "created_at": created_at,
            "last": last,
            "limit": limit + 1,
        },
    )
    alerts = [_alert(row) for row in await cursor.fetchall()]
    end = alerts[limit - 1] if len(alerts) > limit else None
    return alerts[:limit], (end.priority, end.created_at, end.id) if end else None


def _alert(row: Row) -> Alert:
    # The body is the alert as it was opened; what became of it since then stands in the columns.
    return replace(_decoder.decode(row.pop("body")), **row)
