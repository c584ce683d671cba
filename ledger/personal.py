"""Personal text of transactions, apart from everything that is kept for good, so that it can be erased."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ledger.canonical import canonical_json
from ledger.session import Connection


class PersonalText(Struct, frozen=True):
    """What a transaction says about people. `salt` keeps its digest from being found by trying texts."""

    transaction: str
    salt: str
    body: dict[str, Any]

    @property
    def digest(self) -> str:
        """What stands for the text in records that are never erased: SHA-256, in hex, of salt and text."""
        return hashlib.sha256(f"{self.salt}{canonical_json(self.body)}".encode()).hexdigest()


def new_salt() -> str:
    """Return 128 random bits in hex."""
    return secrets.token_hex(16)


async def record_texts(connection: Connection, texts: Sequence[PersonalText]) -> list[str]:
    """Record the texts of transactions that have none yet and return their keys, in order of key."""
    ordered = sorted(texts, key=lambda text: text.transaction)
    cursor = await connection.execute(
        "INSERT INTO personal_texts (transaction, salt, body)"
        " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])"
        " ON CONFLICT DO NOTHING RETURNING transaction",
        (
            [text.transaction for text in ordered],
            [text.salt for text in ordered],
            [canonical_json(text.body) for text in ordered],
        ),
    )
    return [row["transaction"] for row in await cursor.fetchall()]


async def list_texts(connection: Connection, keys: Sequence[str]) -> list[PersonalText]:
    """Return the texts of those of the transactions that have one, in order of key."""
    cursor = await connection.execute(
        "SELECT transaction, salt, body FROM personal_texts WHERE transaction = ANY(%s) ORDER BY transaction",
        (list(keys),),
    )
    return [
        PersonalText(row["transaction"], row["salt"], msgspec.json.decode(row["body"]))
        for row in await cursor.fetchall()
    ]


async def find_text(connection: Connection, key: str) -> PersonalText | None:
    """Return the text of a transaction; None if it never had one or it was erased."""
    return next(iter(await list_texts(connection, [key])), None)


async def erase_text(connection: Connection, key: str) -> bool:
    """Erase the text and salt of a transaction; False if there was none. The caller records the event."""
    cursor = await connection.execute("DELETE FROM personal_texts WHERE transaction = %s", (key,))
    return cursor.rowcount > 0
