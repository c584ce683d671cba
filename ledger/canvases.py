"""Canvases of cases: the picture that belongs to a case, replaced as a whole; `version` counts from 1."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ledger.canonical import canonical_json
from ledger.cases import get_case
from ledger.personal import new_salt
from ledger.session import Connection

_COLUMNS = '"case", version, body, salt, saved_by, saved_at'


class Canvas(Struct, frozen=True, kw_only=True):
    """The canvas of a case; version 0 has never been saved, and is empty.

    `salt` keeps the digest in the audit log from being found by trying texts.
    """

    case: str
    version: int = 0
    body: dict[str, Any] = {}
    salt: str = ""
    saved_by: str | None = None
    saved_at: datetime | None = None


async def get_canvas(connection: Connection, case: str) -> Canvas:
    """Return the canvas of a case; raises NotFound for a case that there is not."""
    cursor = await connection.execute(f'SELECT {_COLUMNS} FROM canvases WHERE "case" = %s', (case,))
    if row := await cursor.fetchone():
        return _canvas(row)
    await get_case(connection, case)
    return Canvas(case=case)


async def put_canvas(connection: Connection, case: str, body: dict[str, Any], *, actor: str) -> Canvas:
    """Replace the canvas of a locked case. The caller records the event."""
    cursor = await connection.execute(
        'INSERT INTO canvases ("case", body, salt, saved_by) VALUES (%s, %s, %s, %s)'
        ' ON CONFLICT ("case") DO UPDATE SET body = excluded.body, salt = excluded.salt, saved_by = excluded.saved_by,'
        f" version = canvases.version + 1, saved_at = clock_timestamp() RETURNING {_COLUMNS}",
        (case, canonical_json(body), new_salt(), actor),
    )
    row = await cursor.fetchone()
    assert row is not None
    return _canvas(row)


def _canvas(row: dict[str, Any]) -> Canvas:
    return Canvas(**row | {"body": msgspec.json.decode(row["body"])})
