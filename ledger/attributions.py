"""Every attribution recorded or withdrawn, under the graph's own numbers; appended only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from graph.model import Attribution
from ledger.canonical import canonical_json
from ledger.errors import LedgerNotReady
from ledger.session import Connection

Kind = Literal["recorded", "withdrawn"]

_COLUMNS = "seq, attribution, kind, body, reason, actor, at"


class AttributionChange(Struct, frozen=True, kw_only=True):
    """One attribution recorded or withdrawn; `seq` and `at` are those of the graph, `attribution` is its id.

    `body` is the attribution as canonical JSON, as it stood from then on. `reason` is why it was withdrawn, if told.
    """

    seq: int
    attribution: str
    kind: Kind
    body: str
    actor: str
    at: datetime
    reason: str | None = None


def recorded_change(attribution: Attribution) -> AttributionChange:
    """Return the change that recorded an attribution, whatever became of it since."""
    if attribution.seq is None or attribution.recorded_at is None:
        raise ValueError(f"{attribution.id} was never recorded")
    then = msgspec.structs.replace(attribution, withdrawn_at=None, withdrawn_seq=None)
    return AttributionChange(
        seq=attribution.seq,
        attribution=attribution.id,
        kind="recorded",
        body=canonical_json(then),
        # Those recorded before authors were kept have none.
        actor=attribution.author or "unknown",
        at=attribution.recorded_at,
    )


def withdrawn_change(attribution: Attribution, *, actor: str, reason: str | None) -> AttributionChange:
    """Return the change that withdrew an attribution."""
    if attribution.withdrawn_seq is None or attribution.withdrawn_at is None:
        raise ValueError(f"{attribution.id} is not withdrawn")
    return AttributionChange(
        seq=attribution.withdrawn_seq,
        attribution=attribution.id,
        kind="withdrawn",
        body=canonical_json(attribution),
        actor=actor,
        at=attribution.withdrawn_at,
        reason=reason,
    )


def changes_digest(changes: Sequence[AttributionChange]) -> str:
    """SHA-256, in hex, over the canonical JSON of changes in order of seq, a line each; their audit event keeps it."""
    ordered = sorted(changes, key=lambda change: change.seq)
    return hashlib.sha256("\n".join(map(canonical_json, ordered)).encode()).hexdigest()


async def missing_changes(connection: Connection, attributions: Sequence[str], kind: Kind) -> set[str]:
    """Return those of the ids of which the ledger does not know that they were recorded (or withdrawn)."""
    cursor = await connection.execute(
        "SELECT id FROM unnest(%s::text[]) AS given(id) WHERE NOT EXISTS"
        " (SELECT FROM attribution_changes WHERE attribution = id AND kind = %s)",
        (list(attributions), kind),
    )
    return {row["id"] for row in await cursor.fetchall()}


async def record_attribution_changes(
    connection: Connection, changes: Sequence[AttributionChange]
) -> list[AttributionChange]:
    """Record the changes that are not known yet and return these, in order of seq.

    Raises LedgerNotReady when a number stands for another change: graph and ledger do not belong together.
    """
    ordered = sorted(changes, key=lambda change: change.seq)
    cursor = await connection.execute(
        f"INSERT INTO attribution_changes ({_COLUMNS}) SELECT {_COLUMNS} FROM json_to_recordset(%s::json) AS given"
        " (seq bigint, attribution text, kind text, body text, reason text, actor text, at timestamptz) ORDER BY seq"
        " ON CONFLICT DO NOTHING RETURNING seq",
        (msgspec.json.encode(ordered).decode(),),
    )
    new = {row["seq"] for row in await cursor.fetchall()}
    await _require_same(connection, [change for change in ordered if change.seq not in new])
    return [change for change in ordered if change.seq in new]


async def list_attribution_changes(connection: Connection, attribution: str) -> list[AttributionChange]:
    """Return what became of one attribution, in order of seq; none for one that the ledger does not know."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM attribution_changes WHERE attribution = %s ORDER BY seq", (attribution,)
    )
    return [AttributionChange(**row) for row in await cursor.fetchall()]


async def _require_same(connection: Connection, known: Sequence[AttributionChange]) -> None:
    """Refuse a number that another change has; somebody else may have recorded the same one a moment ago."""
    cursor = await connection.execute(
        "SELECT seq, attribution, kind FROM attribution_changes WHERE seq = ANY(%s)", ([c.seq for c in known],)
    )
    there = {row["seq"]: (row["attribution"], row["kind"]) for row in await cursor.fetchall()}
    for change in known:
        if there[change.seq] != (change.attribution, change.kind):
            raise LedgerNotReady(
                f"the ledger has another attribution under seq {change.seq} than the graph: they do not belong"
                " together; connect the graph to its own ledger"
            )
