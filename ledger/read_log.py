"""The log of reads: who was shown which wallet, in a chain of its own beside the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from ledger.chain import Chain, Verification, format_at, time_text
from ledger.session import Connection

CHAIN = Chain(
    table="read_log",
    columns={
        **{name: name for name in ("id", "actor", "operation", "subject", "request_id")},
        "read_at": time_text("read_at"),
    },
)


class Read(Struct, frozen=True, kw_only=True):
    """One answer that showed a wallet, before it has its place in the log; `id` keeps it from being there twice."""

    id: str
    read_at: datetime
    actor: str
    operation: str
    subject: str
    request_id: str


class LoggedRead(Read, frozen=True, kw_only=True):
    """A read in its place: `at` is when it was recorded, within a second of `read_at` as a rule."""

    seq: int
    at: datetime
    previous_hash: str
    hash: str


async def record_reads(connection: Connection, reads: Sequence[Read]) -> int:
    """Append reads, those that are not there yet, with one lock and one insert; return how many. Commit next."""
    head = await (await connection.execute("SELECT * FROM lock_read_log_head()")).fetchone()
    if head is None:
        raise RuntimeError("lock_read_log_head() gave no row")
    known = await _known(connection, [read.id for read in reads])
    logged: list[LoggedRead] = []
    for read in (read for read in reads if read.id not in known):
        previous = logged[-1].hash if logged else head["hash"]
        logged.append(_chained(read, head["seq"] + len(logged) + 1, head["at"], previous))
    await _insert(connection, logged)
    return len(logged)


def _chained(read: Read, seq: int, at: datetime, previous_hash: str) -> LoggedRead:
    texts = {name: getattr(read, name) for name in CHAIN.columns} | {"read_at": format_at(read.read_at)}
    digest = CHAIN.hash_of(seq=seq, at=format_at(at), previous_hash=previous_hash, **texts)
    return LoggedRead(**texts | {"read_at": read.read_at}, seq=seq, at=at, previous_hash=previous_hash, hash=digest)


async def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of a batch that are there already: the outcome of a commit that was cut is not known."""
    cursor = await connection.execute("SELECT id FROM read_log WHERE id = ANY(%s)", (list(ids),))
    return {row["id"] for row in await cursor.fetchall()}


async def _insert(connection: Connection, reads: Sequence[LoggedRead]) -> None:
    await connection.execute(
        "INSERT INTO read_log (seq, at, id, read_at, actor, operation, subject, request_id, previous_hash, hash)"
        " SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])",
        (
            [r.seq for r in reads],
            [r.at for r in reads],
            [r.id for r in reads],
            [r.read_at for r in reads],
            [r.actor for r in reads],
            [r.operation for r in reads],
            [r.subject for r in reads],
            [r.request_id for r in reads],
            [r.previous_hash for r in reads],
            [r.hash for r in reads],
        ),
    )


async def list_reads(
    connection: Connection,
    *,
    after: int = 0,
    actor: str | None = None,
    subject: str | None = None,
    operation: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[LoggedRead]:
    """Return reads with a higher seq than `after`, in order; `since` and `until`, exclusive, are about `read_at`."""
    # Only the conditions asked for, so that each form finds its index.
    where = "WHERE seq > %(after)s"
    where += " AND actor = %(actor)s" if actor is not None else ""
    where += " AND subject = %(subject)s" if subject is not None else ""
    where += " AND operation = %(operation)s" if operation is not None else ""
    where += " AND read_at >= %(since)s" if since is not None else ""
    where += " AND read_at < %(until)s" if until is not None else ""
    cursor = await connection.execute(
        "SELECT seq, at, id, read_at, actor, operation, subject, request_id, previous_hash, hash"
        f" FROM read_log {where} ORDER BY seq LIMIT %(limit)s",
        {
            "after": after,
            "actor": actor,
            "subject": subject,
            "operation": operation,
            "since": since,
            "until": until,
            "limit": limit,
        },
    )
    return [LoggedRead(**row) for row in await cursor.fetchall()]


async def verify(connection: Connection, progress: Callable[[int], None] | None = None) -> Verification:
    """Walk the log to its end, or to the first read that is wrong; as `Chain.verify`."""
    return await CHAIN.verify(connection, progress=progress)
