"""Cases: alerts and wallets that are worked on together. What became of a case is told by the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from graph.errors import NotFound
from ledger.session import Connection

CaseStatus = Literal["open", "closing", "closed"]
CaseOutcome = Literal["reported", "handed_over", "no_action"]

_COLUMNS = "id, title, status, outcome, assignee, version, created_by, created_at, changed_at, closed_at"


class Case(Struct, frozen=True, kw_only=True):
    """A case as it stands. `closing` is open with a proposal to close it; `version` counts its changes from 1.

    `outcome` and `closed_at` are None until it is closed.
    """

    id: str
    title: str
    status: CaseStatus
    outcome: CaseOutcome | None
    assignee: str | None
    version: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None


class Asked(Struct, frozen=True, kw_only=True):
    """Which cases are asked for; None is any. `assignee` "" is nobody's."""

    status: CaseStatus | None = None
    assignee: str | None = None
    alert: str | None = None
    wallet: str | None = None


async def create_case(connection: Connection, case: str, *, title: str, assignee: str | None, actor: str) -> bool:
    """Create an open case; False if the id is taken already."""
    cursor = await connection.execute(
        "INSERT INTO cases (id, title, assignee, created_by) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (case, title, assignee, actor),
    )
    return cursor.rowcount == 1


async def get_case(connection: Connection, case: str) -> Case:
    """Return a case; raises NotFound."""
    return await _one(connection, case, "")


async def lock_case(connection: Connection, case: str) -> Case:
    """Return a case that nobody else can change until the end of this transaction; raises NotFound."""
    return await _one(connection, case, " FOR UPDATE")


async def save_case(connection: Connection, case: Case) -> Case:
    """Write the columns of a locked case that may change and return it as it is then, one version on."""
    cursor = await connection.execute(
        "UPDATE cases SET title = %s, status = %s, outcome = %s, assignee = %s, version = version + 1,"
        " changed_at = clock_timestamp(), closed_at = CASE WHEN %s = 'closed' THEN clock_timestamp() END"
        f" WHERE id = %s RETURNING {_COLUMNS}",
        (case.title, case.status, case.outcome, case.assignee, case.status, case.id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("case", case.id)
    return Case(**row)


async def list_cases(
    connection: Connection, asked: Asked, *, after: str | None = None, limit: int = 100
) -> tuple[list[Case], str | None]:
    """Return a page of cases, newest first, and the id where it ended; None at the end."""
    # Only the conditions asked for, so that each form finds its index.
    where = "WHERE true"
    where += " AND status = %(status)s" if asked.status else ""
    where += " AND assignee = %(assignee)s" if asked.assignee else ""
    where += " AND assignee IS NULL" if asked.assignee == "" else ""
    where += ' AND id = (SELECT "case" FROM case_alerts WHERE alert = %(alert)s)' if asked.alert else ""
    where += ' AND id IN (SELECT "case" FROM case_wallets WHERE wallet = %(wallet)s)' if asked.wallet else ""
    where += " AND id < %(after)s" if after is not None else ""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM cases {where} ORDER BY id DESC LIMIT %(limit)s",
        {
            "status": asked.status,
            "assignee": asked.assignee,
            "alert": asked.alert,
            "wallet": asked.wallet,
            "after": after,
            "limit": limit + 1,
        },
    )
    cases = [Case(**row) for row in await cursor.fetchall()]
    return cases[:limit], cases[limit - 1].id if len(cases) > limit else None


async def _one(connection: Connection, case: str, lock: str) -> Case:
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM cases WHERE id = %s{lock}", (case,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("case", case)
    return Case(**row)
