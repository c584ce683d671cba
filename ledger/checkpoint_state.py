"""Whether checkpoints are made, as the worker last found: for whoever cannot see the key and the folder."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ledger.session import Connection

State = Literal["ok", "off", "failing", "refused"]
Progress = Literal["ok", "off", "failing", "refused", "late"]


class CheckpointState(Struct, frozen=True):
    """`off`: there is no key; `failing`: the key or the folder cannot be used; `refused`: the log is not as signed."""

    state: State
    detail: str


async def find_state(connection: Connection) -> CheckpointState | None:
    """Return what was found last; None before any worker looked."""
    cursor = await connection.execute("SELECT state, detail FROM checkpoint_state")
    row = await cursor.fetchone()
    return CheckpointState(**row) if row else None


async def progress_of(connection: Connection, every_s: float) -> Progress:
    """Return what was found last, or `late` where events have waited for five times as long as they should."""
    found = await find_state(connection)
    if found is None or found.state != "ok":
        return found.state if found else "off"
    cursor = await connection.execute(
        "SELECT at < clock_timestamp() - make_interval(secs => %s) AS late FROM audit_events"
        " WHERE seq = (SELECT coalesce(max(size), 0) + 1 FROM checkpoints)",
        (5 * every_s,),
    )
    row = await cursor.fetchone()
    return "late" if row and row["late"] else "ok"


async def record_state(connection: Connection, found: CheckpointState) -> CheckpointState | None:
    """Replace what was found last and return it; None if there was nothing."""
    before = await find_state(connection)
    if before != found:
        await connection.execute(
            "INSERT INTO checkpoint_state (id, state, detail) VALUES (1, %s, %s) ON CONFLICT (id) DO UPDATE"
            " SET state = excluded.state, detail = excluded.detail, changed_at = clock_timestamp()",
            (found.state, found.detail),
        )
    return before
