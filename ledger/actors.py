"""Who can have done something: people and keys, by the id that everything recorded names them by."""

from __future__ import annotations

from msgspec import Struct

from ledger.session import Connection


class Actor(Struct, frozen=True):
    """A person or a key, also one that may do nothing any more."""

    id: str
    name: str


async def list_actors(connection: Connection, *, after: str = "", limit: int = 100) -> list[Actor]:
    """Return people and keys by id, those after the one given."""
    cursor = await connection.execute(
        "SELECT id, name FROM users WHERE id > %(after)s UNION ALL SELECT id, name FROM api_keys WHERE id > %(after)s"
        " ORDER BY id LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )
    return [Actor(**row) for row in await cursor.fetchall()]
