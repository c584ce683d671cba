"""A chain of rows: numbered without gaps, each hash covering the row and the hash before it; walked and verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, LiteralString

import msgspec
from msgspec import Raw, Struct
from psycopg.rows import tuple_row

from ledger.session import Connection

GENESIS = "0" * 64
PAGE_ROWS = 5_000
LINKS: tuple[LiteralString, ...] = ("at", "previous_hash", "seq")


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


class Chain:
    """A chained table: its name, and its columns between `seq`, `at` and the hashes, as SQL for their texts.

    A column in `raw` is JSON already, and stands in the hashed text as it is.
    """

    def __init__(
        self, table: LiteralString, columns: Mapping[str, LiteralString], raw: frozenset[str] = frozenset()
    ) -> None:
        self.table, self.columns = table, columns
        names = sorted((*columns, *LINKS))
        # Encoded in the order of its fields, which is that of the canonical JSON; whole rows, because it is fast.
        self._row_type = msgspec.defstruct("ChainedRow", [(name, Raw if name in raw else Any) for name in names])
        self._raw = [at for at, name in enumerate(names) if name in raw]
        texts = {**columns, "at": time_text("at"), "previous_hash": "previous_hash", "seq": "seq"}
        self._selected = ", ".join([*(texts[name] for name in names), "hash"])
        self._places = (names.index("seq"), names.index("at"), names.index("previous_hash"))

    def text_of(self, *, seq: int, at: str, previous_hash: str, **texts: str) -> bytes:
        """Return the canonical JSON of a row, given as the texts of its columns: the bytes that its hash covers."""
        named = texts | {"at": at, "previous_hash": previous_hash, "seq": seq}
        return self._text([named[name] for name in sorted(named)])

    def hash_of(self, *, seq: int, at: str, previous_hash: str, **texts: str) -> str:
        """Return the SHA-256, in hex, of the canonical JSON of a row, given as the texts of its columns."""
        return sha256(self.text_of(seq=seq, at=at, previous_hash=previous_hash, **texts)).hexdigest()

    def _text(self, values: list[Any]) -> bytes:
        for at in self._raw:
            values[at] = Raw(values[at])
        return msgspec.json.encode(self._row_type(*values))

    async def find_text(self, connection: Connection, seq: int) -> tuple[bytes, str] | None:
        """Return the canonical JSON of a row and the hash that stands beside it; None if there is no such row."""
        async with connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(f"SELECT {self._selected} FROM {self.table} WHERE seq = %s", (seq,))
            row = await cursor.fetchone()
        return None if row is None else (self._text(list(row[:-1])), row[-1])

    async def verify(
        self,
        connection: Connection,
        from_seq: int = 1,
        progress: Callable[[int], None] | None = None,
        *,
        through: int = 2**63 - 1,
        seen: Callable[[Sequence[bytes]], None] | None = None,
    ) -> Verification:
        """Walk the chain from `from_seq` to `through` or its end in bounded memory, or to the first row that is wrong.

        `progress` is called with the number of rows checked so far, `seen` with the hashes of rows that are right, in
        order, a page at a time. The transaction must be allowed to last as long as the walk. What was cut off at the
        end of the chain cannot be seen from the chain alone.
        """
        head = await self._head_before(connection, from_seq)
        if head is None:
            return _found(_Head(0, GENESIS, ""), 0, from_seq - 1, f"row {from_seq - 1} is missing")
        checked = 0
        async with connection.cursor(f"verify_{self.table}", row_factory=tuple_row) as cursor:
            await cursor.execute(
                f"SELECT {self._selected} FROM {self.table} WHERE seq BETWEEN %s AND %s ORDER BY seq",
                (from_seq, through),
            )
            while rows := await cursor.fetchmany(PAGE_ROWS):
                hashes, wrong = self._walk(head, rows)
                checked += len(hashes)
                if seen:
                    seen(hashes)
                if wrong:
                    return _found(head, checked, min(wrong[0], head.seq + 1), wrong[1])
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

    def _walk(self, head: _Head, rows: list[tuple[Any, ...]]) -> tuple[list[bytes], tuple[int, str] | None]:
        """Return the hashes of the rows that follow `head`, which moves along, and the first that does not, and why."""
        hashes: list[bytes] = []
        seq_at, time_at, previous_at = self._places
        for row in rows:
            digest = sha256(self._text(list(row[:-1]))).digest()
            seq, at, text = row[seq_at], row[time_at], digest.hex()
            if seq != head.seq + 1 or row[previous_at] != head.hash or row[-1] != text or at < head.at:
                return hashes, (seq, _why(head, seq, row[previous_at], row[-1] == text))
            head.seq, head.hash, head.at = seq, text, at
            hashes.append(digest)
        return hashes, None


class _Head(Struct):
    """The last row that was right."""

    seq: int
    hash: str
    at: str


def _why(head: _Head, seq: int, previous_hash: str, fits: bool) -> str:
    """Why a row cannot follow `head`; `fits`: its hash is that of what it says."""
    if seq != head.seq + 1:
        return f"row {head.seq + 1} is missing" if seq > head.seq else f"row {seq} is there twice or out of place"
    if previous_hash != head.hash:
        return f"previous_hash of row {seq} is not the hash of the row before"
    if not fits:
        return f"row {seq} was changed: its hash does not fit what it says"
    return f"row {seq} is older than the row before"


def format_at(at: datetime) -> str:
    """Return the time as it is hashed: RFC 3339, UTC, microseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _found(head: _Head, checked: int, bad_seq: int | None, reason: str | None) -> Verification:
    return Verification(checked=checked, head_seq=head.seq, head_hash=head.hash, bad_seq=bad_seq, reason=reason)
