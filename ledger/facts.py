"""Facts: what each decision rested on, kept with it so that it can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ledger.session import Connection


class DecisionFacts(Struct, frozen=True):
    """The facts of one decision as canonical JSON; `decision` is its id."""

    decision: str
    body: str

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the body; the decision's audit event keeps it."""
        return hashlib.sha256(self.body.encode()).hexdigest()


async def record_facts(connection: Connection, rows: Sequence[DecisionFacts]) -> None:
    """Record the facts of decisions that were recorded in this transaction."""
    ordered = sorted(rows, key=lambda row: row.decision)
    # The body travels as text within one JSON text: a NUL in it would be refused as JSON within JSON.
    await connection.execute(
        "INSERT INTO decision_facts (decision, body) SELECT decision, body::json FROM json_to_recordset(%s::json)"
        " AS given(decision text, body text)",
        (msgspec.json.encode(ordered).decode(),),
    )


async def find_facts(connection: Connection, decision: str) -> DecisionFacts | None:
    """Return the facts of a decision; None for one made before facts were kept, or that is not known."""
    cursor = await connection.execute("SELECT body::text FROM decision_facts WHERE decision = %s", (decision,))
    row = await cursor.fetchone()
    return DecisionFacts(decision, row["body"]) if row else None
