"""Closing a case: one person proposes, another one approves or rejects. Both tables are append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from ledger.cases import CaseOutcome
from ledger.session import Connection

ClosingVerdict = Literal["approved", "rejected", "withdrawn"]

_SELECT = (
    "SELECT c.id, c.outcome, c.reason, c.resolve_alerts, c.proposed_by, c.proposing_person, c.proposed_at,"
    " v.verdict,"
    " v.reason AS verdict_reason, v.decided_by, v.decided_at"
    " FROM case_closings c LEFT JOIN case_closing_verdicts v ON v.closing = c.id"
)


class Closing(Struct, frozen=True, kw_only=True):
    """A proposal to close a case and what became of it: the last four are None until it is decided.

    `proposing_person` answers for who proposed: the person behind a key, where one is known.
    """

    id: str
    outcome: CaseOutcome
    reason: str
    resolve_alerts: bool
    proposed_by: str
    proposing_person: str
    proposed_at: datetime
    verdict: ClosingVerdict | None
    verdict_reason: str | None
    decided_by: str | None
    decided_at: datetime | None


async def propose_closing(
    connection: Connection,
    closing: str,
    case: str,
    *,
    outcome: CaseOutcome,
    reason: str,
    resolve_alerts: bool,
    actor: str,
    person: str,
) -> None:
    """Record a proposal; the case must be locked and have none that is undecided."""
    await connection.execute(
        'INSERT INTO case_closings (id, "case", outcome, reason, resolve_alerts, proposed_by, proposing_person)'
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (closing, case, outcome, reason, resolve_alerts, actor, person),
    )


async def decide_closing(
    connection: Connection, closing: Closing, verdict: ClosingVerdict, *, reason: str | None, actor: str, person: str
) -> None:
    """Record what becomes of a proposal, once; the database refuses that of the proposing person."""
    await connection.execute(
        "INSERT INTO case_closing_verdicts (closing, proposing_person, verdict, reason, decided_by, deciding_person)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (closing.id, closing.proposing_person, verdict, reason, actor, person),
    )


async def list_closings(connection: Connection, case: str) -> list[Closing]:
    """Return every proposal to close a case, oldest first."""
    cursor = await connection.execute(f'{_SELECT} WHERE c."case" = %s ORDER BY c.id', (case,))
    return [Closing(**row) for row in await cursor.fetchall()]


async def find_pending(connection: Connection, case: str) -> Closing | None:
    """Return the proposal that waits for a second person."""
    cursor = await connection.execute(f'{_SELECT} WHERE c."case" = %s AND v.closing IS NULL', (case,))
    row = await cursor.fetchone()
    return Closing(**row) if row else None
