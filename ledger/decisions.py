"""Decisions: one per transaction, recorded once, never edited."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from graph.errors import NotFound
from graph.model import Decision
from ledger.canonical import canonical_json
from ledger.session import Connection

_decoder = msgspec.json.Decoder(Decision)


class _Row(Struct, frozen=True, kw_only=True):
    """A decision as its table has it; `body` is text within the text that is sent, so that a NUL in it is let pass."""

    id: str
    transaction: str
    risk_score: float
    severity: str
    risk_category: str | None
    policy: str
    input_hash: str
    watermark: int
    decided_at: datetime
    alert: str | None
    body: str


async def record_decisions(
    connection: Connection, decisions: Sequence[Decision], bodies: Mapping[str, str] | None = None
) -> list[str]:
    """Record decisions of transactions that have none yet and return their ids, in order of transaction.

    The transactions must be landed. This waits for another caller who decides the same transaction. `bodies` has the
    canonical JSON of each by its id, if that is at hand.
    """
    ordered = sorted(decisions, key=lambda decision: decision.transaction)
    rows = [_row(one, bodies[one.id] if bodies else canonical_json(one)) for one in ordered]
    # Without a conflict target every unique index counts, so that a race on `id` is no error either. One JSON text is
    # sent several times faster than arrays, whose every element the driver quotes.
    cursor = await connection.execute(
        "INSERT INTO decisions (id, transaction, risk_score, severity, risk_category, policy, input_hash,"
        " watermark, decided_at, alert, body) SELECT id, transaction, risk_score, severity, risk_category, policy,"
        " input_hash, watermark, decided_at, alert, body::json FROM json_to_recordset(%s::json) AS given"
        " (id text, transaction text, risk_score float8, severity text, risk_category text, policy text,"
        "  input_hash text, watermark bigint, decided_at timestamptz, alert text, body text)"
        " ORDER BY transaction ON CONFLICT DO NOTHING RETURNING id",
        (msgspec.json.encode(rows).decode(),),
    )
    return [row["id"] for row in await cursor.fetchall()]


def _row(decision: Decision, body: str) -> _Row:
    return _Row(body=body, **{name: getattr(decision, name) for name in _Row.__struct_fields__ if name != "body"})


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


async def find_body(connection: Connection, decision: str) -> str | None:
    """Return a decision as it is stored, the text that its hash is taken of; None for one that is not known."""
    cursor = await connection.execute("SELECT body::text FROM decisions WHERE id = %s", (decision,))
    row = await cursor.fetchone()
    return row["body"] if row else None


class DecisionDigest(Struct, frozen=True):
    """Digests of a decision as it stands, beside those that its audit event recorded (None without such an event).

    Those of its facts are None, both, for a decision made before facts were kept.
    """

    id: str
    transaction: str
    input_hash: str
    decision_hash: str
    facts_hash: str | None
    audited_input: str | None
    audited_decision: str | None
    audited_facts: str | None


def decision_hash(body: str) -> str:
    """SHA-256, in hex, of a decision as it is stored: its canonical JSON."""
    return hashlib.sha256(body.encode()).hexdigest()


async def list_digests(connection: Connection, *, after: str, limit: int) -> list[DecisionDigest]:
    """Return decisions in order of transaction, those beyond `after`, with what the audit log says of each."""
    cursor = await connection.execute(
        "SELECT d.id, d.transaction, d.input_hash,"
        " encode(sha256(convert_to(d.body::text, 'UTF8')), 'hex') AS decision_hash,"
        " encode(sha256(convert_to(f.body::text, 'UTF8')), 'hex') AS facts_hash,"
        " e.body ->> 'input_hash' AS audited_input, e.body ->> 'decision_hash' AS audited_decision,"
        " e.body ->> 'facts' AS audited_facts"
        " FROM decisions d LEFT JOIN decision_facts f ON f.decision = d.id LEFT JOIN LATERAL"
        "  (SELECT CASE WHEN e.body IS JSON THEN e.body::json END AS body FROM audit_events e"
        "   WHERE e.action = 'transaction.decided' AND e.subject = d.transaction ORDER BY e.seq LIMIT 1) e ON true"
        " WHERE d.transaction > %s ORDER BY d.transaction LIMIT %s",
        (after, limit),
    )
    return [DecisionDigest(**row) for row in await cursor.fetchall()]
