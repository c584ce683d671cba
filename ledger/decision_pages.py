"""Decisions by filter, newest first, without their bodies: what a list shows of each."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.model import Severity
from ledger.session import Connection

# Where a page ended: decided_at and id of its last decision.
Position = tuple[datetime, str]


class DecisionSummary(Struct, frozen=True, kw_only=True):
    """One decision in a list; the whole of it, with signals and evidence, is at its transaction's `/decision`."""

    id: str
    transaction: str
    risk_score: float
    severity: Severity
    risk_category: str | None
    policy: str
    alert: str | None
    decided_at: datetime


class DecisionFilter(Struct, frozen=True, kw_only=True):
    """Which decisions to list; None asks for all. `since` counts in, `until` does not."""

    severity: Severity | None = None
    category: str | None = None
    policy: str | None = None
    alerted: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_decisions(
    connection: Connection, asked: DecisionFilter, *, after: Position | None = None, limit: int = 100
) -> tuple[list[DecisionSummary], Position | None]:
    """Return a page of decisions, the latest first, and where it ended; None at the end."""
    decided_at, last = after or (None, None)
    cursor = await connection.execute(
        # The page is found in an index alone, its rows after that.
        f"WITH page AS MATERIALIZED (SELECT decided_at, id FROM decisions WHERE {_conditions(asked, after)}"
        " ORDER BY decided_at DESC, id DESC LIMIT %(limit)s)"
        " SELECT id, transaction, risk_score, severity, risk_category, policy, alert, decisions.decided_at"
        " FROM page JOIN decisions USING (id) ORDER BY page.decided_at DESC, id DESC",
        {
            "severity": asked.severity,
            "category": asked.category,
            "policy": asked.policy,
            "since": asked.since,
            "until": asked.until,
            "decided_at": decided_at,
            "last": last,
            "limit": limit + 1,
        },
    )
    found = [DecisionSummary(**row) for row in await cursor.fetchall()]
    end = found[limit - 1] if len(found) > limit else None
    return found[:limit], (end.decided_at, end.id) if end else None


def _conditions(asked: DecisionFilter, after: Position | None) -> str:
    """Only the conditions asked for, so that each form finds its index."""
    conditions = {
        "severity = %(severity)s": asked.severity,
        "risk_category = %(category)s": asked.category,
        "policy = %(policy)s": asked.policy,
        "alert IS NOT NULL": asked.alerted or None,
        "alert IS NULL": None if asked.alerted is None or asked.alerted else True,
        "decided_at >= %(since)s": asked.since,
        "decided_at < %(until)s": asked.until,
        "(decided_at, id) < (%(decided_at)s, %(last)s)": after,
    }
    return " AND ".join(text for text, given in conditions.items() if given is not None) or "true"
