"""Verifying what the ledger says: the audit chain, decisions, landings, attributions and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct

from graph.transactions import histories_of
from jobs.services import Services
from jobs.trusted_checkpoints import Kept
from jobs.verifying_attributions import compare_attributions
from jobs.verifying_graph import unrecorded_transactions
from jobs.verifying_landed import compare_landed
from jobs.verifying_log import verify_log
from jobs.verifying_models import compare_models
from jobs.verifying_texts import compare_texts
from ledger import decisions, landed
from ledger.decisions import DecisionDigest
from ledger.session import Ledger
from ledger.signing import PublicKey
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
    checkpoints: int = 0
    covered: int = 0
    erased: int = 0
    models: int = 0


async def verify_ledger(
    services: Services, say: Callable[[str], None], given: Sequence[Kept] = (), keys: Collection[PublicKey] = ()
) -> Report:
    """Walk both chains, holding the log against checkpoints; then compare the rest page by page; nothing is changed.

    The checkpoints are those `given`, which one of `keys` must vouch for, and those in the ledger.
    """
    report = await verify_logs(services.ledger, say, given, keys)
    await _decisions(services, report, say)
    await _landed(services, report, say)
    report.findings += await unrecorded_transactions(services)
    say("comparing attributions")
    report.attributions, found = await compare_attributions(services)
    report.findings += found
    say("comparing models with their files")
    report.models, found = await compare_models(services)
    report.findings += found
    return report


async def verify_logs(
    ledger: Ledger, say: Callable[[str], None], given: Sequence[Kept] = (), keys: Collection[PublicKey] = ()
) -> Report:
    """Do the first part alone, for which a role that may read four tables of the ledger is enough."""
    say("walking the chains of the audit log and of the reads")
    async with ledger.read(timeout_s=3600) as connection:
        log = await verify_log(connection, given, keys, lambda count: say(f"{count:,} audit events walked"))
    report = Report(log.events.checked, log.events.head_seq, log.events.head_hash, log.reads.checked, 0, 0, 0, [])
    report.findings += log.findings
    report.checkpoints, report.covered = log.checkpoints, log.covered
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
        erased, found = await compare_texts(services, page)
        report.findings, report.erased = report.findings + found, report.erased + erased
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
