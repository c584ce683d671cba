"""Transactions as the ledger keeps them, made ready to be put back into the graph."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from graph.content import content_hashes
from graph.errors import HeadwaterError, InvalidInput
from graph.model import Transaction
from graph.money import micro, total_amount
from graph.restoring import Restored
from graph.transactions import Span
from jobs.payments import transaction_again
from ledger.canonical import canonical_json
from ledger.changes import TransactionChange, list_changes
from ledger.reconciling import Kept
from ledger.session import Connection


class Unprovable(HeadwaterError):
    """What the ledger says contradicts itself; the message says how. Nothing is made from it."""


async def changes_by_key(connection: Connection, keys: Sequence[str]) -> dict[str, list[TransactionChange]]:
    """Return what became of the given transactions, in order of seq, by transaction."""
    found: dict[str, list[TransactionChange]] = {}
    for change in await list_changes(connection, keys):
        found.setdefault(change.transaction, []).append(change)
    return found


def restored_of(kept: Kept, changes: Sequence[TransactionChange], currency: str) -> Restored:
    """Return a landed transaction as the graph had it; raises Unprovable where body, digest and value do not agree.

    One landed before the graph's time was kept has the ledger's, which is a little later.
    """
    row = kept.landed
    transaction, digest = _proven(row.body, row.content, currency)
    if transaction.key != row.transaction:
        raise Unprovable("its body is that of another transaction")
    spans = [_span(row.seq, transaction.at, row.landed_at or row.recorded_at, row.content)]
    for change in changes:
        at = change.at or change.recorded_at
        if change.kind == "withdrawn":
            spans[-1] = replace(spans[-1], withdrawn_at=at, withdrawn_seq=change.seq, reason=change.reason)
            continue
        transaction, _ = _proven(change.body or "", change.content or "", currency)
        spans.append(_span(change.seq, transaction.at, at, change.content or ""))
    # The graph keeps the reason of the last withdrawal only, and only while it stands.
    spans = [*(replace(span, reason=None) for span in spans[:-1]), spans[-1]]
    return Restored(transaction, tuple(spans), kept.salt, digest)


def _span(seq: int, at: datetime, recorded_at: datetime | None, content: str) -> Span:
    if recorded_at is None:
        raise Unprovable(f"nothing says when number {seq} was recorded")
    return Span(seq=seq, at=at, recorded_at=recorded_at, content=content)


def _proven(body: str, content: str, currency: str) -> tuple[Transaction, str | None]:
    """The transaction of a body whose content is what its digest says, and whose value is what its content says."""
    try:
        given: dict[str, Any] = msgspec.json.decode(body)
        if hashlib.sha256(canonical_json(given["content"]).encode()).hexdigest() != content:
            raise Unprovable("its body is not what its digest says")
        transaction, digest = transaction_again(body)
    except (msgspec.MsgspecError, InvalidInput, KeyError, TypeError, ValueError) as error:
        raise Unprovable("its body is not that of a transaction") from error
    if content_hashes(transaction)[0] != content or transaction.value != _value(transaction, currency):
        raise Unprovable("its value is not what its content says")
    return transaction, digest


def _value(transaction: Transaction, currency: str) -> int:
    """The value that the content proves: the one that was sent, or the amount in the reference currency."""
    if transaction.value_sent is not None:
        return transaction.value_sent
    if transaction.asset != currency:
        return transaction.value  # found by other means: the content says nothing of it
    return micro(total_amount([party.amount for party in transaction.outputs]))
