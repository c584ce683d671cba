"""Decisions: one per transaction, recorded once, never edited."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from graph.errors import NotFound
from graph.model import Decision
from ledger.canonical import canonical_json
from ledger.session import Connection

_decoder = msgspec.json.Decoder(Decision)


async def record_decisions(connection: Connection, decisions: Sequence[Decision]) -> list[str]:
    """Record decisions of transactions that have none yet and return their ids, in order of transaction.

    The transactions must be landed. This waits for another caller who decides the same transaction.
    """
    ordered = sorted(decisions, key=lambda decision: decision.transaction)
    # Without a conflict target every unique index counts, so that a race on `id` is no error either.
    cursor = await connection.execute(
        "INSERT INTO decisions (id, transaction, risk_score, severity, risk_category, policy, input_hash,"
        " watermark, decided_at, alert, body) SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[],"
        " %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],"
        " %s::text[], %s::json[])"
        " ON CONFLICT DO NOTHING RETURNING id",
        (
            [d.id for d in ordered],
            [d.transaction for d in ordered],
            [d.risk_score for d in ordered],
            [d.severity for d in ordered],
            [d.risk_category for d in ordered],
            [d.policy for d in ordered],
            [d.input_hash for d in ordered],
            [d.watermark for d in ordered],
            [d.decided_at for d in ordered],
            [d.alert for d in ordered],
            [canonical_json(d) for d in ordered],
        ),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def find_decision(connection: Connection, transaction: str) -> Decision | None:
    """Return the decision of a transaction."""
    return (await find_decisions(connection, [transaction])).get(transaction)


async def find_decisions(connection: Connection, transactions: Sequence[str]) -> dict[str, Decision]:
    """Return decisions by transaction, of those that have one."""
    cursor = await connection.execute(
        "SELECT body::text FROM decisions WHERE transaction = ANY(%s)", (list(transactions),)
    )
    decisions = [_decoder.decode(row["body"]) for row in await cursor.fetchall()]
    return {decision.transaction: decision for decision in decisions}


async def get_decision(connection: Connection, decision: str) -> Decision:
    """Return a decision by its id; raises NotFound."""
    cursor = await connection.execute("SELECT body::text FROM decisions WHERE id = %s", (decision,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("decision", decision)
    return _decoder.decode(row["body"])


class DecisionDigest(Struct, frozen=True):
    """Digests of a decision as it stands, beside those that its audit event recorded (None without such an event)."""

    id: str
    transaction: str
    input_hash: str
    decision_hash: str
    audited_input: str | None
    audited_decision: str | None


def decision_hash(decision: Decision) -> str:
    """SHA-256, in hex, of a decision as it is stored."""
    return hashlib.sha256(canonical_json(decision).encode()).hexdigest()


async def list_digests(connection: Connection, *, after: str, limit: int) -> list[DecisionDigest]:
    """Return decisions in order of transaction, those beyond `after`, with what the audit log says of each."""
    cursor = await connection.execute(
        "SELECT d.id, d.transaction, d.input_hash,"
        " encode(sha256(convert_to(d.body::text, 'UTF8')), 'hex') AS decision_hash,"
        " e.body ->> 'input_hash' AS audited_input, e.body ->> 'decision_hash' AS audited_decision"
        " FROM decisions d LEFT JOIN LATERAL"
        "  (SELECT CASE WHEN e.body IS JSON THEN e.body::json END AS body FROM audit_events e"
        "   WHERE e.action = 'transaction.decided' AND e.subject = d.transaction ORDER BY e.seq LIMIT 1) e ON true"
        " WHERE d.transaction > %s ORDER BY d.transaction LIMIT %s",
        (after, limit),
    )
    return [DecisionDigest(**row) for row in await cursor.fetchall()]
