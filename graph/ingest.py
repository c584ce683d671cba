"""Landing transactions in Neo4j: idempotent by key, exact in integers, many in one unit."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from graph.content import content_hashes, kept_context, personal_document
from graph.errors import FieldError, InvalidInput
from graph.model import Transaction
from graph.session import Graph, Row, Unit
from graph.sums import Sums, at_micros, micros
from graph.whole import refuse_rebuilding

MOST = 2**63 - 1
SUM_TOO_LARGE = "would take the sum of a wallet or a flow beyond the 9.2e12 units that 64 bits hold"


class Landing(Struct, frozen=True):
    """What became of one posted transaction. `seq` and `at` are those of its landing; the salt is of personal text.

    `relanded` means that it had been withdrawn and counts again from now on. A landing that is rehearsed has no time.
    """

    key: str
    status: Literal["landed", "relanded", "known", "conflict"]
    seq: int
    content: str
    text_salt: str | None = None
    text_digest: str | None = None
    at: datetime | None = None


class Draft(Struct, frozen=True):
    """A transaction made ready to land: its digests, and its personal text under a salt of its own."""

    transaction: Transaction
    content: str
    timeless: str
    text: bytes | None = None
    text_salt: str | None = None
    text_digest: str | None = None


class _There(Struct, frozen=True):
    """What stands under a key before the unit."""

    key: str
    seq: int
    value: int
    content: str
    text_salt: str | None
    text_digest: str | None
    timeless: str
    is_withdrawn: bool
    recorded_us: int


async def land_transactions(graph: Graph, given: Sequence[Transaction]) -> list[Landing]:
    """Land all of `given` in one unit and return one Landing for each, in order.

    The first of several with one key lands; the others are known or, with other content, in conflict. One that was
    withdrawn lands again, with the value it had, if it differs in nothing but its time; the first that does so lands.
    """
    drafts = [_draft(transaction) for transaction in given]
    of: dict[str, list[Draft]] = {}
    for draft in drafts:
        of.setdefault(draft.transaction.key, []).append(draft)

    async def work(unit: Unit) -> tuple[dict[str, Landing], dict[str, Draft]]:
        rows = await unit.run("lock_transactions", keys=sorted(of))
        there = {row[0]: _There(*row) for row in rows[0]["known"]}
        new = {key: same[0] for key, same in of.items() if key not in there}
        again = {key: draft for key in of if key in there and (draft := _landing_again(of[key], there[key]))}
        known = {key: _known(one) for key, one in there.items()}
        return known | await _write(unit, list(new.values()), list(again.values()), there), new | again

    landings, landing = await graph.unit(work)
    return [_judge(draft, landings[(key := draft.transaction.key)], draft is landing.get(key)) for draft in drafts]


async def rehearse_landing(graph: Graph, given: Transaction) -> Landing:
    """What would become of a transaction now; nothing is written. A new one is `landed`, under seq 0."""
    draft = _draft(given)
    async with graph.rehearsal() as unit:
        rows = await unit.run("lock_transactions", keys=[given.key])
    known = [_There(*row) for row in rows[0]["known"]]
    if not known:
        return Landing(given.key, "landed", 0, draft.content, draft.text_salt, draft.text_digest)
    if _landing_again([draft], known[0]):
        return Landing(given.key, "relanded", known[0].seq, draft.content, known[0].text_salt, known[0].text_digest)
    return _judge(draft, _known(known[0]), False)


async def _write(
    unit: Unit, new: Sequence[Draft], again: Sequence[Draft], there: dict[str, _There]
) -> dict[str, Landing]:
    if not new and not again:
        return {}
    done = await unit.run("land_transactions", **_parameters(new, again, there))
    refuse_rebuilding(done[0])
    if done[0]["overflows"]:
        raise InvalidInput(FieldError("value", SUM_TOO_LARGE))
    return {
        draft.transaction.key: _landed(draft, seq, there.get(draft.transaction.key), done[0]["at"])
        for seq, draft in enumerate([*new, *again], done[0]["first_seq"])
    }


def _parameters(new: Sequence[Draft], again: Sequence[Draft], there: dict[str, _There]) -> Row:
    sums = Sums()
    for draft in new:
        text = {"text_salt": draft.text_salt, "text_digest": draft.text_digest} if draft.text else {}
        facts = {"context": context} if (context := kept_context(draft.transaction)) else {}
        sums.add(draft.transaction, {"content": draft.content, "timeless": draft.timeless} | text | facts)
    rows = list(sums.rows)
    for draft in again:
        # A value that was not sent is no content: what lands again counts as much as what was withdrawn.
        sums.add(replace(draft.transaction, value=there[draft.transaction.key].value), {})
    if sums.largest() > MOST:
        raise InvalidInput(FieldError("value", SUM_TOO_LARGE))
    return {
        **sums.placed(rows),
        "again": [
            {"key": draft.transaction.key, "at": micros(draft.transaction.at), "content": draft.content}
            for draft in again
        ],
        "size": len(new) + len(again),
        "now": datetime.now(UTC),
    }


def _landed(draft: Draft, seq: int, before: _There | None, at: datetime) -> Landing:
    """The landing of a draft; one that lands again keeps the salt of its text."""
    key = draft.transaction.key
    if before is None:
        return Landing(key, "landed", seq, draft.content, draft.text_salt, draft.text_digest, at)
    return Landing(key, "relanded", seq, draft.content, before.text_salt, before.text_digest, at)


def _known(there: _There) -> Landing:
    # What was withdrawn and does not land again is known by nobody: anything but its own content is a conflict.
    return Landing(
        there.key,
        "conflict" if there.is_withdrawn else "known",
        there.seq,
        there.content,
        there.text_salt,
        there.text_digest,
        at_micros(there.recorded_us),
    )


def _landing_again(drafts: Sequence[Draft], there: _There) -> Draft | None:
    """The first of several drafts with one key that is what was withdrawn; None too where that still counts."""
    if not there.is_withdrawn:
        return None
    of_same_content = (draft for draft in drafts if draft.timeless == there.timeless)
    return next((draft for draft in of_same_content if _same_text(draft, there.text_salt, there.text_digest)), None)


def _judge(draft: Draft, there: Landing, is_it: bool) -> Landing:
    """Say what became of one draft, given what stands under its key after the unit and whether that `is_it`."""
    if there.status == "conflict" or is_it:
        return there
    same = there.content == draft.content and _same_text(draft, there.text_salt, there.text_digest)
    return replace(there, status="known" if same else "conflict")


def _same_text(draft: Draft, salt: str | None, digest: str | None) -> bool:
    if digest and salt is None:
        return True  # erased: only the rest of the content can still be compared
    return _digest(salt, draft.text) == digest


def _draft(transaction: Transaction) -> Draft:
    content, timeless = content_hashes(transaction)
    personal = personal_document(transaction)
    if not personal:
        return Draft(transaction, content, timeless)
    text, salt = msgspec.json.encode(personal, order="sorted"), secrets.token_hex(16)
    return Draft(transaction, content, timeless, text, salt, _digest(salt, text))


def _digest(salt: str | None, text: bytes | None) -> str | None:
    if text is None:
        return None
    return hashlib.sha256((salt or "").encode() + text).hexdigest()
