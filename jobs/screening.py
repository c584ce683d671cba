"""From posted transactions to decisions: landed, exposed, decided and recorded, each exactly once (design §5)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from graph.content import content_document, personal_document
from graph.errors import TransactionConflict
from graph.exposure import Payment, payment_exposures
from graph.ingest import Landing, land_transactions
from graph.live import solicited
from graph.model import Alert, Decision, Direction, Exposure, Transaction
from graph.sums import payment_sides
from graph.together import together
from jobs.changes import record_changes
from jobs.closing import proposed_events
from jobs.services import Services
from ledger import alerts, audit, changes, decisions, landed, personal, proposals
from ledger.canonical import canonical_json
from ledger.session import Connection
from risk.decision import DecisionInput, alert_of, decide, needs_history

MAX_BATCH = 1_000


class Screened(Struct, frozen=True):
    """The outcome of one posted transaction; `decision` is None for a conflict and for waived history.

    `created` also if it had been withdrawn and landed again; its decision is then the one made at first.
    """

    transaction: str
    seq: int
    created: bool
    decision: Decision | None
    error: TransactionConflict | None = None


class _Open(Struct, frozen=True):
    """A landed transaction that has no decision yet."""

    transaction: Transaction
    landing: Landing


class _Recorded(Struct, frozen=True):
    """What the ledger has of given keys: decisions, history without one, and what was changed beyond its knowledge."""

    decisions: dict[str, Decision]
    waived: set[str]
    behind: set[str]


async def screen_transactions(
    services: Services, given: Sequence[Transaction], *, actor: str, trace_id: str
) -> list[Screened]:
    """Land and decide at most 1,000 transactions, in order; posting again mends a crash anywhere on the way.

    A key that is already landed with other content comes back with its conflict; the rest is not held up by it. One
    that was withdrawn lands again, keeping its decision.
    """
    started = time.perf_counter()
    landings = await land_transactions(services.graph, given)
    there = await _recorded(services, landings)
    found = there.decisions
    pending: dict[str, _Open] = {}
    for transaction, landing in zip(given, landings, strict=True):
        if landing.status != "conflict" and landing.key not in found and landing.key not in there.waived:
            pending.setdefault(landing.key, _Open(transaction, landing))
    if pending:
        found |= await _decide(services, list(pending.values()), actor=actor, trace_id=trace_id, started=started)
    if there.behind:
        await record_changes(services, sorted(there.behind), actor=actor, own=relanded(landings))
    return [_screened(landing, found) for landing in landings]


def relanded(landings: Sequence[Landing]) -> set[int]:
    """The seqs under which withdrawn transactions have landed again."""
    return {landing.seq for landing in landings if landing.status == "relanded"}


def _screened(landing: Landing, found: dict[str, Decision]) -> Screened:
    if landing.status == "conflict":
        return Screened(landing.key, landing.seq, False, None, TransactionConflict(landing.key))
    return Screened(landing.key, landing.seq, landing.status != "known", found.get(landing.key))


async def _recorded(services: Services, landings: Sequence[Landing]) -> _Recorded:
    """Look up those that are not new."""
    seqs = {landing.key: landing.seq for landing in landings if landing.status in ("known", "relanded")}
    if not seqs:
        return _Recorded({}, set(), set())
    async with services.ledger.read() as connection:
        found = await decisions.find_decisions(connection, list(seqs))
        rows = await landed.list_landed(connection, [key for key in seqs if key not in found])
        behind = await changes.behind(connection, seqs)
    return _Recorded(found, {row.transaction for row in rows if row.waived}, behind)


async def _decide(
    services: Services, pending: Sequence[_Open], *, actor: str, trace_id: str, started: float
) -> dict[str, Decision]:
    inputs = await _inputs(services, pending)
    categories = services.taxonomy.categories
    made = [
        decide(
            given,
            services.policy,
            categories,
            trace_id=trace_id,
            latency_ms=round((time.perf_counter() - started) * 1000, 3),
            decided_at=datetime.now(UTC),
        )
        for given in inputs
    ]
    async with services.ledger.transaction() as connection:
        await record_landed(connection, [(one.transaction, one.landing) for one in pending], waived=False)
        recorded = set(await decisions.record_decisions(connection, made))
        new = [(given, decision) for given, decision in zip(inputs, made, strict=True) if decision.id in recorded]
        opened = [alert for given, decision in new if (alert := alert_of(decision, given))]
        told = await _record_alerts(connection, opened)
        # Whoever decided one of these first is who was recorded: that decision is the answer to both.
        lost = [decision.transaction for decision in made if decision.id not in recorded]
        others = await decisions.find_decisions(connection, lost) if lost else {}
        await audit.append(connection, *(_event(decision, actor) for _, decision in new), *told)
    return {decision.transaction: decision for _, decision in new} | others


async def _record_alerts(connection: Connection, opened: Sequence[Alert]) -> list[audit.EventDraft]:
    """Record new alerts; return events about older ones that they make needless."""
    if not opened:
        return []
    told = await proposals.propose_told(connection, await alerts.record_alerts(connection, opened))
    return proposed_events(told)


async def _inputs(services: Services, pending: Sequence[_Open]) -> list[DecisionInput]:
    """Gather what each decision depends on, in a few set-based questions for the whole batch."""
    payments = [_payment(one.transaction) for one in pending]
    sources, destinations = await together(
        _exposures(services, payments, "source"), _exposures(services, payments, "destination")
    )
    inputs = [
        DecisionInput(
            transaction=one.landing.key,
            value=one.transaction.value,
            content=one.landing.content,
            text_digest=one.landing.text_digest,
            exposures=(source, destination),
            unsolicited=False,
            wallets=tuple(sorted({*payment.inputs, *payment.outputs})),
            seq=one.landing.seq,
        )
        for one, payment, source, destination in zip(pending, payments, sources, destinations, strict=True)
    ]
    ask = [payment for payment, given in zip(payments, inputs, strict=True) if needs_history(given, services.policy)]
    asked, known = {payment.key for payment in ask}, await solicited(services.graph, ask)
    return [
        msgspec.structs.replace(given, unsolicited=True) if given.transaction in asked - known else given
        for given in inputs
    ]


async def _exposures(services: Services, payments: Sequence[Payment], direction: Direction) -> list[Exposure]:
    return await payment_exposures(services.tracing(direction, services.policy.hops), payments)


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


def landed_body(transaction: Transaction, text_digest: str | None) -> dict[str, object]:
    """The content, the value that was landed with it, and a digest in place of personal text."""
    text = {"text": text_digest} if text_digest else {}
    return {"content": content_document(transaction), "landed_value": transaction.value} | text


def _payment(transaction: Transaction) -> Payment:
    inputs, outputs = payment_sides(transaction)
    return Payment(transaction.key, transaction.at, inputs, outputs)


def _event(decision: Decision, actor: str) -> audit.EventDraft:
    body = {
        "decision": decision.id,
        "decision_hash": decisions.decision_hash(decision),
        "risk_score": decision.risk_score,
        "severity": decision.severity,
        "policy": decision.policy,
        "input_hash": decision.input_hash,
        "alert": decision.alert,
        "watermark": decision.watermark,
    }
    return audit.EventDraft(actor, "transaction.decided", decision.transaction, body)
