"""What became of each model version: candidate, shadow, champion, retired; appended, the last is in force."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from graph.model import ModelKind, ModelState
from ledger.session import Connection


class StateChange(Struct, frozen=True, kw_only=True):
    """A version came into a state; `previous` is its own before.

    `replaces` is the champion that it was promoted over, None where there was none and for one that came back.
    """

    model: str
    state: ModelState
    previous: ModelState | None
    replaces: str | None
    actor: str
    reason: str
    at: datetime


async def lock_models(connection: Connection, kind: ModelKind) -> None:
    """Wait until nobody else records versions of a kind or states of them, until the end of the transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('models ' || %s, 0))", (kind,))


async def record_state(
    connection: Connection,
    model: str,
    state: ModelState,
    *,
    previous: ModelState | None,
    actor: str,
    reason: str,
    replaces: str | None = None,
) -> None:
    """Append the next state of a version; models of its kind must be locked."""
    await connection.execute(
        "INSERT INTO model_states (model, state, previous, replaces, actor, reason) VALUES (%s, %s, %s, %s, %s, %s)",
        (model, state, previous, replaces, actor, reason),
    )


async def list_states(connection: Connection, model: str) -> list[StateChange]:
    """Return all that became of a version, latest first."""
    cursor = await connection.execute(
        "SELECT model, state, previous, replaces, actor, reason, at FROM model_states WHERE model = %s"
        " ORDER BY number DESC",
        (model,),
    )
    return [StateChange(**row) for row in await cursor.fetchall()]


async def promoted_over(connection: Connection, model: str) -> str | None:
    """Return the champion that a version took the place of when it was last promoted; None if there was none."""
    cursor = await connection.execute(
        "SELECT replaces FROM model_states WHERE model = %s AND replaces IS NOT NULL ORDER BY number DESC LIMIT 1",
        (model,),
    )
    row = await cursor.fetchone()
    return row["replaces"] if row else None
