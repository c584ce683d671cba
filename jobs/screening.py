"""From posted transactions to decisions: landed, exposed, decided and recorded, each exactly once (design §5)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct

from graph.errors import TransactionConflict
from graph.ingest import Landing, land_transactions
from graph.model import Decision, Transaction
from graph.together import both
from jobs.book import Book
from jobs.changes import record_changes
from jobs.finding_out import FoundOut, Open, find_out
from jobs.payments import payment_of
from jobs.recording_decisions import Decided, record_decided, seal
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


class Posted(Struct, frozen=True):
    """A transaction, on whose behalf and in which request it was posted."""

    transaction: Transaction
    actor: str
    trace_id: str


class Prepared(Struct, frozen=True):
    """Transactions that are landed and decided, and what of it is still to be recorded.

    `found` are decisions that were there, by key; `behind` the keys whose withdrawals the ledger does not know yet.
    """

    posted: Sequence[Posted]
    landings: Sequence[Landing]
    found: dict[str, Decision]
    made: Sequence[Decided]
    behind: set[str]


class _Pending(Struct, frozen=True):
    """A landed transaction that has no decision yet."""

    posted: Posted
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
    return await screen_posted(services, [Posted(transaction, actor, trace_id) for transaction in given])


async def screen_with_others(services: Services, posted: Posted) -> Screened:
    """Screen one transaction, in one unit with others that are posted at the same time."""
    screened: Screened = await services.posts.ask(posted, partial(screen_posted, services))
    return screened


async def screen_posted(services: Services, posted: Sequence[Posted]) -> list[Screened]:
    """Like `screen_transactions`, each on behalf of its own caller."""
    return await record_prepared(services, await prepare(services, posted))


async def prepare(services: Services, posted: Sequence[Posted]) -> Prepared:
    """Land and decide; what comes back must be recorded, or posted again."""
    started = time.perf_counter()
    given = [one.transaction for one in posted]
    payments = [payment_of(transaction) for transaction in given]
    landings, standing = await both(land_transactions(services.graph, given), standing_for(services, payments))
    there = await _recorded(services, landings)
    pending: dict[str, _Pending] = {}
    for one, payment, landing in zip(posted, payments, landings, strict=True):
        if landing.status != "conflict" and landing.key not in there.decisions and landing.key not in there.waived:
            pending.setdefault(landing.key, _Pending(one, landing, payment))
    made = await _decide(services, list(pending.values()), standing, started=started) if pending else []
    return Prepared(posted, landings, there.decisions, made, there.behind)


async def record_prepared(services: Services, prepared: Prepared) -> list[Screened]:
    """Record what was decided, all of it or nothing."""
    found = prepared.found | (await record_decided(services, prepared.made) if prepared.made else {})
    own = relanded(prepared.landings)
    for actor in sorted({one.actor for one in prepared.posted}) if prepared.behind else ():
        keys = {one.transaction.key for one in prepared.posted if one.actor == actor} & prepared.behind
        await record_changes(services, sorted(keys), actor=actor, own=own)
    return [_screened(landing, found) for landing in prepared.landings]


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
    services: Services, pending: Sequence[_Pending], standing: Standing, *, started: float
) -> list[Decided]:
    basis = basis_of(services, standing.book)
    found = await find_out(services, basis, [_open(one, standing) for one in pending])
    return [_decided(one, known, basis, started) for one, known in zip(pending, found, strict=True)]


def _decided(one: _Pending, known: FoundOut, basis: Basis, started: float) -> Decided:
    decision = decide(
        known.given,
        basis,
        trace_id=one.posted.trace_id,
        latency_ms=round((time.perf_counter() - started) * 1000, 3),
        decided_at=datetime.now(UTC),
        outlook=known.outlook,
    )
    return seal(one.posted.actor, one.posted.transaction, one.landing, known, decision)


def _open(one: _Pending, standing: Standing) -> Open:
    return Open(
        payment=one.payment,
        content=one.landing.content,
        text_digest=one.landing.text_digest,
        seq=one.landing.seq,
        watched=standing.watched_in(one.payment),
    )
