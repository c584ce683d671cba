"""Putting decisions on record: landed body, decision, facts, alert and audit event in one Postgres transaction."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from graph.content import personal_document
from graph.ingest import Landing
from graph.model import Decision, Transaction, format_micro
from jobs.finding_out import FoundOut
from jobs.payments import landed_body
from jobs.queueing import open_alerts
from jobs.services import Services
from ledger import audit, decisions, facts, landed, personal
from ledger.canonical import canonical_json
from ledger.decisions import decision_hash
from ledger.facts import DecisionFacts
from ledger.session import Connection
from risk.decision import alert_of


class Decided(Struct, frozen=True, kw_only=True):
    """One transaction with its decision, about to be recorded for `actor`. `body` is the decision as canonical JSON."""

    actor: str
    transaction: Transaction
    landing: Landing
    found: FoundOut
    decision: Decision
    body: str
    facts: DecisionFacts


def seal(actor: str, transaction: Transaction, landing: Landing, found: FoundOut, decision: Decision) -> Decided:
    """Make the texts that are kept, and that the audit log covers."""
    return Decided(
        actor=actor,
        transaction=transaction,
        landing=landing,
        found=found,
        decision=decision,
        body=canonical_json(decision),
        facts=DecisionFacts(decision.id, canonical_json(found.given.facts)),
    )


async def record_decided(services: Services, made: Sequence[Decided]) -> dict[str, Decision]:
    """Record all of it or nothing; return each decision by its transaction, made here or by whoever was first."""
    async with services.ledger.transaction() as connection:
        await record_landed(connection, [(one.transaction, one.landing) for one in made], waived=False)
        bodies = {one.decision.id: one.body for one in made}
        recorded = set(await decisions.record_decisions(connection, [one.decision for one in made], bodies))
        new = [one for one in made if one.decision.id in recorded]
        if new:
            await facts.record_facts(connection, [one.facts for one in new])
        opened = [alert for one in new if (alert := alert_of(one.decision, one.found.given))]
        told = await open_alerts(services, connection, opened)
        # Whoever decided one of these first is who was recorded: that decision is the answer to both.
        lost = [one.decision.transaction for one in made if one.decision.id not in recorded]
        others = await decisions.find_decisions(connection, lost) if lost else {}
        await audit.append(connection, *(_event(one) for one in new), *told)
    return {one.decision.transaction: one.decision for one in new} | others


async def record_landed(
    connection: Connection, rows: Sequence[tuple[Transaction, Landing]], *, waived: bool
) -> list[str]:
    """Keep the canonical body of landed transactions and, apart from it, their personal text; returns new keys."""
    new = await landed.record_landed(
        connection,
        [
            landed.Landed(
                transaction=landing.key,
                body=canonical_json(landed_body(transaction, landing.text_digest)),
                content=landing.content,
                seq=landing.seq,
                waived=waived,
                landed_at=landing.at,
            )
            for transaction, landing in rows
        ],
    )
    texts = [
        personal.PersonalText(landing.key, landing.text_salt, text)
        for transaction, landing in rows
        if landing.text_salt and (text := personal_document(transaction))
    ]
    if texts:
        await personal.record_texts(connection, texts)
    return new


def _event(one: Decided) -> audit.EventDraft:
    decision = one.decision
    body = {
        "decision": decision.id,
        "decision_hash": decision_hash(one.body),
        "facts": one.facts.digest,
        "risk_score": decision.risk_score,
        "severity": decision.severity,
        "risk_category": decision.risk_category,
        "value": format_micro(one.transaction.value),
        "policy": decision.policy,
        "input_hash": decision.input_hash,
        "seq": one.landing.seq,
        "landed_at": one.landing.at,
        "alert": decision.alert,
        "watermark": decision.watermark,
        "latency_ms": decision.latency_ms,
    }
    return audit.EventDraft(one.actor, "transaction.decided", decision.transaction, body)
