"""Who can have done something: people and keys, by the id that everything recorded names them by."""

from __future__ import annotations

from msgspec import Struct

from graph.model import Role
from ledger.session import Connection


class Actor(Struct, frozen=True):
    """A person or a key; `may_act` is false once they are disabled or revoked."""

    id: str
    name: str
    role: Role
    may_act: bool


async def list_actors(connection: Connection, *, after: str = "", limit: int = 100) -> list[Actor]:
    """Return people and keys by id, those after the one given."""
    cursor = await connection.execute(
        "SELECT id, name, role, disabled_at IS NULL AS may_act FROM users WHERE id > %(after)s"
        " UNION ALL SELECT id, name, role, revoked_at IS NULL FROM api_keys WHERE id > %(after)s"
        " ORDER BY id LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )
    return [Actor(**row) for row in await cursor.fetchall()]
