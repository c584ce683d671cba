"""Reading what became of attributions in bulk, to verify it."""

from __future__ import annotations

from ledger.attributions import AttributionChange
from ledger.session import Connection


async def page_of_attribution_changes(connection: Connection, *, after: int, limit: int) -> list[AttributionChange]:
    """Return changes in order of seq, those beyond `after`."""
    cursor = await connection.execute(
        "SELECT seq, attribution, kind, body, reason, actor, at FROM attribution_changes"
        " WHERE seq > %s ORDER BY seq LIMIT %s",
        (after, limit),
    )
    return [AttributionChange(**row) for row in await cursor.fetchall()]


async def page_of_latest_changes(connection: Connection, *, after: str, limit: int) -> list[AttributionChange]:
    """Return the latest change of each attribution, in order of its id, of those beyond `after`."""
    cursor = await connection.execute(
        "SELECT DISTINCT ON (attribution) seq, attribution, kind, body, reason, actor, at FROM attribution_changes"
        " WHERE attribution > %s ORDER BY attribution, seq DESC LIMIT %s",
        (after, limit),
    )
    return [AttributionChange(**row) for row in await cursor.fetchall()]


async def count_audited_changes(connection: Connection) -> int:
    """Return how many changes the audit log says were recorded."""
    cursor = await connection.execute(
        "SELECT coalesce(sum((body::json ->> 'recorded')::bigint + (body::json ->> 'withdrawn')::bigint), 0) AS n"
        " FROM (SELECT body FROM audit_events WHERE action IN ('attributions.recorded', 'attributions.withdrawn')"
        "  AND CASE WHEN body IS JSON THEN body::json ->> 'changes_sha256' END IS NOT NULL) AS events"
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0
