"""Verifying what the ledger says: the audit chain, and each decision against its event and its transaction."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from jobs.services import Services
from ledger import audit, decisions
from ledger.decisions import DecisionDigest
from risk.decision import input_hash

PAGE = 2_000


class Report(Struct):
    """What was compared, and in words what does not hold."""

    events: int
    head_seq: int
    head_hash: str
    decisions: int
    findings: list[str]


async def verify_ledger(services: Services, say: Callable[[str], None]) -> Report:
    """Walk the chain, then compare decisions page by page; nothing is changed."""
    say("walking the audit chain")
    async with services.ledger.read(timeout_s=3600) as connection:
        chain = await audit.verify(connection)
    findings = [] if chain.bad_seq is None else [f"audit event {chain.bad_seq}: {chain.reason}"]
    compared, after = 0, ""
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await decisions.list_digests(connection, after=after, limit=PAGE)
        if not page:
            return Report(chain.checked, chain.head_seq, chain.head_hash, compared, findings)
        findings += await _compare(services, page)
        compared, after = compared + len(page), page[-1].transaction
        say(f"{compared:,} decisions compared")


async def _compare(services: Services, page: list[DecisionDigest]) -> list[str]:
    rows = await services.graph.read("content_of", keys=[decision.transaction for decision in page])
    there = {row["key"]: input_hash(row["key"], row["content"], row["text_digest"]) for row in rows}
    findings = []
    for decision in page:
        if decision.transaction not in there:
            findings.append(f"decision {decision.id}: transaction {decision.transaction} is not in the graph")
        elif there[decision.transaction] != decision.input_hash:
            findings.append(
                f"decision {decision.id}: transaction {decision.transaction} has other content in the graph"
            )
        if (decision.audited_input, decision.audited_decision) != (decision.input_hash, decision.decision_hash):
            findings.append(f"decision {decision.id}: it is not what its audit event recorded, or there is none")
    return findings
