"""Verifying what the ledger says: the audit chain, decisions, landings, attributions and what became of them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from graph.transactions import histories_of
from jobs.services import Services
from jobs.verifying_attributions import compare_attributions
from jobs.verifying_landed import compare_landed
from ledger import audit, decisions, landed, read_log
from ledger.decisions import DecisionDigest
from risk.decision import input_hash

PAGE = 2_000


class Report(Struct):
    """What was compared, and in words what does not hold."""

    events: int
    head_seq: int
    head_hash: str
    reads: int
    decisions: int
    landed: int
    attributions: int
    findings: list[str]


async def verify_ledger(services: Services, say: Callable[[str], None]) -> Report:
    """Walk both chains, then compare decisions, landings and attributions page by page; nothing is changed."""
    say("walking the chains of the audit log and of the reads")
    async with services.ledger.read(timeout_s=3600) as connection:
        chain = await audit.verify(connection)
        reads = await read_log.verify(connection)
    report = Report(chain.checked, chain.head_seq, chain.head_hash, reads.checked, 0, 0, 0, [])
    if chain.bad_seq is not None:
        report.findings.append(f"audit event {chain.bad_seq}: {chain.reason}")
    if reads.bad_seq is not None:
        report.findings.append(f"logged read {reads.bad_seq}: {reads.reason}")
    await _decisions(services, report, say)
    await _landed(services, report, say)
    say("comparing attributions")
    report.attributions, found = await compare_attributions(services)
    report.findings += found
    return report


async def _decisions(services: Services, report: Report, say: Callable[[str], None]) -> None:
    after = ""
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await decisions.list_digests(connection, after=after, limit=PAGE)
        if not page:
            return
        report.findings += await _compare(services, page)
        report.decisions, after = report.decisions + len(page), page[-1].transaction
        say(f"{report.decisions:,} decisions compared")


async def _landed(services: Services, report: Report, say: Callable[[str], None]) -> None:
    after = ""
    while True:
        async with services.ledger.read(timeout_s=60) as connection:
            page = await landed.page_of_landed(connection, after=after, limit=PAGE)
        if not page:
            return
        report.findings += await compare_landed(services, page)
        report.landed, after = report.landed + len(page), page[-1].transaction
        say(f"{report.landed:,} landed transactions compared")


async def _compare(services: Services, page: list[DecisionDigest]) -> list[str]:
    """A decision was made upon one landing of its transaction, not always the latest."""
    histories = await histories_of(services.graph, [decision.transaction for decision in page])
    findings = []
    for decision in page:
        history = histories.get(decision.transaction)
        if history is None:
            findings.append(f"decision {decision.id}: transaction {decision.transaction} is not in the graph")
        elif decision.input_hash not in {
            input_hash(history.key, span.content, history.text_digest) for span in history.spans
        }:
            findings.append(
                f"decision {decision.id}: transaction {decision.transaction} has other content in the graph"
            )
        if (decision.audited_input, decision.audited_decision) != (decision.input_hash, decision.decision_hash):
            findings.append(f"decision {decision.id}: it is not what its audit event recorded, or there is none")
        if decision.facts_hash != decision.audited_facts:
            findings.append(
                f"decision {decision.id}: the facts it rests on are not those that its audit event recorded"
            )
    return findings
