"""Payments as decisions see them: of a transaction that was sent, or again of one that the ledger kept."""

from __future__ import annotations

from typing import Any

import msgspec

from graph.content import PERSONAL_CONTEXT, content_document
from graph.model import Party, Transaction
from graph.money import micro, total_amount
from graph.sums import payment_sides
from ledger.personal import PersonalText
from risk.facts import Payment

TEXT = "text"


def payment_of(transaction: Transaction) -> Payment:
    """What rules may look at: personal text but for the purpose is left out."""
    payers, payees = payment_sides(transaction)
    return Payment(
        key=transaction.key,
        network=transaction.network,
        asset=transaction.asset,
        at=transaction.at,
        value=transaction.value,
        amount=transaction.amount,
        payers=payers,
        payees=payees,
        context={name: fact for name, fact in transaction.context.items() if name != PERSONAL_CONTEXT},
        purpose=transaction.purpose,
    )


def landed_body(transaction: Transaction, text_digest: str | None) -> dict[str, object]:
    """What the ledger keeps: the content, the value that was landed with it, a digest in place of personal text."""
    text = {TEXT: text_digest} if text_digest else {}
    return {"content": content_document(transaction), "landed_value": transaction.value} | text


def payment_again(body: str, text: PersonalText | None) -> tuple[Payment, str | None]:
    """The payment of a landed body and the digest of its personal text, None if it had none.

    Without `text`, which may have been erased, the payment has no purpose.
    """
    kept = msgspec.json.decode(body)
    return payment_of(_transaction(kept["content"], kept["landed_value"], text)), kept.get(TEXT)


def transaction_again(body: str) -> tuple[Transaction, str | None]:
    """The transaction of a landed body, without its personal text, and the digest of that, None if it had none."""
    kept = msgspec.json.decode(body)
    return _transaction(kept["content"], kept["landed_value"], None), kept.get(TEXT)


def _transaction(content: dict[str, Any], value: int, text: PersonalText | None) -> Transaction:
    inputs, outputs = (_parties(content[side]) for side in ("inputs", "outputs"))
    return msgspec.convert(
        {
            **{name: content[name] for name in ("network", "id", "at", "asset")},
            "amount": total_amount([party.amount for party in outputs]),
            "value": value,
            "inputs": inputs,
            "outputs": outputs,
            "value_sent": micro(content["value"]) if "value" in content else None,
            "purpose": text.body.get("purpose") if text else None,
            "context": content.get("context", {}),
        },
        Transaction,
    )


def _parties(given: list[dict[str, str]]) -> tuple[Party, ...]:
    return tuple(Party(**party) for party in given)
