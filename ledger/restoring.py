"""A database made ready for a backup, and told what a backup does not carry: the rights on the database itself."""

from __future__ import annotations

from ledger.errors import LedgerNotReady
from ledger.session import Connection, Ledger


async def clear_for_backup(owner: Ledger) -> None:
    """Empty the schema of a ledger that holds nothing; raises LedgerNotReady for one that does. As the owner."""
    async with owner.transaction(timeout_s=60) as connection:
        if await _holds_something(connection):
            raise LedgerNotReady("this ledger is in use: a backup is restored into a new database only")
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")


async def set_database_rights(owner: Ledger) -> None:
    """Let the application's role connect, and nobody else but the owner; as the first migration does."""
    async with owner.transaction() as connection:
        await connection.execute(
            "DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());"
            " EXECUTE format('GRANT CONNECT ON DATABASE %I TO headwater_app', current_database()); END $$"
        )


async def head_at(connection: Connection, seq: int) -> str | None:
    """Return the hash of one event of the audit log; None where it does not reach that far."""
    row = await (await connection.execute("SELECT hash FROM audit_events WHERE seq = %s", (seq,))).fetchone()
    return str(row["hash"]) if row else None


async def find_head(connection: Connection) -> tuple[int, str]:
    """Return seq and hash of the latest event; 0 and nothing for an empty log."""
    row = await (await connection.execute("SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1")).fetchone()
    return (int(row["seq"]), str(row["hash"])) if row else (0, "")


async def _holds_something(connection: Connection) -> bool:
    """Whether anything was recorded: there is nothing that is, without an event or a landed body."""
    row = await (
        await connection.execute(
            "SELECT to_regclass('public.audit_events') IS NOT NULL AS events,"
            " to_regclass('public.landed') IS NOT NULL AS landed"
        )
    ).fetchone()
    for table in ("audit_events", "landed"):
        if row and row["events" if table == "audit_events" else "landed"]:
            found = await (await connection.execute(f"SELECT EXISTS (SELECT FROM {table}) AS some")).fetchone()
            if found and found["some"]:
                return True
    return False
