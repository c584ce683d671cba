"""The content of a transaction: what must be the same when its key is posted again, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from graph.model import Party, Transaction
from graph.money import format_micro

PERSONAL_CONTEXT = "customer_reference"
_encode = msgspec.json.Encoder(order="sorted").encode


def content_document(transaction: Transaction) -> dict[str, Any]:
    """Return the canonical content as JSON values, without personal text; `value` only if it was sent."""
    document: dict[str, Any] = {
        "network": transaction.network,
        "id": transaction.id,
        "at": content_time(transaction.at),
        "asset": transaction.asset,
        "inputs": _parties(transaction.inputs),
        "outputs": _parties(transaction.outputs),
    }
    if transaction.value_sent is not None:
        document["value"] = format_micro(transaction.value_sent)
    if context := _public_context(transaction):
        document["context"] = context
    return document


def kept_context(transaction: Transaction) -> str | None:
    """Return the context that is content, as JSON; None if there is none.

    The graph keeps it until the ledger does: what was landed and not recorded is decided from the graph alone.
    """
    context = _public_context(transaction)
    return _encode(context).decode() if context else None


def content_time(at: datetime) -> str:
    """Return a time as content has it: RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def personal_document(transaction: Transaction) -> dict[str, Any] | None:
    """Return the personal text (`purpose`, `customer_reference`) as JSON values, None if there is none."""
    document: dict[str, Any] = {}
    if transaction.purpose is not None:
        document["purpose"] = transaction.purpose
    if PERSONAL_CONTEXT in transaction.context:
        document[PERSONAL_CONTEXT] = transaction.context[PERSONAL_CONTEXT]
    return document or None


def content_hashes(transaction: Transaction) -> tuple[str, str]:
    """Return the SHA-256, in hex, of `content_document` as JSON with sorted keys and no spaces, whole and without `at`.

    The latter is what a withdrawn transaction must have to land again.
    """
    document = content_document(transaction)
    whole = _hash(document)
    del document["at"]
    return whole, _hash(document)


def _public_context(transaction: Transaction) -> dict[str, Any]:
    return {name: fact for name, fact in transaction.context.items() if name != PERSONAL_CONTEXT}


def _hash(document: dict[str, Any]) -> str:
    return hashlib.sha256(_encode(document)).hexdigest()


def _parties(parties: Sequence[Party]) -> list[dict[str, str]]:
    return [{"address": party.address, "amount": party.amount} for party in parties]
