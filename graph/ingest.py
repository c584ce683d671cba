"""Landing transactions in Neo4j: idempotent by key, exact in integers, many in one unit."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from graph.canonical import content_hash, personal_document
from graph.errors import FieldError, InvalidInput
from graph.model import Transaction
from graph.session import Graph, Unit
from graph.sums import Sums

MOST = 2**63 - 1
SUM_TOO_LARGE = "would take the sum of a wallet or a flow beyond the 9.2e12 units that 64 bits hold"


class Landing(Struct, frozen=True):
    """What became of one posted transaction. `seq` is that of its landing; salt and digest are of personal text."""

    key: str
    status: Literal["landed", "known", "conflict"]
    seq: int
    content: str
    text_salt: str | None = None
    text_digest: str | None = None


class Draft(Struct, frozen=True):
    """A transaction made ready to land: content digest, and its personal text under a salt of its own."""

    transaction: Transaction
    content: str
    text: bytes | None = None
    text_salt: str | None = None
    text_digest: str | None = None


async def land_transactions(graph: Graph, given: Sequence[Transaction]) -> list[Landing]:
    """Land all of `given` in one unit and return one Landing for each, in order.

    The first of several with one key lands; the others are known or, with other content, in conflict.
    """
    drafts = [_draft(transaction) for transaction in given]
    first: dict[str, Draft] = {}
    for draft in drafts:
        first.setdefault(draft.transaction.key, draft)

    async def work(unit: Unit) -> dict[str, Landing]:
        rows = await unit.run("lock_transactions", keys=sorted(first))
        known = {row[0]: Landing(row[0], "known", *row[1:]) for row in rows[0]["known"]}
        return known | await _write(unit, [draft for key, draft in first.items() if key not in known])

    there = await graph.unit(work)
    return [_judge(draft, draft is first[draft.transaction.key], there[draft.transaction.key]) for draft in drafts]


async def _write(unit: Unit, drafts: Sequence[Draft]) -> dict[str, Landing]:
    if not drafts:
        return {}
    sums = Sums()
    for draft in drafts:
        text = {"text_salt": draft.text_salt, "text_digest": draft.text_digest} if draft.text else {}
        sums.add(draft.transaction, {"content": draft.content} | text)
    if sums.largest() > MOST:
        raise InvalidInput(FieldError("value", SUM_TOO_LARGE))
    rows = await unit.run(
        "land_transactions",
        wallets=[sums.wallets[key] for key in sorted(sums.wallets)],
        flows=list(sums.flows.values()),
        rows=sums.rows,
        size=len(drafts),
        recorded_at=datetime.now(UTC),
    )
    if rows[0]["overflows"]:
        raise InvalidInput(FieldError("value", SUM_TOO_LARGE))
    return {
        draft.transaction.key: Landing(
            draft.transaction.key, "landed", seq, draft.content, draft.text_salt, draft.text_digest
        )
        for seq, draft in enumerate(drafts, rows[0]["first_seq"])
    }


def _judge(draft: Draft, is_first: bool, there: Landing) -> Landing:
    """Say what became of one draft, given what stands under its key after the unit."""
    if is_first and there.status == "landed":
        return there
    same = there.content == draft.content and _same_text(draft, there)
    return msgspec.structs.replace(there, status="known" if same else "conflict")


def _same_text(draft: Draft, there: Landing) -> bool:
    if there.text_digest and there.text_salt is None:
        return True  # erased: only the rest of the content can still be compared
    return _digest(there.text_salt, draft.text) == there.text_digest


def _draft(transaction: Transaction) -> Draft:
    personal = personal_document(transaction)
    if not personal:
        return Draft(transaction, content_hash(transaction))
    text, salt = msgspec.json.encode(personal, order="sorted"), secrets.token_hex(16)
    return Draft(transaction, content_hash(transaction), text, salt, _digest(salt, text))


def _digest(salt: str | None, text: bytes | None) -> str | None:
    if text is None:
        return None
    return hashlib.sha256((salt or "").encode() + text).hexdigest()
