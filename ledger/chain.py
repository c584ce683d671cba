"""A chain of rows: numbered without gaps, each hash covering the row and the hash before it; walked and verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, LiteralString

from msgspec import Struct
from psycopg.rows import tuple_row

from ledger.canonical import canonical_json
from ledger.session import Connection

GENESIS = "0" * 64
PAGE_ROWS = 5_000


def time_text(column: LiteralString) -> LiteralString:
    """Return SQL for a time as it is hashed; made by Postgres, so that even one that Python cannot hold is compared."""
    return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


class Verification(Struct, frozen=True, kw_only=True):
    """What `verify` found: `bad_seq` is the first row that is missing or changed, None if all are right."""

    checked: int
    head_seq: int
    head_hash: str
    bad_seq: int | None = None
    reason: str | None = None


class Chain(Struct, frozen=True, kw_only=True):
    """A chained table: its name, and its columns between `seq`, `at` and the hashes, as SQL for their texts.

    A column in `raw` is JSON already, and stands in the hashed text as it is.
    """

    table: LiteralString
    columns: Mapping[str, LiteralString]
    raw: frozenset[str] = frozenset()

    def hash_of(self, *, seq: int, at: str, previous_hash: str, **texts: str) -> str:
        """Return the SHA-256, in hex, of the canonical JSON of a row, given as the texts of its columns."""
        fields = {name: text if name in self.raw else canonical_json(text) for name, text in texts.items()}
        fields |= {"at": f'"{at}"', "previous_hash": f'"{previous_hash}"', "seq": str(seq)}
        text = ",".join(f'"{name}":{fields[name]}' for name in sorted(fields))
        return hashlib.sha256(f"{{{text}}}".encode()).hexdigest()

    async def verify(
        self, connection: Connection, from_seq: int = 1, progress: Callable[[int], None] | None = None
    ) -> Verification:
        """Walk the chain from `from_seq` to its end in bounded memory, or to the first row that is wrong.

        `progress` is called with the number of rows checked so far. The transaction must be allowed to last as
        long as the walk. What was cut off at the end of the chain cannot be seen from the chain alone.
        """
        head = await self._head_before(connection, from_seq)
        if head is None:
            return _found(_Head(0, GENESIS, ""), 0, from_seq - 1, f"row {from_seq - 1} is missing")
        checked = 0
        async with connection.cursor(f"verify_{self.table}", row_factory=tuple_row) as cursor:
            await cursor.execute(
                f"SELECT seq, {time_text('at')}, previous_hash, hash, {', '.join(self.columns.values())}"
                f" FROM {self.table} WHERE seq >= %s ORDER BY seq",
                (from_seq,),
            )
            while rows := await cursor.fetchmany(PAGE_ROWS):
                for row in rows:
                    if reason := self._wrong(head, row):
                        return _found(head, checked, min(row[0], head.seq + 1), reason)
                    head = _Head(row[0], row[3], row[1])
                    checked += 1
                if progress:
                    progress(checked)
        return _found(head, checked, None, None)

    async def _head_before(self, connection: Connection, from_seq: int) -> _Head | None:
        """Return the row that `from_seq` must follow; None if it is missing."""
        if from_seq <= 1:
            return _Head(0, GENESIS, "")
        cursor = await connection.execute(
            f"SELECT seq, hash, {time_text('at')} AS at FROM {self.table} WHERE seq = %s", (from_seq - 1,)
        )
        row = await cursor.fetchone()
        return _Head(**row) if row else None

    def _wrong(self, head: _Head, row: tuple[Any, ...]) -> str | None:
        """Return why `row` cannot follow `head`, None if it can."""
        seq, at, previous_hash, digest, *texts = row
        if seq != head.seq + 1:
            return f"row {head.seq + 1} is missing" if seq > head.seq else f"row {seq} is there twice or out of place"
        if previous_hash != head.hash:
            return f"previous_hash of row {seq} is not the hash of the row before"
        named = dict(zip(self.columns, texts, strict=True))
        if digest != self.hash_of(seq=seq, at=at, previous_hash=previous_hash, **named):
            return f"row {seq} was changed: its hash does not fit what it says"
        return f"row {seq} is older than the row before" if at < head.at else None


class _Head(Struct):
    """The last row that was right."""

    seq: int
    hash: str
    at: str


def format_at(at: datetime) -> str:
    """Return the time as it is hashed: RFC 3339, UTC, microseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _found(head: _Head, checked: int, bad_seq: int | None, reason: str | None) -> Verification:
    return Verification(checked=checked, head_seq=head.seq, head_hash=head.hash, bad_seq=bad_seq, reason=reason)
