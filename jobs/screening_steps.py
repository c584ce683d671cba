"""The four steps of screening payments together: land, trace, decide, record (design §5)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from graph.ingest import Landing, land_transactions
from graph.model import Decision, Transaction
from graph.together import both, by_turns
from jobs.book import Book
from jobs.changes import record_changes
from jobs.finding_out import FoundOut, Open, look_and_ask, trace
from jobs.payments import payment_of
from jobs.recording_decisions import Decided, record_decided, seal
from jobs.services import Services
from ledger import book, changes, decisions, landed
from ledger.watched_wallets import watched
from risk.cascade import Basis
from risk.decision import decide
from risk.facts import DecisionInput, Payment, Watched


class Posted(Struct, frozen=True):
    """A transaction, on whose behalf and in which request it was posted."""

    transaction: Transaction
    actor: str
    trace_id: str


class Standing(Struct, frozen=True):
    """What the ledger has in force for these payments: the book, and who watches which of their parties."""

    book: Book
    watched: dict[str, tuple[Watched, ...]]

    def watched_in(self, payment: Payment) -> tuple[Watched, ...]:
        """The parties of one payment that somebody watches."""
        return tuple(one for wallet in payment.wallets for one in self.watched.get(wallet, ()))


class Landed(Struct, frozen=True):
    """Transactions in the graph. `found` are decisions that were there, by key; `open` have none yet.

    `behind` has the keys whose withdrawals the ledger does not know yet; `started` is when it began (perf_counter).
    """

    posted: Sequence[Posted]
    landings: Sequence[Landing]
    found: dict[str, Decision]
    behind: set[str]
    open: Sequence[_Undecided]
    standing: Standing
    started: float


class Traced(Struct, frozen=True):
    """Landed transactions, and for each open one what exposures and histories tell of it."""

    landed: Landed
    inputs: Sequence[DecisionInput]


class Prepared(Struct, frozen=True):
    """Transactions that are landed and decided; `made` is still to be recorded."""

    landed: Landed
    made: Sequence[Decided]


class _Undecided(Struct, frozen=True):
    """A landed transaction that has no decision yet."""

    posted: Posted
    landing: Landing
    payment: Payment


class _Recorded(Struct, frozen=True):
    """What the ledger has of given keys: decisions, history without one, and what was changed beyond its knowledge."""

    decisions: dict[str, Decision]
    waived: set[str]
    behind: set[str]


async def land(services: Services, posted: Sequence[Posted]) -> Landed:
    """Land all of it in one unit, and look up what stands in the ledger; what is landed must be decided."""
    started = time.perf_counter()
    given = [one.transaction for one in posted]
    payments = [payment_of(transaction) for transaction in given]
    landings, standing = await both(land_transactions(services.graph, given), standing_for(services, payments))
    return await _among(services, posted, landings, standing, started)


async def take_landed(services: Services, posted: Sequence[Posted], landings: Sequence[Landing]) -> Landed:
    """As `land`, of what stands in the graph already, as its landings tell."""
    started = time.perf_counter()
    standing = await standing_for(services, [payment_of(one.transaction) for one in posted])
    return await _among(services, posted, landings, standing, started)


async def _among(
    services: Services, posted: Sequence[Posted], landings: Sequence[Landing], standing: Standing, started: float
) -> Landed:
    """Tell those that have a decision from those that are open."""
    there = await _recorded(services, landings)
    payments = [payment_of(one.transaction) for one in posted]
    pending: dict[str, _Undecided] = {}
    for one, payment, landing in zip(posted, payments, landings, strict=True):
        if landing.status != "conflict" and landing.key not in there.decisions and landing.key not in there.waived:
            pending.setdefault(landing.key, _Undecided(one, landing, payment))
    return Landed(posted, landings, there.decisions, there.behind, list(pending.values()), standing, started)


async def trace_landed(services: Services, given: Landed) -> Traced:
    """Ask the graph where the money came from and went to, and what its parties had done before."""
    if not given.open:
        return Traced(given, [])
    opened = [_opened(one, given.standing) for one in given.open]
    return Traced(given, await trace(services, given.standing.book.policy, opened))


async def decide_traced(services: Services, traced: Traced) -> Prepared:
    """Decide, asking graph rules where they can still change an outcome; what comes back must be recorded."""
    given = traced.landed
    if not given.open:
        return Prepared(given, [])
    basis = basis_of(services, given.standing.book)
    found = await look_and_ask(services, basis, traced.inputs)
    pairs = by_turns(zip(given.open, found, strict=True))
    return Prepared(given, [_decided(one, known, basis, given) async for one, known in pairs])


async def record(services: Services, prepared: Prepared) -> dict[str, Decision]:
    """Record what was decided, all of it or nothing; return every decision that there now is, by key."""
    given = prepared.landed
    found = given.found | (await record_decided(services, prepared.made) if prepared.made else {})
    for actor in sorted({one.actor for one in given.posted}) if given.behind else ():
        keys = {one.transaction.key for one in given.posted if one.actor == actor} & given.behind
        await record_changes(services, sorted(keys), actor=actor, own=relanded(given.landings))
    return found


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


def _decided(one: _Undecided, known: FoundOut, basis: Basis, given: Landed) -> Decided:
    decision = decide(
        known.given,
        basis,
        trace_id=one.posted.trace_id,
        latency_ms=round((time.perf_counter() - given.started) * 1000, 3),
        decided_at=datetime.now(UTC),
        outlook=known.outlook,
    )
    return seal(one.posted.actor, one.posted.transaction, one.landing, known, decision)


def _opened(one: _Undecided, standing: Standing) -> Open:
    return Open(
        payment=one.payment,
        content=one.landing.content,
        text_digest=one.landing.text_digest,
        seq=one.landing.seq,
        watched=standing.watched_in(one.payment),
    )
