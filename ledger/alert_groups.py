"""Alerts of one cause, together: a group counts its alerts and hides none."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from graph.model import Alert, Severity
from ledger.alert_pages import ALL, Asked
from ledger.session import Connection, Row

# Where a page ended: the highest priority, the newest time and the group of its last one.
GroupPosition = tuple[float, datetime, str]

_decoder = msgspec.json.Decoder(Alert)


class AlertGroup(Struct, frozen=True, kw_only=True):
    """The alerts of one cause that were asked for. `open` of the `count` are not closed.

    `value` is what the payments behind live ones moved, in micro-units, None where there is none. `category`,
    `reason_codes` and `explanation` are of `first`, the alert of the highest priority.
    """

    group_id: str
    count: int
    open: int
    severity: Severity
    priority: float
    value: int | None
    oldest_at: datetime
    newest_at: datetime
    first: str
    category: str | None
    reason_codes: tuple[str, ...]
    explanation: str


async def list_groups(
    connection: Connection, asked: Asked = ALL, *, after: GroupPosition | None = None, limit: int = 100
) -> tuple[list[AlertGroup], GroupPosition | None]:
    """Return a page of groups, highest priority first, then newest, and where it ended; None at the end."""
    beyond = "HAVING (max(priority), max(created_at), group_id) < (%(priority)s, %(newest)s, %(last)s)" if after else ""
    priority, newest, last = after or (None, None, None)
    cursor = await connection.execute(
        "WITH page AS (SELECT group_id, count(*) AS count,"
        " count(*) FILTER (WHERE status IN ('open', 'acknowledged')) AS open,"
        " (array['none', 'low', 'high', 'critical'])[max(array_position(array['none', 'low', 'high', 'critical'],"
        "  severity))] AS severity, max(priority) AS priority, sum(value)::bigint AS value,"
        " min(created_at) AS oldest_at, max(created_at) AS newest_at"
        f" FROM alerts WHERE {asked.where()} GROUP BY group_id {beyond}"
        " ORDER BY max(priority) DESC, max(created_at) DESC, group_id DESC LIMIT %(limit)s)"
        " SELECT page.*, a.body::text AS first FROM page CROSS JOIN LATERAL"
        f" (SELECT body FROM alerts WHERE group_id = page.group_id AND {asked.where()}"
        "  ORDER BY priority DESC, created_at DESC, id DESC LIMIT 1) a"
        " ORDER BY page.priority DESC, page.newest_at DESC, page.group_id DESC",
        asdict(asked) | {"priority": priority, "newest": newest, "last": last, "limit": limit + 1},
    )
    groups = [_group(row) for row in await cursor.fetchall()]
    end = groups[limit - 1] if len(groups) > limit else None
    return groups[:limit], (end.priority, end.newest_at, end.group_id) if end else None


def _group(row: Row) -> AlertGroup:
    first = _decoder.decode(row.pop("first"))
    return AlertGroup(
        first=first.id,
        category=first.risk_category,
        reason_codes=first.reason_codes,
        explanation=first.explanation,
        **row,
    )
