"""The rows of a scoring run as one text each, what its digest is taken of, and as they stand stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ledger.canonical import canonical_json
from ledger.scores import ScoreRow
from ledger.session import Connection

_SCALARS = (
    "wallet, score, hop_score, hop_counts, in_degree, out_degree, illicit_source_share, illicit_destination_share,"
    " category"
)
_DOCUMENTS = ("source", "destination", "signals")


class RowDigest:
    """SHA-256 over rows in order of wallet, a line of canonical JSON each."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, line: str) -> None:
        """Take in the next row."""
        self._hash.update(line.encode() + b"\n")

    def through(self, rows: Iterable[ScoreRow]) -> Iterator[ScoreRow]:
        """Take in the rows as they pass by."""
        for row in rows:
            self.add(row_line(row))
            yield row

    def hex(self) -> str:
        """The digest so far, in hex."""
        return self._hash.hexdigest()


def row_line(row: ScoreRow) -> str:
    """A row as canonical JSON, its fields in the order of the table."""
    return canonical_json(row)


async def stored_lines(connection: Connection, run: str, after: str, until: str | None) -> dict[str, str]:
    """Return by wallet, in order, the rows of a run as they stand: of wallets beyond `after` up to `until`, if given.

    A row that nobody changed is what `row_line` made of it, byte for byte.
    """
    cursor = await connection.execute(
        f"SELECT {_SCALARS}, source::text, destination::text, signals::text FROM wallet_scores"
        " WHERE run = (SELECT number FROM scoring_runs WHERE id = %(run)s)"
        f" AND wallet > %(after)s{' AND wallet <= %(until)s' if until is not None else ''} ORDER BY wallet",
        {"run": run, "after": after, "until": until},
    )
    return {row["wallet"]: canonical_json(_values(row)) for row in await cursor.fetchall()}


def _values(row: dict[str, Any]) -> list[Any]:
    return [msgspec.Raw(value.encode()) if name in _DOCUMENTS else value for name, value in row.items()]
