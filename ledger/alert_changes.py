"""What became of alerts: every change appended, the alert's row kept as it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from graph.model import Alert, AlertStatus, Verdict
from ledger.session import Connection
from ledger.verdicts import record_verdicts


class AlertChange(Struct, frozen=True, kw_only=True):
    """One change of an alert, from what to what; `version` is the one it made.

    `suppression` closed it as it came, None where a person changed it. `number` orders changes; it and `at` are set
    by the ledger.
    """

    alert: str
    version: int
    status_before: AlertStatus
    status_after: AlertStatus
    assignee_before: str | None
    assignee_after: str | None
    verdict_before: Verdict | None
    verdict_after: Verdict | None
    actor: str
    reason: str | None = None
    suppression: str | None = None
    number: int = 0
    at: datetime | None = None

    def apply(self, alert: Alert) -> Alert:
        """The alert as it is after this change."""
        return msgspec.structs.replace(
            alert,
            status=self.status_after,
            assignee=self.assignee_after,
            verdict=self.verdict_after,
            version=self.version,
            suppressed_by=self.suppression or (alert.suppressed_by if self.verdict_after else None),
        )


async def record_changes(connection: Connection, changes: Sequence[AlertChange], after: Sequence[Alert]) -> None:
    """Append changes, with what they say as verdicts, and set the alerts to what they are `after` them.

    The alerts must be locked, or recorded in this transaction.
    """
    given = msgspec.json.encode(changes).decode()
    await connection.execute(
        "INSERT INTO alert_changes (alert, version, status_before, status_after, assignee_before, assignee_after,"
        " verdict_before, verdict_after, reason, suppression, actor) SELECT alert, version, status_before,"
        " status_after, assignee_before, assignee_after, verdict_before, verdict_after, reason, suppression, actor"
        " FROM json_to_recordset(%s::json) AS given (alert text, version int, status_before text, status_after text,"
        " assignee_before text, assignee_after text, verdict_before text, verdict_after text, reason text,"
        " suppression text, actor text) ORDER BY alert",
        (given,),
    )
    await connection.execute(
        "UPDATE alerts a SET status = given.status, assignee = given.assignee, verdict = given.verdict,"
        " version = given.version, suppressed_by = given.suppressed_by FROM unnest(%s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::int[], %s::text[]) AS given (id, status, assignee, verdict, version,"
        " suppressed_by) WHERE a.id = given.id",
        (
            [a.id for a in after],
            [a.status for a in after],
            [a.assignee for a in after],
            [a.verdict for a in after],
            [a.version for a in after],
            [a.suppressed_by for a in after],
        ),
    )
    if told := [change for change in changes if change.verdict_before != change.verdict_after]:
        await record_verdicts(connection, [(c.alert, c.version, c.verdict_after, c.reason, c.actor) for c in told])


async def list_changes(
    connection: Connection, alert: str, *, after: int = 0, limit: int = 100
) -> tuple[list[AlertChange], int | None]:
    """Return a page of what became of an alert, oldest first, and where it ended; None at the end.

    `after` is the number that an earlier page ended with.
    """
    cursor = await connection.execute(
        "SELECT alert, version, status_before, status_after, assignee_before, assignee_after, verdict_before,"
        " verdict_after, reason, suppression, actor, number, at FROM alert_changes"
        " WHERE alert = %s AND number > %s ORDER BY number LIMIT %s",
        (alert, after, limit + 1),
    )
    changes = [AlertChange(**row) for row in await cursor.fetchall()]
    return changes[:limit], changes[limit - 1].number if len(changes) > limit else None
