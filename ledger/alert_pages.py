"""The queue in pages: filtered, highest priority or newest first; and the groups of alerts with one cause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from graph.model import Alert, AlertClass, AlertStatus, Severity
from ledger.alerts import ALERT_COLUMNS, alert_from
from ledger.session import Connection

# Where a page ended: priority, created_at and id of its last alert, or without the priority.
Position = tuple[float, datetime, str]
NewestPosition = tuple[datetime, str]
NOBODY = "none"


class Asked(Struct, frozen=True, kw_only=True):
    """Which alerts are asked for: those that meet all that is given. Values are as of now.

    `assignee` may be `none`: nobody. `proposed` are those that are proposed for closing, `suppressed` those that a
    suppression closed as they came, or with False the others. `wallet` is a party, `since` and `until` bound when it
    was opened, `until` itself left out.
    """

    status: AlertStatus | None = None
    severity: Severity | None = None
    class_: AlertClass | None = None
    category: str | None = None
    assignee: str | None = None
    group: str | None = None
    wallet: str | None = None
    proposed: bool | None = None
    suppressed: bool | None = None
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> str:
        """Only the conditions asked for, so that each form finds its index."""
        conditions = [text for name, text in _CONDITIONS.items() if getattr(self, name) is not None]
        if self.assignee is not None:
            conditions.append("assignee IS NULL" if self.assignee == NOBODY else "assignee = %(assignee)s")
        for name, column in (("proposed", "proposal"), ("suppressed", "suppressed_by")):
            if (wanted := getattr(self, name)) is not None:
                conditions.append(f"{column} IS {'NOT ' if wanted else ''}NULL")
        return " AND ".join(["true", *conditions])


_CONDITIONS = {
    "status": "status = %(status)s",
    "severity": "severity = %(severity)s",
    "class_": "class = %(class_)s",
    "category": "category = %(category)s",
    "group": "group_id = %(group)s",
    "wallet": "(body ->> 'wallets')::jsonb ? %(wallet)s",
    "since": "created_at >= %(since)s",
    "until": "created_at < %(until)s",
}

ALL = Asked()


async def list_alerts(
    connection: Connection, asked: Asked = ALL, *, after: Position | None = None, limit: int = 100
) -> tuple[list[Alert], Position | None]:
    """Return a page of alerts, highest priority first, then newest, and where it ended; None at the end.

    An alert that comes in between two pages moves no other one from its place.
    """
    beyond = "AND (priority, created_at, id) < (%(priority)s, %(created_at)s, %(last)s)" if after else ""
    priority, created_at, last = after or (None, None, None)
    order = "ORDER BY priority DESC, created_at DESC, id DESC"
    place = {"priority": priority, "created_at": created_at, "last": last}
    alerts, end = await _page(connection, asked, f"{beyond} {order}", place, limit)
    return alerts, (end.priority, end.created_at, end.id) if end else None


async def list_newest(
    connection: Connection, asked: Asked = ALL, *, after: NewestPosition | None = None, limit: int = 100
) -> tuple[list[Alert], NewestPosition | None]:
    """Return a page of alerts, newest first, and where it ended; None at the end."""
    beyond = "AND (created_at, id) < (%(created_at)s, %(last)s)" if after else ""
    created_at, last = after or (None, None)
    place = {"created_at": created_at, "last": last}
    alerts, end = await _page(connection, asked, f"{beyond} ORDER BY created_at DESC, id DESC", place, limit)
    return alerts, (end.created_at, end.id) if end else None


async def _page(
    connection: Connection, asked: Asked, rest: str, place: dict[str, Any], limit: int
) -> tuple[list[Alert], Alert | None]:
    cursor = await connection.execute(
        f"SELECT {ALERT_COLUMNS} FROM alerts WHERE {asked.where()} {rest} LIMIT %(limit)s",
        asdict(asked) | place | {"limit": limit + 1},
    )
    alerts = [alert_from(row) for row in await cursor.fetchall()]
    return alerts[:limit], alerts[limit - 1] if len(alerts) > limit else None
