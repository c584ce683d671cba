"""Turns: what only one program does at a time, for as long as its connection lives."""

from __future__ import annotations

from ledger.session import Connection


async def take_turn(connection: Connection, name: str) -> bool:
    """Try to become the one who does what has this name, until the connection ends; False while another one is."""
    cursor = await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS taken", (name,))
    row = await cursor.fetchone()
    return bool(row and row["taken"])


async def wait_turn(connection: Connection, name: str) -> None:
    """Wait to become the one who does what has this name, until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
