"""Landed transactions: the canonical body of each, kept for good; what the graph can be rebuilt from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from ledger.session import Connection

_GIVEN = "transaction, body, content, seq, waived, landed_at"
LANDED_COLUMNS = f"{_GIVEN}, recorded_at"


class Landed(Struct, frozen=True, kw_only=True):
    """One landed transaction. `body` is canonical JSON with digests in place of personal text.

    `transaction` is its key, `content` the SHA-256 of its content, `seq` its place in the graph; `waived`
    means history without a decision. `landed_at` is when the graph recorded it, None where that was not kept yet;
    `recorded_at` is set by the ledger.
    """

    transaction: str
    body: str
    content: str
    seq: int
    waived: bool = False
    landed_at: datetime | None = None
    recorded_at: datetime | None = None


async def record_landed(connection: Connection, rows: Sequence[Landed]) -> list[str]:
    """Record the rows that are not yet known and return their keys, in order of key."""
    # Ordered by key, so that two batches that share keys wait for each other instead of dead-locking. One JSON text
    # is written and read several times faster than arrays, whose every element the driver quotes.
    ordered = sorted(rows, key=lambda row: row.transaction)
    cursor = await connection.execute(
        f"INSERT INTO landed ({_GIVEN}) SELECT {_GIVEN} FROM json_to_recordset(%s::json) AS given"
        " (transaction text, body text, content text, seq bigint, waived boolean, landed_at timestamptz)"
        " ORDER BY transaction"
        " ON CONFLICT DO NOTHING RETURNING transaction",
        (msgspec.json.encode(ordered).decode(),),
    )
    return [row["transaction"] for row in await cursor.fetchall()]


async def find_landed(connection: Connection, key: str) -> Landed | None:
    """Return the landed transaction with this key."""
    found = await list_landed(connection, [key])
    return found[0] if found else None


async def list_landed(connection: Connection, keys: Sequence[str]) -> list[Landed]:
    """Return those of the keys that are landed, in order of key."""
    cursor = await connection.execute(
        f"SELECT {LANDED_COLUMNS} FROM landed WHERE transaction = ANY(%s) ORDER BY transaction",
        (list(keys),),
    )
    return [Landed(**row) for row in await cursor.fetchall()]


async def page_of_landed(connection: Connection, *, after: str, limit: int) -> list[Landed]:
    """Return landed transactions in order of key, those beyond `after`."""
    cursor = await connection.execute(
        f"SELECT {LANDED_COLUMNS} FROM landed WHERE transaction > %s ORDER BY transaction LIMIT %s",
        (after, limit),
    )
    return [Landed(**row) for row in await cursor.fetchall()]


async def missing_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Return which of the keys are not landed."""
    cursor = await connection.execute(
        "SELECT key FROM json_array_elements_text(%s::json) AS given(key)"
        " WHERE NOT EXISTS (SELECT FROM landed WHERE transaction = key)",
        (msgspec.json.encode(keys).decode(),),
    )
    return {row["key"] for row in await cursor.fetchall()}
