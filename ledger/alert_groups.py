"""Alerts of one cause, together: a group counts its alerts and hides none."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from graph.model import Alert, Severity
from ledger.alert_pages import ALL, Asked
from ledger.session import Connection, Row

# Where a page ended: priority, created_at and id of the first alert of its last group.
GroupPosition = tuple[float, datetime, str]
# How far down the queue the groups of a page are looked for before all alerts are.
WALKED, PAGES_WALKED = 300, 3

_decoder = msgspec.json.Decoder(Alert)

_QUEUE = "ORDER BY priority DESC, created_at DESC, id DESC"
_BY_GROUP = "ORDER BY group_id DESC, priority DESC, created_at DESC, id DESC"
_HEAD = "group_id, priority, created_at, id"
_PLACE, _AFTER = "(priority, created_at, id)", "(%(priority)s, %(created_at)s, %(last)s)"
_COUNTED = (
    "SELECT count(*) AS count, count(*) FILTER (WHERE status IN ('open', 'acknowledged')) AS open,"
    " (array['none', 'low', 'high', 'critical'])[max(array_position(array['none', 'low', 'high', 'critical'],"
    "  severity))] AS severity, sum(value)::bigint AS value, min(created_at) AS oldest_at,"
    " max(created_at) AS newest_at FROM alerts WHERE group_id = page.group_id"
)


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
    """Return a page of groups in the order of their first alerts in the queue, and where it ended; None at the end."""
    priority, created_at, last = after or (None, None, None)
    walked = max(WALKED, PAGES_WALKED * limit)
    given = asdict(asked) | {"priority": priority, "created_at": created_at, "last": last}
    given |= {"walked": walked, "limit": limit + 1}
    rows = await _rows(connection, _top(asked, after), asked, given)
    # As a rule the top of the queue has a page of groups; if not, they are few, or most of those below it are told.
    if len(rows) <= limit and rows[0]["walked"] == walked:
        rows = await _rows(connection, _all(asked, after), asked, given)
    found = [row for row in rows if row["first"] is not None]
    end = found[limit - 1] if len(found) > limit else None
    return [_group(row) for row in found[:limit]], (end["priority"], end["created_at"], end["id"]) if end else None


def _top(asked: Asked, after: GroupPosition | None) -> str:
    """The first alerts of groups among so many of the queue, none of which has one on an earlier page."""
    below, untold = "", ""
    if after:
        below = f"AND {_PLACE} < {_AFTER}"
        untold = (
            f"WHERE NOT EXISTS (SELECT FROM alerts WHERE group_id = heads.group_id AND {asked.where()}"
            f" AND {_PLACE} >= {_AFTER})"
        )
    return (
        f"walked AS MATERIALIZED (SELECT {_HEAD} FROM alerts WHERE {asked.where()} {below} {_QUEUE} LIMIT %(walked)s),"
        f" page AS (SELECT * FROM (SELECT DISTINCT ON (group_id) * FROM walked {_BY_GROUP}) heads"
        f" {untold} {_QUEUE} LIMIT %(limit)s)"
    )


def _all(asked: Asked, after: GroupPosition | None) -> str:
    """The first alerts of all groups, in the order of an index that has groups together."""
    return (
        f"walked AS (SELECT), page AS (SELECT * FROM (SELECT DISTINCT ON (group_id) {_HEAD} FROM alerts"
        f" WHERE {asked.where()} {_BY_GROUP}) heads WHERE {f'{_PLACE} < {_AFTER}' if after else 'true'}"
        f" {_QUEUE} LIMIT %(limit)s)"
    )


async def _rows(connection: Connection, page: str, asked: Asked, given: Row) -> list[Row]:
    """The groups of a page with what they hold; one row without any if there are none, to tell what was walked."""
    cursor = await connection.execute(
        f"WITH {page}, counted AS (SELECT page.*, inside.*, a.body::text AS first FROM page"
        f" CROSS JOIN LATERAL ({_COUNTED} AND {asked.where()}) inside JOIN alerts a ON a.id = page.id)"
        " SELECT counted.*, walked.count AS walked FROM (SELECT count(*) FROM walked) walked"
        " LEFT JOIN counted ON true ORDER BY counted.priority DESC, counted.created_at DESC, counted.id DESC",
        given,
    )
    return await cursor.fetchall()


def _group(row: Row) -> AlertGroup:
    first = _decoder.decode(row["first"])
    told = ("group_id", "count", "open", "severity", "priority", "value", "oldest_at", "newest_at")
    return AlertGroup(
        **{name: row[name] for name in told},
        first=first.id,
        category=first.risk_category,
        reason_codes=first.reason_codes,
        explanation=first.explanation,
    )
