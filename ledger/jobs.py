"""Jobs: the truth of background work. An attempt owns a job until a later one fences it off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import msgspec
from psycopg.errors import UniqueViolation

from graph.errors import NotFound
from graph.model import Job, JobState
from ledger.canonical import canonical_json
from ledger.errors import JobConflict
from ledger.ids import new_id
from ledger.session import Connection, Row

MAX_ATTEMPTS = 3

_COLUMNS = (
    "id, name, state, arguments::text, attempt, created_at, done, total, message, error, result::text,"
    " started_at, heartbeat_at, finished_at, cancel_requested_at, cancelled_by,"
    # Steps to come take as long as those done; what has passed since the last of them counts.
    " CASE WHEN state = 'running' AND cancel_requested_at IS NULL AND done > 0 AND total >= done"
    " THEN greatest(0, extract(epoch FROM moved_at - started_at) * (total - done) / done"
    "  - extract(epoch FROM clock_timestamp() - moved_at))::float8 END AS eta_s"
)
_DUE = "(state = 'queued' OR (state = 'running' AND heartbeat_at + lease < clock_timestamp()))"
_CANCELLED = "state = 'cancelled', finished_at = clock_timestamp(), message = ''"
# Attempts are counted on when a job is given new ones, so that a late one stays fenced off.
_LAST = "attempt %% %(most)s = 0"
_ATTEMPT = "id = %(job)s AND attempt = %(attempt)s AND state = 'running'"
# What every write of an attempt is conditioned on: the attempt is the fencing token, and to cancel fences it off.
_OWNED = f"{_ATTEMPT} AND cancel_requested_at IS NULL"


async def create_job(
    connection: Connection,
    name: str,
    arguments: dict[str, Any],
    unique_key: str | None = None,
    *,
    job: str | None = None,
) -> Job:
    """Queue a job, under the new id `job` if given.

    While one with the same `unique_key` is queued or running, return that one instead.
    """
    found = None
    while found is None:
        found = await _one(
            connection,
            "INSERT INTO jobs (id, name, state, arguments, unique_key) VALUES (%s, %s, 'queued', %s, %s)"
            f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
            (job or new_id("job"), name, canonical_json(arguments), unique_key),
        ) or await _one(
            connection,
            # May find none if that job ends between the two statements: then there is room for a new one.
            f"SELECT {_COLUMNS} FROM jobs WHERE unique_key = %s AND state IN ('queued', 'running')",
            (unique_key,),
        )
    return found


async def claim_job(connection: Connection, job: str, lease_s: float = 15.0) -> Job | None:
    """Start the next attempt of a job that is queued or whose lease has run out; None if it is neither.

    Jobs of one name run one at a time. A job that has had all its attempts ends as `dead`, one that was to be cancelled
    as `cancelled`. Commit before working, so that others see the claim.
    """
    await _bury(connection, job)
    # Two claims of one name take turns here, so that the second sees the first.
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('job ' || name, 0)) FROM jobs WHERE id = %s", (job,)
    )
    return await _one(
        connection,
        "UPDATE jobs SET state = 'running', attempt = attempt + 1, done = 0, total = NULL, message = '',"
        " started_at = clock_timestamp(), heartbeat_at = clock_timestamp(), moved_at = NULL, settled = false,"
        " lease = make_interval(secs => %(lease_s)s)"
        f" WHERE id = %(job)s AND {_DUE} AND cancel_requested_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM jobs other WHERE other.name = jobs.name"
        "  AND other.id <> jobs.id AND other.state = 'running'"
        "  AND other.heartbeat_at + other.lease >= clock_timestamp())"
        f" RETURNING {_COLUMNS}",
        {"job": job, "lease_s": lease_s},
    )


async def _bury(connection: Connection, job: str) -> None:
    """End a job that has had all its attempts, or was to be cancelled: who works on it has not been heard of since."""
    await connection.execute(
        f"UPDATE jobs SET {_CANCELLED} WHERE id = %(job)s AND cancel_requested_at IS NOT NULL AND {_DUE}", {"job": job}
    )
    await connection.execute(
        "UPDATE jobs SET state = 'dead', finished_at = clock_timestamp(), error = concat_ws(': ',"
        " 'given up after ' || attempt || ' attempts', coalesce(error, 'the worker stopped without a word'))"
        f" WHERE id = %(job)s AND state = 'running' AND {_LAST} AND {_DUE}",
        {"job": job, "most": MAX_ATTEMPTS},
    )


async def heartbeat_job(  # noqa: PLR0917
    connection: Connection,
    job: str,
    attempt: int,
    done: int = 0,
    total: int | None = None,
    message: str = "",
) -> bool:
    """Renew the lease and show progress; False when this attempt no longer owns the job and must stop."""
    cursor = await connection.execute(
        "UPDATE jobs SET heartbeat_at = clock_timestamp(), done = %(done)s, total = %(total)s, message = %(message)s,"
        " moved_at = CASE WHEN done = %(done)s THEN moved_at ELSE clock_timestamp() END"
        f" WHERE {_OWNED}",
        {"job": job, "attempt": attempt, "done": done, "total": total, "message": message},
    )
    return cursor.rowcount == 1


async def finish_job(connection: Connection, job: str, attempt: int, result: dict[str, Any] | None = None) -> bool:
    """End a job well; False when this attempt no longer owns it: then roll back what was done for it."""
    cursor = await connection.execute(
        "UPDATE jobs SET state = 'succeeded', result = %(result)s, error = NULL,"
        f" finished_at = clock_timestamp(), heartbeat_at = clock_timestamp() WHERE {_OWNED}",
        {"job": job, "attempt": attempt, "result": None if result is None else canonical_json(result)},
    )
    return cursor.rowcount == 1


async def fail_job(connection: Connection, job: str, attempt: int, error: str, retry: bool) -> bool:
    """End an attempt badly: queued again if `retry`, dead after the last attempt, else failed.

    False when this attempt no longer owns the job.
    """
    cursor = await connection.execute(
        "UPDATE jobs SET error = %(error)s, heartbeat_at = clock_timestamp(),"
        f" state = CASE WHEN NOT %(retry)s THEN 'failed' WHEN {_LAST} THEN 'dead' ELSE 'queued' END,"
        f" finished_at = CASE WHEN %(retry)s AND NOT {_LAST} THEN NULL ELSE clock_timestamp() END"
        f" WHERE {_OWNED}",
        {
            "job": job,
            "attempt": attempt,
            "error": error.replace("\0", "\ufffd"),
            "retry": retry,
            "most": MAX_ATTEMPTS,
        },
    )
    return cursor.rowcount == 1


async def settle_job(connection: Connection, job: str, attempt: int) -> bool:
    """Let the job not be cancelled any more while this attempt lasts; False when it no longer owns the job."""
    cursor = await connection.execute(
        f"UPDATE jobs SET settled = true, heartbeat_at = clock_timestamp() WHERE {_OWNED}",
        {"job": job, "attempt": attempt},
    )
    return cursor.rowcount == 1


async def ask_to_cancel(connection: Connection, job: str, actor: str) -> Job | None:
    """End a job that is queued, or fence off the attempt of one that runs; None if it is neither, or is settled."""
    return await _one(
        connection,
        "UPDATE jobs SET cancel_requested_at = clock_timestamp(), cancelled_by = %(actor)s,"
        " state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,"
        " finished_at = CASE state WHEN 'queued' THEN clock_timestamp() END"
        " WHERE id = %(job)s AND cancel_requested_at IS NULL"
        f" AND (state = 'queued' OR (state = 'running' AND NOT settled)) RETURNING {_COLUMNS}",
        {"job": job, "actor": actor},
    )


async def cancel_attempt(connection: Connection, job: str, attempt: int) -> Job | None:
    """End a job that was to be cancelled, once its attempt has stopped; None if it was not, or has ended."""
    return await _one(
        connection,
        f"UPDATE jobs SET {_CANCELLED} WHERE {_ATTEMPT} AND cancel_requested_at IS NOT NULL RETURNING {_COLUMNS}",
        {"job": job, "attempt": attempt},
    )


async def revive_job(connection: Connection, job: str) -> Job | None:
    """Queue a job that is dead, failed or cancelled, with as many attempts as at first; None if it is none of these.

    Raises JobConflict while another job does the same.
    """
    try:
        return await _one(
            connection,
            "UPDATE jobs SET state = 'queued', attempt = attempt + (%(most)s - attempt %% %(most)s) %% %(most)s,"
            " finished_at = NULL, message = '', cancel_requested_at = NULL, cancelled_by = NULL"
            f" WHERE id = %(job)s AND state IN ('dead', 'failed', 'cancelled') RETURNING {_COLUMNS}",
            {"job": job, "most": MAX_ATTEMPTS},
        )
    except UniqueViolation:
        raise JobConflict(f"job {job} is not needed: another one that does the same waits or is under way") from None


async def find_job(connection: Connection, job: str) -> Job | None:
    """Return a job by its id; None if it is not known."""
    return await _one(connection, f"SELECT {_COLUMNS} FROM jobs WHERE id = %s", (job,))


async def get_job(connection: Connection, job: str) -> Job:
    """Return a job by its id; raises NotFound."""
    found = await find_job(connection, job)
    if found is None:
        raise NotFound("job", job)
    return found


async def list_jobs(
    connection: Connection,
    *,
    name: str | None = None,
    state: JobState | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[Job]:
    """Return jobs, newest first, those before the job `after` if given."""
    where = "WHERE true"
    where += " AND id < %(after)s" if after is not None else ""
    where += " AND name = %(name)s" if name is not None else ""
    where += " AND state = %(state)s" if state is not None else ""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM jobs {where} ORDER BY id DESC LIMIT %(limit)s",
        {"name": name, "state": state, "after": after, "limit": limit},
    )
    return [_job(row) for row in await cursor.fetchall()]


async def is_busy(connection: Connection, names: Sequence[str], rest_s: float = 30.0) -> bool:
    """Whether a job of one of these names waits or runs, or the last of them came to nothing less than `rest_s` ago."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM jobs WHERE state IN ('queued', 'running') AND name = ANY(%(names)s))"
        " OR coalesce((SELECT state IN ('failed', 'dead', 'cancelled') AND finished_at > clock_timestamp()"
        "  - make_interval(secs => %(rest_s)s) FROM jobs WHERE name = ANY(%(names)s) ORDER BY id DESC LIMIT 1), false)"
        " AS busy",
        {"names": list(names), "rest_s": rest_s},
    )
    row = await cursor.fetchone()
    return bool(row and row["busy"])


async def list_next(connection: Connection, names: Iterable[str]) -> list[Job]:
    """Return the oldest job of each of these names that nobody works on, where none of that name is under way."""
    cursor = await connection.execute(
        f"SELECT DISTINCT ON (name) {_COLUMNS} FROM jobs WHERE state IN ('queued', 'running') AND {_DUE}"
        " AND name = ANY(%s) AND NOT EXISTS (SELECT 1 FROM jobs other"
        "  WHERE other.name = jobs.name AND other.state = 'running'"
        "  AND other.heartbeat_at + other.lease >= clock_timestamp()) ORDER BY name, id",
        (list(names),),
    )
    return [_job(row) for row in await cursor.fetchall()]


async def _one(connection: Connection, query: LiteralString, parameters: Any) -> Job | None:
    row = await (await connection.execute(query, parameters)).fetchone()
    return _job(row) if row else None


def _job(row: Row) -> Job:
    result = row["result"]
    return Job(
        **{
            **row,
            "arguments": msgspec.json.decode(row["arguments"]),
            "result": None if result is None else msgspec.json.decode(result),
        }
    )
