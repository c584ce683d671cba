"""Comparing landed transactions, and what became of them, between ledger, graph and audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from graph.transactions import History, histories_of
from jobs.services import Services
from ledger.canonical import canonical_json
from ledger.changes import ChangeDigest, TransactionChange, change_hash, list_change_digests
from ledger.landed import Landed
from ledger.reconciling import undecided_keys


async def compare_landed(services: Services, page: Sequence[Landed]) -> list[str]:
    """Return in words what does not hold of these transactions."""
    keys = [row.transaction for row in page]
    changes = await _changes(services, keys)
    histories = await histories_of(services.graph, keys)
    # The graph is changed first: what it has and the ledger lacked a moment ago may have been recorded meanwhile.
    late = [row.transaction for row in page if _unrecorded(row, histories.get(row.transaction), changes)]
    changes |= await _changes(services, late) if late else {}
    async with services.ledger.read(timeout_s=60) as connection:
        undecided = await undecided_keys(connection, keys)
    findings = [f"landed transaction {key}: its decision is gone" for key in undecided]
    for row in page:
        history, own = histories.get(row.transaction), changes.get(row.transaction, [])
        if history is None:
            findings.append(f"landed transaction {row.transaction} is not in the graph")
            continue
        findings += [f"landed transaction {row.transaction}: {text}" for text in _of_landing(row, history)]
        for digest in own:
            findings += [f"transaction change {digest.change.seq}: {text}" for text in _of_change(digest, history)]
        findings += [
            f"transaction {row.transaction}: change {seq} of the graph is not in the ledger; post it again, or"
            " withdraw it again, to record what a crash left open"
            for seq in _unrecorded(row, history, changes)
        ]
    return findings


async def _changes(services: Services, keys: Sequence[str]) -> dict[str, list[ChangeDigest]]:
    async with services.ledger.read(timeout_s=60) as connection:
        found: dict[str, list[ChangeDigest]] = {}
        for digest in await list_change_digests(connection, keys):
            found.setdefault(digest.change.transaction, []).append(digest)
        return found


def _unrecorded(row: Landed, history: History | None, changes: dict[str, list[ChangeDigest]]) -> list[int]:
    """Seqs of the graph that the ledger has no record of."""
    if history is None:
        return []
    recorded = {row.seq} | {digest.change.seq for digest in changes.get(row.transaction, [])}
    numbers = [number for span in history.spans for number in (span.seq, span.withdrawn_seq)]
    return [number for number in numbers if number is not None and number not in recorded]


def _of_landing(row: Landed, history: History) -> list[str]:
    found = []
    if (row.seq, row.content) not in {(span.seq, span.content) for span in history.spans}:
        found.append(f"the graph has no landing {row.seq} with its content")
    if _content_digest(row.body) != row.content:
        found.append("its body is not what its digest says")
    return found


def _of_change(digest: ChangeDigest, history: History) -> list[str]:
    change, found = digest.change, []
    if not _is_in(change, history):
        found.append(f"the graph does not have {change.transaction} as {change.kind} then")
    if change.body is not None and _content_digest(change.body) != change.content:
        found.append("its body is not what its digest says")
    if digest.audited != change_hash(change):
        found.append("it is not what its audit event recorded, or there is none")
    return found


def _is_in(change: TransactionChange, history: History) -> bool:
    if change.kind == "withdrawn":
        return any(span.withdrawn_seq == change.seq for span in history.spans)
    return any((span.seq, span.content) == (change.seq, change.content) for span in history.spans)


def _content_digest(body: str) -> str | None:
    """The digest of the content within a body; None where the body is not one."""
    try:
        content = msgspec.json.decode(body)["content"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return None
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
