"""Transactions: landed with a decision, withdrawn, read, listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.envelope import identity_of
from api.errors import NotScreened
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import TransactionKey, canonical_transaction_key
from graph.canonical import canonical_transaction, decode_transaction
from graph.model import Decision, Transaction
from graph.money import format_micro
from graph.transactions import LandedTransaction, Span, TransactionParty, get_transaction, list_transactions
from jobs.preview_payment import preview_payment
from jobs.screening import Screened, screen_with_others
from jobs.screening_steps import Posted
from jobs.services import Services
from jobs.withdrawing import MAX_REASON, withdraw_transaction
from ledger.changes import list_changes
from ledger.decisions import find_decision
from ledger.landed import find_landed

Withdrawn = Annotated[
    bool | None, QueryParameter(description="Only those that are withdrawn now, or only those that count; absent: all")
]
Reason = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_REASON, description="Why, such as `reorganised`; kept for good, so name no person in it"
    ),
]

_cursors: Cursors[int] = Cursors("transactions", Seq)


class PartyView(Struct, frozen=True):
    """One input or output: `amount` in the asset's units, `value` in the reference currency."""

    wallet: str
    amount: str
    value: str

    @classmethod
    def from_party(cls, party: TransactionParty) -> PartyView:
        """Return the party as it is on the wire."""
        return cls(party.wallet, party.amount, format_micro(party.value))


class TransactionView(Struct, frozen=True, kw_only=True):
    """A transaction as landed last. `seq` is its place in the graph; `withdrawn_at` is null while it counts."""

    key: str
    network: str
    id: str
    at: datetime
    asset: str
    amount: str
    value: str
    seq: int
    recorded_at: datetime
    withdrawn_at: datetime | None
    reason: str | None
    inputs: tuple[PartyView, ...]
    outputs: tuple[PartyView, ...]

    @classmethod
    def from_landed(cls, landed: LandedTransaction) -> TransactionView:
        """Return the transaction as it is on the wire."""
        return cls(
            key=landed.key,
            network=landed.network,
            id=landed.id,
            at=landed.at,
            asset=landed.asset,
            amount=landed.amount,
            value=format_micro(landed.value),
            seq=landed.seq,
            recorded_at=landed.recorded_at,
            withdrawn_at=landed.withdrawn_at,
            reason=landed.reason,
            inputs=tuple(map(PartyView.from_party, landed.inputs)),
            outputs=tuple(map(PartyView.from_party, landed.outputs)),
        )


class SpanView(Struct, frozen=True, kw_only=True):
    """One landing: it counted from `recorded_at` until `withdrawn_at`, which is null while it does."""

    seq: int
    at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None
    reason: str | None


class TransactionHistoryView(TransactionView, frozen=True, kw_only=True):
    """A transaction with every landing of it, the latest last."""

    spans: tuple[SpanView, ...]

    @classmethod
    def from_history(cls, landed: LandedTransaction, reasons: dict[int, str | None]) -> TransactionHistoryView:
        """Return it as on the wire; `reasons` are those of earlier withdrawals, by seq."""
        view = TransactionView.from_landed(landed)
        spans = tuple(_span(span, reasons) for span in landed.spans)
        return cls(**msgspec.structs.asdict(view), spans=spans)


def _span(span: Span, reasons: dict[int, str | None]) -> SpanView:
    return SpanView(
        seq=span.seq,
        at=span.at,
        recorded_at=span.recorded_at,
        withdrawn_at=span.withdrawn_at,
        reason=span.reason or (None if span.withdrawn_seq is None else reasons.get(span.withdrawn_seq)),
    )


class TransactionPage(Struct, frozen=True):
    """A page of transactions; `next` is null at the end."""

    items: list[TransactionView]
    next: str | None


class ScreenedView(Struct, frozen=True):
    """What became of a posted transaction; `decision` is null for history imported without screening."""

    transaction: str
    seq: int
    decision: Decision | None

    @classmethod
    def from_screened(cls, screened: Screened) -> ScreenedView:
        """Return the outcome as it is on the wire."""
        return cls(screened.transaction, screened.seq, screened.decision)


class PreviewedView(Struct, frozen=True):
    """What posting a transaction would come to; `known` if it is landed already, `decision` then the recorded one."""

    transaction: str
    known: bool
    decision: Decision | None


def read_transaction(body: bytes, services: Services) -> Transaction:
    """Return the canonical transaction of one JSON body; raises MalformedJson or InvalidInput."""
    return canonical_transaction(
        decode_transaction(body),
        reference_currency=services.settings.reference_currency,
        now=datetime.now(UTC),
        max_future_s=services.settings.api.max_future_s,
    )


@post("/transactions", operation_id="create_transaction", summary="Land one transaction and have it decided")
async def create_transaction(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[ScreenedView]:
    """Validate, land, trace, decide and record, then answer.

    Safe to send again: the same content under a known key is 200 with the same decision, other content is
    409. One that was withdrawn lands again if it differs in nothing but `at`: 201, with a new `seq` and the
    decision made at first. A 503 has acknowledged nothing; send it again.
    """
    transaction = read_transaction(await request.body(), services)
    trace_id = identity_of(request.scope).trace_id
    screened = await screen_with_others(services, Posted(transaction, caller.id, trace_id))
    if screened.error is not None:
        raise screened.error
    return Response(ScreenedView.from_screened(screened), status_code=201 if screened.created else 200)


@post(
    "/transactions/preview",
    operation_id="preview_transaction",
    summary="The decision that a transaction would have",
    status_code=200,
)
async def preview_transaction(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> PreviewedView:
    """Decide upon a payment that is not made yet, as posting it now would; nothing is landed.

    It is validated like a post. Of a key that is landed with the same content the recorded decision is the answer
    (null for history imported without screening), with other content it is a 409. Each preview is an audit event.
    """
    transaction = read_transaction(await request.body(), services)
    trace_id = identity_of(request.scope).trace_id
    found = await preview_payment(services, transaction, actor=caller.id, trace_id=trace_id)
    return PreviewedView(found.transaction, found.known, found.decision)


@delete(
    "/transactions/{key:str}",
    operation_id="withdraw_transaction",
    summary="Withdraw a transaction, as after a chain reorganisation",
    status_code=204,
)
async def withdraw_one_transaction(
    services: GivenServices, caller: GivenCaller, key: TransactionKey, reason: Reason = None
) -> None:
    """Take a transaction out of all flows and sums. It is still answered, with `withdrawn_at`.

    Its decision stays; its alert tells `basis_withdrawn_at`. Safe to send again: the first withdrawal and its reason
    stand. Posting the transaction again lands it again. 409 `not-recorded` if its landing was never acknowledged.
    """
    await withdraw_transaction(services, canonical_transaction_key(key), reason=reason or None, actor=caller.id)


@get("/transactions", operation_id="list_transactions", summary="All transactions, latest landed first")
async def list_all_transactions(
    services: GivenServices, *, withdrawn: Withdrawn = None, limit: Limit = 100, cursor: Cursor = None
) -> TransactionPage:
    """Page through all transactions by falling `seq`; what lands meanwhile does not shift pages."""
    before = _cursors.read(cursor)
    items, ended = await list_transactions(services.graph, limit=limit, before_seq=before, withdrawn=withdrawn)
    return TransactionPage([TransactionView.from_landed(t) for t in items], _cursors.write(ended))


@get("/transactions/{key:str}", operation_id="get_transaction", summary="One transaction")
async def get_one_transaction(services: GivenServices, key: TransactionKey) -> TransactionHistoryView:
    """Return a transaction with its parties, as landed last, and in `spans` every landing and withdrawal of it."""
    found = await get_transaction(services.graph, canonical_transaction_key(key))
    reasons: dict[int, str | None] = {}
    if len(found.spans) > 1:
        async with services.ledger.read() as connection:
            reasons = {change.seq: change.reason for change in await list_changes(connection, [found.key])}
    return TransactionHistoryView.from_history(found, reasons)


@get(
    "/transactions/{key:str}/decision",
    operation_id="get_transaction_decision",
    summary="The decision on a transaction",
)
async def get_transaction_decision(services: GivenServices, key: TransactionKey) -> Decision:
    """Return the recorded decision, also at `…/score`.

    404 `not-screened` for history that was imported without screening.
    """
    key = canonical_transaction_key(key)
    async with services.ledger.read() as connection:
        if decision := await find_decision(connection, key):
            return decision
        landed = await find_landed(connection, key)
    if landed is not None and landed.waived:
        raise NotScreened(f"transaction {key} was imported without screening, so there is no decision on it")
    await get_transaction(services.graph, key)
    raise NotScreened(f"transaction {key} is landed but not yet decided; post it again to have it decided")
