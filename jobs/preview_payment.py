"""Preview: the decision that posting a payment would give now. Nothing is landed; that it was asked is on record."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from msgspec import Struct

from graph.errors import TransactionConflict
from graph.ingest import Landing, rehearse_landing
from graph.model import Decision, Transaction
from graph.together import both
from jobs.finding_out import Open, find_out
from jobs.payments import payment_of
from jobs.screening_steps import Standing, basis_of, standing_for
from jobs.services import Services
from ledger import audit
from ledger.canonical import canonical_json
from ledger.decisions import decision_hash, find_decision
from ledger.landed import find_landed
from risk.decision import decide
from risk.facts import Payment


class Previewed(Struct, frozen=True):
    """What a post would answer. `known`: it is landed already, so `decision` is the one recorded.

    `decision` is None for history that was imported without screening.
    """

    transaction: str
    known: bool
    decision: Decision | None


async def preview_payment(services: Services, given: Transaction, *, actor: str, trace_id: str) -> Previewed:
    """Say what posting this would come to now; raises TransactionConflict where that would.

    What is landed and not yet decided is decided here as the post that mends it would.
    """
    started = time.perf_counter()
    payment = payment_of(given)
    landing, standing = await both(rehearse_landing(services.graph, given), standing_for(services, [payment]))
    if landing.status == "conflict":
        raise TransactionConflict(landing.key)
    is_settled, decision = await _recorded(services, landing)
    if not is_settled:
        decision = await _decide(services, payment, landing, standing, trace_id=trace_id, started=started)
    async with services.ledger.transaction() as connection:
        await audit.append(connection, _event(landing, decision, actor))
    return Previewed(landing.key, is_settled, decision)


async def _recorded(services: Services, landing: Landing) -> tuple[bool, Decision | None]:
    """Whether a post would decide nothing any more, and the decision that it would answer."""
    if landing.status == "landed":
        return False, None
    async with services.ledger.read() as connection:
        decision = await find_decision(connection, landing.key)
        row = await find_landed(connection, landing.key)
    return decision is not None or (row is not None and row.waived), decision


async def _decide(
    services: Services, payment: Payment, landing: Landing, standing: Standing, *, trace_id: str, started: float
) -> Decision:
    basis = basis_of(services, standing.book)
    opened = Open(
        payment=payment,
        content=landing.content,
        text_digest=landing.text_digest,
        seq=landing.seq,
        watched=standing.watched_in(payment),
    )
    [found] = await find_out(services, basis, [opened])
    return decide(
        found.given,
        basis,
        trace_id=trace_id,
        latency_ms=round((time.perf_counter() - started) * 1000, 3),
        decided_at=datetime.now(UTC),
        outlook=found.outlook,
    )


def _event(landing: Landing, decision: Decision | None, actor: str) -> audit.EventDraft:
    body: dict[str, object] = {"content": landing.content}
    if decision is not None:
        body |= {
            "decision_hash": decision_hash(canonical_json(decision)),
            "risk_score": decision.risk_score,
            "severity": decision.severity,
            "policy": decision.policy,
            "watermark": decision.watermark,
        }
    return audit.EventDraft(actor, "transaction.previewed", landing.key, body)
