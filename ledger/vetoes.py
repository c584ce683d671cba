"""Vetoes: who says that a transaction tells nothing about who shares an owner, and why."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.errors import NotFound
from ledger.session import Connection

_COLUMNS = "id, entity, transaction, reason, created_by, created_at, ended_by, ended_at"


class Veto(Struct, frozen=True, kw_only=True):
    """A transaction whose links hold no entity together until the veto is ended; `entity` is the key it had then."""

    id: str
    entity: str
    transaction: str
    reason: str
    created_by: str
    created_at: datetime
    ended_by: str | None
    ended_at: datetime | None


async def record_veto(
    connection: Connection, veto: str, *, entity: str, transaction: str, reason: str, actor: str
) -> bool:
    """Record a veto under this id; False if it, or another one of the transaction, is in force. No event."""
    cursor = await connection.execute(
        "INSERT INTO entity_vetoes (id, entity, transaction, reason, created_by) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (veto, entity, transaction, reason, actor),
    )
    return cursor.rowcount > 0


async def find_veto_of(connection: Connection, transaction: str) -> Veto | None:
    """Return the veto in force of a transaction; None where there is none."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM entity_vetoes WHERE transaction = %s AND ended_at IS NULL", (transaction,)
    )
    row = await cursor.fetchone()
    return Veto(**row) if row else None


async def get_veto(connection: Connection, veto: str) -> Veto:
    """Return a veto, in force or not; raises NotFound."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM entity_vetoes WHERE id = %s", (veto,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("veto", veto)
    return Veto(**row)


async def list_vetoes(
    connection: Connection, transactions: list[str], entity: str, *, after: str | None = None, limit: int = 100
) -> list[Veto]:
    """Return vetoes of an entity, newest first: those made under its key, and those of given transactions."""
    before = "" if after is None else "AND id < %(after)s"
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM entity_vetoes WHERE (entity = %(entity)s OR transaction = ANY(%(transactions)s))"
        f" {before} ORDER BY id DESC LIMIT %(limit)s",
        {"entity": entity, "transactions": transactions, "after": after, "limit": limit},
    )
    return [Veto(**row) for row in await cursor.fetchall()]


async def vetoed_transactions(connection: Connection) -> frozenset[str]:
    """Return every transaction that a veto in force is about."""
    cursor = await connection.execute("SELECT transaction FROM entity_vetoes WHERE ended_at IS NULL")
    return frozenset([row["transaction"] for row in await cursor.fetchall()])


async def end_veto(connection: Connection, veto: str, *, actor: str) -> bool:
    """End a veto now; False if it has been ended already. The caller records the event."""
    cursor = await connection.execute(
        "UPDATE entity_vetoes SET ended_at = clock_timestamp(), ended_by = %s WHERE id = %s AND ended_at IS NULL",
        (actor, veto),
    )
    return cursor.rowcount > 0
