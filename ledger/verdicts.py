"""Verdicts: how people resolved alerts. What is in force of them is what models may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from graph.model import AlertClass, Verdict
from ledger.session import Connection

# Alert, its version, the verdict (None takes back the one before), reason, actor.
Given = tuple[str, int, Verdict | None, str | None, str]


class Label(Struct, frozen=True, kw_only=True):
    """A verdict in force about what an alert was about: its payment, or the wallet of a retro one.

    `number` orders labels as they were given.
    """

    number: int
    alert: str
    class_: AlertClass
    transaction: str | None
    wallets: tuple[str, ...]
    verdict: Verdict
    category: str | None
    actor: str
    at: datetime


async def record_verdicts(connection: Connection, given: Sequence[Given]) -> None:
    """Append verdicts; the latest of an alert is in force."""
    alerts, versions, verdicts, reasons, actors = zip(*sorted(given), strict=True)
    await connection.execute(
        "INSERT INTO verdicts (alert, version, verdict, reason, actor)"
        " SELECT * FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[])",
        (list(alerts), list(versions), list(verdicts), list(reasons), list(actors)),
    )


class VerdictCounts(Struct, frozen=True, kw_only=True):
    """Verdicts in force that people gave in a span of time, and how many alerts suppressions closed as they came."""

    confirmed: int
    false_positive: int
    inconclusive: int
    suppressed: int


async def count_verdicts(connection: Connection, since: datetime) -> VerdictCounts:
    """Count what is in force of the verdicts given since; an alert opened again has none."""
    cursor = await connection.execute(
        "SELECT CASE WHEN c.suppression IS NULL THEN v.verdict ELSE 'suppressed' END AS kind, count(*) AS alerts"
        " FROM verdicts v LEFT JOIN alert_changes c ON c.alert = v.alert AND c.version = v.version"
        " WHERE v.at >= %s AND v.verdict IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM verdicts l WHERE l.alert = v.alert AND l.number > v.number) GROUP BY kind",
        (since,),
    )
    counts = {row["kind"]: row["alerts"] for row in await cursor.fetchall()}
    return VerdictCounts(**{name: counts.get(name, 0) for name in VerdictCounts.__struct_fields__})


async def list_labels(
    connection: Connection, *, verdict: Verdict | None = None, after: int = 0, limit: int = 100
) -> tuple[list[Label], int | None]:
    """Return a page of the verdicts in force, oldest first, and where it ended; None at the end.

    What a suppression closed was looked at by nobody, and is no label. `after` is the number that an earlier page
    ended with.
    """
    only = "AND v.verdict = %(verdict)s" if verdict else ""
    cursor = await connection.execute(
        "SELECT v.number, v.alert, a.class AS class_, a.transaction,"
        " array(SELECT jsonb_array_elements_text((a.body ->> 'wallets')::jsonb)) AS wallets, v.verdict, a.category,"
        " v.actor, v.at FROM verdicts v JOIN alerts a ON a.id = v.alert"
        " WHERE v.number > %(after)s AND v.verdict IS NOT NULL AND NOT EXISTS (SELECT FROM alert_changes c"
        "  WHERE c.alert = v.alert AND c.version = v.version AND c.suppression IS NOT NULL)"
        f" AND NOT EXISTS (SELECT FROM verdicts l WHERE l.alert = v.alert AND l.number > v.number) {only}"
        " ORDER BY v.number LIMIT %(limit)s",
        {"verdict": verdict, "after": after, "limit": limit + 1},
    )
    labels = [Label(**row | {"wallets": tuple(row["wallets"])}) for row in await cursor.fetchall()]
    return labels[:limit], labels[limit - 1].number if len(labels) > limit else None
