"""What-ifs of cases: a supposition about a wallet, and what it came to when it was saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from graph.errors import NotFound
from graph.model import Direction
from ledger.canonical import canonical_json
from ledger.personal import new_salt
from ledger.session import Connection

_COLUMNS = (
    'number, id, "case", title, wallet, direction, hops, suppose, watermark, score_before, score_after, policy, salt,'
    " saved_by, saved_at"
)


class WhatIfDraft(Struct, frozen=True, kw_only=True):
    """A question as it was sent, `suppose` among it, and the scores of that side as it was and as supposed.

    They are of the graph at `watermark`, by `policy`.
    """

    id: str
    case: str
    title: str
    wallet: str
    direction: Direction
    hops: int
    suppose: dict[str, Any]
    watermark: int
    score_before: float
    score_after: float
    policy: str
    saved_by: str


class SavedWhatIf(WhatIfDraft, frozen=True, kw_only=True):
    """A what-if as it is kept. `salt` keeps the digest in the audit log from being found by trying texts."""

    number: int
    salt: str
    saved_at: datetime


async def record_what_if(connection: Connection, draft: WhatIfDraft) -> SavedWhatIf | None:
    """Save a what-if under its id; None if there is one already. The caller records the event."""
    given = msgspec.structs.asdict(draft) | {"suppose": canonical_json(draft.suppose), "salt": new_salt()}
    columns = ", ".join(f'"{name}"' for name in given)
    cursor = await connection.execute(
        f"INSERT INTO what_ifs ({columns}) VALUES ({', '.join(['%s'] * len(given))})"
        f" ON CONFLICT (id) DO NOTHING RETURNING {_COLUMNS}",
        tuple(given.values()),
    )
    row = await cursor.fetchone()
    return _saved(row) if row else None


async def get_what_if(connection: Connection, case: str, what_if: str) -> SavedWhatIf:
    """Return a what-if of a case; raises NotFound."""
    cursor = await connection.execute(f'SELECT {_COLUMNS} FROM what_ifs WHERE "case" = %s AND id = %s', (case, what_if))
    if row := await cursor.fetchone():
        return _saved(row)
    raise NotFound("what-if", what_if)


async def count_what_ifs(connection: Connection, case: str) -> int:
    """Return how many what-ifs a case has."""
    cursor = await connection.execute('SELECT count(*) AS n FROM what_ifs WHERE "case" = %s', (case,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row["n"])


async def list_what_ifs(
    connection: Connection, case: str, *, after: int = 0, limit: int = 100
) -> tuple[list[SavedWhatIf], int | None]:
    """Return a page of a case's what-ifs, oldest first, and the number it ended with; None at the end."""
    cursor = await connection.execute(
        f'SELECT {_COLUMNS} FROM what_ifs WHERE "case" = %s AND number > %s ORDER BY number LIMIT %s',
        (case, after, limit + 1),
    )
    found = [_saved(row) for row in await cursor.fetchall()]
    return found[:limit], found[limit - 1].number if len(found) > limit else None


async def delete_what_if(connection: Connection, what_if: str) -> None:
    """Remove a what-if. The caller records the event."""
    await connection.execute("DELETE FROM what_ifs WHERE id = %s", (what_if,))


def _saved(row: dict[str, Any]) -> SavedWhatIf:
    return SavedWhatIf(**row | {"suppose": msgspec.json.decode(row["suppose"])})
