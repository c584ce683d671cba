"""Which scoring runs still have their rows, and how those that are kept no longer go, a slice at a time."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString

from msgspec import Struct

from graph.errors import NotFound
from graph.model import ScoringRun
from ledger.errors import RunRowsRemoved, RunUnfinished
from ledger.runs import find_run
from ledger.session import Connection

# Every table whose rows are of a run, by its number, and go with it. What changed a score, and why, stays.
TABLES: tuple[LiteralString, ...] = ("wallet_scores", "rescores", "explanations")
# Runs that may be read at any time: the one in force, and those that a comparison still has to look at.
_NEEDED = (
    "SELECT number FROM (SELECT number FROM scoring_runs WHERE finished_at IS NOT NULL"
    "  ORDER BY finished_at DESC, number DESC LIMIT 1) in_force"
    " UNION SELECT n.number FROM jobs j JOIN scoring_runs r ON r.id = j.arguments ->> 'run'"
    "  CROSS JOIN LATERAL (SELECT number FROM scoring_runs o WHERE o.finished_at IS NOT NULL"
    "   AND (o.finished_at, o.number) <= (r.finished_at, r.number)"
    "   ORDER BY o.finished_at DESC, o.number DESC LIMIT 2) n"
    "  WHERE j.state IN ('queued', 'running') AND j.name = 'compare_runs'"
)
# Those whose removal was begun, and those that came to nothing: nobody sees the rows of an unfinished run.
_LEFT = (
    "r.rows_removed_at IS NOT NULL OR (r.finished_at IS NULL AND EXISTS (SELECT FROM jobs j WHERE j.id = r.job"
    " AND j.state IN ('failed', 'dead', 'cancelled')))"
)
_HAS_ROWS = " OR ".join(f"EXISTS (SELECT FROM {table} t WHERE t.run = r.number)" for table in TABLES)


class OldRun(Struct, frozen=True):
    """A finished run whose rows are kept no longer."""

    run: str
    number: int
    wallets: int
    finished_at: datetime


async def get_run_with_rows(connection: Connection, run: str) -> ScoringRun:
    """Return a run that has finished and whose rows are kept; raises NotFound, RunUnfinished or RunRowsRemoved.

    Asked after rows were read, it tells that they were all there.
    """
    found = await find_run(connection, run)
    if found is None:
        raise NotFound("scoring run", run)
    if found.finished_at is None:
        raise RunUnfinished(run, found.job)
    _require_rows(found)
    return found


async def require_rows(connection: Connection, run: str) -> None:
    """Raise RunRowsRemoved if the rows of a run were removed; asked after they were read, as above."""
    found = await find_run(connection, run)
    if found is not None:
        _require_rows(found)


def _require_rows(run: ScoringRun) -> None:
    if run.rows_removed_at is not None:
        raise RunRowsRemoved(run.id, run.rows_removed_at)


async def list_old_runs(connection: Connection, kept: int, kept_days: float, limit: int = 100) -> list[OldRun]:
    """Return runs beyond the `kept` that finished last, and longer ago than `kept_days`; the oldest first.

    None if `kept` is 0. Runs that something still needs are left out.
    """
    cursor = await connection.execute(
        "SELECT id AS run, number, coalesce(wallets, 0) AS wallets, finished_at FROM ("
        "  SELECT *, row_number() OVER (ORDER BY finished_at DESC, number DESC) AS place FROM scoring_runs"
        "  WHERE finished_at IS NOT NULL) r"
        " WHERE r.place > %(kept)s AND %(kept)s > 0 AND r.rows_removed_at IS NULL"
        "  AND r.finished_at < clock_timestamp() - make_interval(secs => %(kept_s)s)"
        f"  AND r.number NOT IN ({_NEEDED}) ORDER BY r.finished_at, r.number LIMIT %(limit)s",
        {"kept": kept, "kept_s": kept_days * 86_400, "limit": limit},
    )
    return [OldRun(**row) for row in await cursor.fetchall()]


async def begin_removal(connection: Connection, number: int) -> bool:
    """Let nobody read the rows of a finished run from now on; False if they are needed, or gone, by now."""
    cursor = await connection.execute(
        "UPDATE scoring_runs SET rows_removed_at = clock_timestamp() WHERE number = %(number)s"
        f" AND finished_at IS NOT NULL AND rows_removed_at IS NULL AND number NOT IN ({_NEEDED})",
        {"number": number},
    )
    return cursor.rowcount == 1


async def list_leftovers(connection: Connection, limit: int = 100) -> list[int]:
    """Return the numbers of runs that have rows which nobody can read: their removal has begun, or they ended badly."""
    cursor = await connection.execute(
        f"SELECT r.number FROM scoring_runs r WHERE ({_LEFT}) AND ({_HAS_ROWS}) ORDER BY r.number LIMIT %s", (limit,)
    )
    return [row["number"] for row in await cursor.fetchall()]


async def remove_slice(connection: Connection, number: int, most: int) -> int:
    """Delete at most so many rows of a run that nobody can read, and return how many; 0 where there are none."""
    # A job that is given new attempts meanwhile fills the run again; it waits for this lock.
    cursor = await connection.execute(
        f"SELECT FROM scoring_runs r WHERE r.number = %s AND ({_LEFT}) FOR UPDATE OF r", (number,)
    )
    if await cursor.fetchone() is None:
        return 0
    for table in TABLES:
        cursor = await connection.execute(
            f"DELETE FROM {table} WHERE run = %(run)s AND ctid = ANY(ARRAY("
            f"SELECT ctid FROM {table} WHERE run = %(run)s LIMIT %(most)s))",
            {"run": number, "most": most},
        )
        if cursor.rowcount:
            return cursor.rowcount
    return 0
