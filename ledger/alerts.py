"""Alerts: the queue of decisions and re-screenings that need a person."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from graph.errors import NotFound
from graph.model import Alert
from ledger.canonical import canonical_json
from ledger.session import Connection, Row

ALERT_COLUMNS = (
    "body::text, status, assignee, basis_withdrawn_at, proposal, proposal_reason, proposed_at,"
    " version, verdict, suppressed_by, value"
)
# What the payment was landed with. Not by a JSON operator: those refuse a document with a NUL anywhere in it. Greedy:
# the keys are sorted, and anything of that name before the last is part of the content.
_LANDED_VALUE = '^.*"landed_value":([0-9]+)'
_decoder = msgspec.json.Decoder(Alert)


async def record_alerts(connection: Connection, alerts: Sequence[Alert]) -> list[str]:
    """Record alerts whose id is not known yet and return these ids, in order; decisions they have come first."""
    rows = [_recorded(alert) for alert in sorted(alerts, key=lambda alert: alert.id)]
    # One JSON text is sent several times faster than arrays, whose every element the driver quotes.
    cursor = await connection.execute(
        "INSERT INTO alerts (id, decision, transaction, class, severity, category, priority, group_id, created_at,"
        " status, assignee, body, value) SELECT id, decision, transaction, class, severity, category, priority,"
        " group_id, created_at, status, assignee, body::json, (SELECT substring(l.body FROM %s)::bigint FROM landed l"
        " WHERE l.transaction = given.transaction) FROM json_to_recordset(%s::json) AS given (id text, decision text,"
        " transaction text, class text, severity text, category text, priority float8, group_id text,"
        " created_at timestamptz, status text, assignee text, body text) ORDER BY id"
        " ON CONFLICT DO NOTHING RETURNING id",
        (_LANDED_VALUE, canonical_json(rows)),
    )
    return [row["id"] for row in await cursor.fetchall()]


def _recorded(alert: Alert) -> Row:
    """An alert as its table has it; the body is text within the text that is sent, so that a NUL in it is let pass."""
    same = ("id", "decision", "transaction", "severity", "priority", "group_id", "created_at", "status", "assignee")
    own = {"class": alert.class_, "category": alert.risk_category, "body": canonical_json(alert)}
    return {name: getattr(alert, name) for name in same} | own


async def get_alert(connection: Connection, alert: str) -> Alert:
    """Return an alert by its id; raises NotFound."""
    cursor = await connection.execute(f"SELECT {ALERT_COLUMNS} FROM alerts WHERE id = %s", (alert,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("alert", alert)
    return alert_from(row)


async def find_alerts(connection: Connection, alerts: Sequence[str]) -> dict[str, Alert]:
    """Return those of the alerts that there are, by id."""
    cursor = await connection.execute(f"SELECT {ALERT_COLUMNS} FROM alerts WHERE id = ANY(%s)", (list(alerts),))
    found = [alert_from(row) for row in await cursor.fetchall()]
    return {alert.id: alert for alert in found}


async def lock_alerts(connection: Connection, alerts: Sequence[str]) -> dict[str, Alert]:
    """Return those of the alerts that there are, by id, and keep others from changing them until the commit."""
    # In one order, so that two who work on the same alerts cannot wait for each other.
    cursor = await connection.execute(
        f"SELECT {ALERT_COLUMNS} FROM alerts WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (list(alerts),)
    )
    found = [alert_from(row) for row in await cursor.fetchall()]
    return {alert.id: alert for alert in found}


def alert_from(row: Row) -> Alert:
    """Return the alert of a row of ALERT_COLUMNS: its body is as it was opened, what became of it is in the others."""
    return replace(_decoder.decode(row.pop("body")), **row)
