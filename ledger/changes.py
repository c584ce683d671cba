"""What became of landed transactions: withdrawn, landed again; appended under the graph's own numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ledger.canonical import canonical_json
from ledger.session import Connection

ChangeKind = Literal["withdrawn", "relanded"]
WITHDRAWN, RELANDED = "transaction.withdrawn", "transaction.relanded"

_GIVEN = "seq, transaction, kind, body, content, reason, actor, at"
_COLUMNS = f"{_GIVEN}, recorded_at"


class TransactionChange(Struct, frozen=True, kw_only=True):
    """One change of a landed transaction; `seq` is that of the graph, `transaction` its key.

    `body` and `content` are those of a re-landing (None otherwise), `reason` is that of a withdrawal if one was
    given. `at` is when the graph made it, None where that was not kept yet; `recorded_at` is set by the ledger.
    """

    seq: int
    transaction: str
    kind: ChangeKind
    actor: str
    body: str | None = None
    content: str | None = None
    reason: str | None = None
    at: datetime | None = None
    recorded_at: datetime | None = None


def change_hash(change: TransactionChange) -> str:
    """SHA-256, in hex, of all that a change says but for when it was recorded; its audit event keeps it."""
    said = {name: getattr(change, name) for name in change.__struct_fields__ if name != "recorded_at"}
    if change.at is None:
        # Those recorded before its time was kept were hashed without.
        del said["at"]
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


async def lock_changes(connection: Connection, transactions: Sequence[str]) -> None:
    """Let others who record changes of these transactions wait until the end of this transaction."""
    # In order of key, so that two batches cannot wait for each other in a ring.
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('transaction ' || key, 0))"
        " FROM (SELECT key FROM unnest(%s::text[]) AS given(key) ORDER BY key) AS ordered",
        (list(transactions),),
    )


async def record_changes(connection: Connection, changes: Sequence[TransactionChange]) -> set[int]:
    """Record the changes that are not yet known and return their seqs; the transactions must be landed."""
    given = [msgspec.structs.replace(change, recorded_at=None) for change in changes]
    cursor = await connection.execute(
        f"INSERT INTO transaction_changes ({_GIVEN}) SELECT {_GIVEN} FROM json_to_recordset(%s::json) AS given"
        " (seq bigint, transaction text, kind text, body text, content text, reason text, actor text, at timestamptz)"
        " ORDER BY seq"
        " ON CONFLICT DO NOTHING RETURNING seq",
        (msgspec.json.encode(given).decode(),),
    )
    return {row["seq"] for row in await cursor.fetchall()}


async def list_changes(connection: Connection, transactions: Sequence[str]) -> list[TransactionChange]:
    """Return all changes of the given transactions, in order of seq."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM transaction_changes WHERE transaction = ANY(%s) ORDER BY seq",
        (list(transactions),),
    )
    return [TransactionChange(**row) for row in await cursor.fetchall()]


async def behind(connection: Connection, seqs: Mapping[str, int]) -> set[str]:
    """Return which landed transactions the ledger does not know under their latest seq in the graph."""
    cursor = await connection.execute(
        "SELECT key FROM unnest(%s::text[], %s::bigint[]) AS given(key, seq) JOIN landed ON transaction = key"
        " WHERE landed.seq <> given.seq"
        " AND NOT EXISTS (SELECT FROM transaction_changes change WHERE change.seq = given.seq)",
        (list(seqs), list(seqs.values())),
    )
    return {row["key"] for row in await cursor.fetchall()}


async def mark_basis_withdrawn(connection: Connection, transactions: Sequence[str]) -> None:
    """Say on the alerts of these transactions that what they rest on was withdrawn; the first such time stays."""
    await connection.execute(
        "UPDATE alerts SET basis_withdrawn_at = clock_timestamp()"
        " WHERE transaction = ANY(%s) AND basis_withdrawn_at IS NULL",
        (list(transactions),),
    )


async def clear_basis_withdrawn(connection: Connection, transactions: Sequence[str]) -> None:
    """Take that back: the transactions count again."""
    await connection.execute(
        "UPDATE alerts SET basis_withdrawn_at = NULL WHERE transaction = ANY(%s) AND basis_withdrawn_at IS NOT NULL",
        (list(transactions),),
    )


class ChangeDigest(Struct, frozen=True):
    """A change as it stands, beside the digest that its audit event recorded (None without such an event)."""

    change: TransactionChange
    audited: str | None


async def list_change_digests(connection: Connection, transactions: Sequence[str]) -> list[ChangeDigest]:
    """Return the changes of the given transactions, in order of seq, with what the audit log says of each."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS}, e.digest AS audited FROM transaction_changes c LEFT JOIN LATERAL"
        "  (SELECT e.body::json ->> 'change' AS digest FROM audit_events e"
        "   WHERE e.subject = c.transaction AND e.action = 'transaction.' || c.kind"
        "   AND CASE WHEN e.body IS JSON THEN e.body::json ->> 'seq' END = c.seq::text"
        "   ORDER BY e.seq LIMIT 1) e ON true"
        " WHERE c.transaction = ANY(%s) ORDER BY c.seq",
        (list(transactions),),
    )
    return [_digest(**row) for row in await cursor.fetchall()]


def _digest(*, audited: str | None, **row: Any) -> ChangeDigest:
    return ChangeDigest(TransactionChange(**row), audited)
