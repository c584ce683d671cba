"""From posted transactions to decisions: landed, exposed, decided and recorded, each exactly once (design §5)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from graph.errors import TransactionConflict
from graph.ingest import Landing, land_transactions
from graph.model import Decision, Transaction
from graph.together import both
from jobs.book import Book
from jobs.changes import record_changes
from jobs.finding_out import Open, find_out
from jobs.payments import payment_of
from jobs.recording_decisions import record_decided, seal
from jobs.services import Services
from ledger import book, changes, decisions, landed
from ledger.watched_wallets import watched
from risk.cascade import Basis
from risk.decision import decide
from risk.facts import Payment, Watched

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


class Standing(Struct, frozen=True):
    """What the ledger has in force for these payments: the book, and who watches which of their parties."""

    book: Book
    watched: dict[str, tuple[Watched, ...]]

    def watched_in(self, payment: Payment) -> tuple[Watched, ...]:
        """The parties of one payment that somebody watches."""
        return tuple(one for wallet in payment.wallets for one in self.watched.get(wallet, ()))


class _Pending(Struct, frozen=True):
    """A landed transaction that has no decision yet."""

    transaction: Transaction
    landing: Landing
    payment: Payment


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
    payments = [payment_of(transaction) for transaction in given]
    landings, standing = await both(land_transactions(services.graph, given), standing_for(services, payments))
    there = await _recorded(services, landings)
    found = there.decisions
    pending: dict[str, _Pending] = {}
    for transaction, payment, landing in zip(given, payments, landings, strict=True):
        if landing.status != "conflict" and landing.key not in found and landing.key not in there.waived:
            pending.setdefault(landing.key, _Pending(transaction, landing, payment))
    if pending:
        found |= await _decide(
            services, list(pending.values()), standing, actor=actor, trace_id=trace_id, started=started
        )
    if there.behind:
        await record_changes(services, sorted(there.behind), actor=actor, own=relanded(landings))
    return [_screened(landing, found) for landing in landings]


async def standing_for(services: Services, payments: Sequence[Payment]) -> Standing:
    """Read what is in force for these payments, in one go."""
    wallets = sorted({wallet for payment in payments for wallet in payment.wallets})
    async with services.ledger.read() as connection:
        revision = await book.get_revision(connection)
        seen = await watched(connection, wallets)
    by_wallet: dict[str, tuple[Watched, ...]] = {}
    for one in seen:
        by_wallet[one.wallet] = (*by_wallet.get(one.wallet, ()), Watched(one.watchlist, one.wallet))
    return Standing(await services.book_at(revision), by_wallet)


def basis_of(services: Services, given: Book) -> Basis:
    """What decisions are made under."""
    ordered = tuple(sorted(given.rules, key=lambda one: one.rule.id))
    return Basis(given.policy, ordered, services.taxonomy.categories)


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
    services: Services, pending: Sequence[_Pending], standing: Standing, *, actor: str, trace_id: str, started: float
) -> dict[str, Decision]:
    basis = basis_of(services, standing.book)
    found = await find_out(services, basis, [_open(one, standing) for one in pending])
    made = [
        decide(
            one.given,
            basis,
            trace_id=trace_id,
            latency_ms=round((time.perf_counter() - started) * 1000, 3),
            decided_at=datetime.now(UTC),
            outlook=one.outlook,
        )
        for one in found
    ]
    sealed = [
        seal(one.transaction, one.landing, known, decision)
        for one, known, decision in zip(pending, found, made, strict=True)
    ]
    return await record_decided(services, sealed, actor=actor)


def _open(one: _Pending, standing: Standing) -> Open:
    return Open(
        payment=one.payment,
        content=one.landing.content,
        text_digest=one.landing.text_digest,
        seq=one.landing.seq,
        watched=standing.watched_in(one.payment),
    )
