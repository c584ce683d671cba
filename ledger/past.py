"""Transactions as they stand: landed and not withdrawn, each with what was decided about it and on what."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.model import Verdict
from ledger.session import Connection

# A re-landed transaction is as its latest landing says.
_LANDED = (
    "FROM landed l LEFT JOIN LATERAL (SELECT kind, body FROM transaction_changes"
    "  WHERE transaction = l.transaction ORDER BY seq DESC LIMIT 1) c ON true"
    " WHERE l.transaction > %(after)s AND c.kind IS DISTINCT FROM 'withdrawn'"
)
_AT = "(coalesce(c.body, l.body)::json -> 'content' ->> 'at')::timestamptz"


class PastTransaction(Struct, frozen=True, kw_only=True):
    """One transaction. `body` is canonical JSON, `salt` and `text` are of its personal text, None without one.

    `decision`, `severity` and `alert` are of its decision, `facts` what that rested on, canonical JSON; None where
    there is none, as for history that was waived. `verdict` is how somebody resolved that alert, None as long as
    nobody did, and for one that a suppression closed.
    """

    transaction: str
    seq: int
    body: str
    salt: str | None
    text: str | None
    decision: str | None
    severity: str | None
    alert: str | None
    verdict: Verdict | None
    facts: str | None


async def list_past(
    connection: Connection, *, since: datetime | None, until: datetime | None, after: str, limit: int
) -> list[PastTransaction]:
    """Return those that moved from `since` to just before `until`, in order of key, beyond the key `after`."""
    cursor = await connection.execute(
        "SELECT t.*, p.salt, p.body AS text, d.id AS decision, d.severity, d.alert, f.body::text AS facts,"
        " CASE WHEN a.suppressed_by IS NULL THEN a.verdict END AS verdict FROM ("
        f" SELECT l.transaction, l.seq, coalesce(c.body, l.body) AS body {_LANDED} {_span(since, until)}"
        "  ORDER BY l.transaction LIMIT %(limit)s) t"
        " LEFT JOIN personal_texts p ON p.transaction = t.transaction"
        " LEFT JOIN decisions d ON d.transaction = t.transaction"
        " LEFT JOIN alerts a ON a.id = d.alert"
        " LEFT JOIN decision_facts f ON f.decision = d.id ORDER BY t.transaction",
        {"since": since, "until": until, "after": after, "limit": limit},
    )
    return [PastTransaction(**row) for row in await cursor.fetchall()]


async def count_past(connection: Connection, *, since: datetime | None, until: datetime | None) -> int:
    """Return how many transactions stand that moved from `since` to just before `until`."""
    cursor = await connection.execute(
        f"SELECT count(*) AS n {_LANDED} {_span(since, until)}", {"since": since, "until": until, "after": ""}
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def _span(since: datetime | None, until: datetime | None) -> str:
    # Only the bounds asked for: reading the time means parsing the body.
    return (f" AND {_AT} >= %(since)s" if since else "") + (f" AND {_AT} < %(until)s" if until else "")
