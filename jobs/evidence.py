"""Evidence: one zip per alert or case, that says why and can be checked without us. Each export is an audit event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from evidence.case_page import case_page
from evidence.dossier import AlertTold, NoteTold
from evidence.packing import derived, encoded, folders, listed, pack, readme
from evidence.pdf import report_pdf
from evidence.shapes import FORMAT, Manifest, Models, Money
from graph.catalog import load_catalog
from graph.errors import FieldError, InvalidInput
from graph.model import Alert, Cause
from jobs.case_report import CaseReport
from jobs.evidence_audit import Log, gather_log
from jobs.evidence_graph import MOST_OF_WALLET, gather_money
from jobs.evidence_recorded import OfDecision, OfScore, of_decision, of_score
from jobs.narrative import narrate
from jobs.reporting import draw_up_report
from jobs.services import Services
from ledger import alerts, audit, notes
from ledger.case_contents import read_case_alerts
from ledger.session import Connection

MOST_NOTES, MOST_ALERTS = 1_000, 50


class Bundle(Struct, frozen=True):
    """A finished bundle: the zip, what it should be called, and the SHA-256 of its manifest."""

    name: str
    content: bytes
    manifest_sha256: str


async def export_alert(services: Services, alert: str, *, actor: str) -> Bundle:
    """Return the evidence of an alert and record that it was exported.

    Raises NotFound, NotReplayable where what it rested on was not kept, NotAsSigned where the log was changed.
    """
    async with services.ledger.read(timeout_s=30) as connection:
        found = await alerts.get_alert(connection, alert)
        log = await gather_log(connection, _subjects(found))
    return await _bundle(services, alert, [found], log, actor=actor, report=None)


async def export_case(services: Services, case: str, *, actor: str) -> Bundle:
    """Return the evidence of a case, of each of its alerts and of itself, and record that it was exported.

    Raises as `export_alert`, and InvalidInput for a case of more than 50 alerts.
    """
    report = await draw_up_report(services, case)
    async with services.ledger.read(timeout_s=30) as connection:
        found = await read_case_alerts(connection, case)
        if len(found) > MOST_ALERTS:
            raise InvalidInput(FieldError("case", f"has {len(found)} alerts; a bundle takes {MOST_ALERTS}"))
        log = await gather_log(connection, [case, *(subject for alert in found for subject in _subjects(alert))])
    return await _bundle(services, case, found, log, actor=actor, report=report)


def _subjects(alert: Alert) -> list[str]:
    return [one for one in (alert.id, alert.transaction, alert.decision) if one]


async def _bundle(
    services: Services, subject: str, found: Sequence[Alert], log: Log, *, actor: str, report: CaseReport | None
) -> Bundle:
    files, monies = dict(log.files), list[Money]()
    for alert, folder in zip(found, folders([one.id for one in found], subject), strict=True):
        told, money = await _dossier(services, alert)
        monies.append(money)
        files |= {f"{folder}{name}": content for name, content in told.items()}
    if report is not None:
        files |= await _of_case(services, subject, report)
    manifest = Manifest(
        format=FORMAT,
        subject=subject,
        alerts=tuple(alert.id for alert in found),
        created_at=datetime.now(UTC),
        created_by=actor,
        watermark=max((side.watermark for money in monies for side in money.sides), default=0),
        head=log.head,
        checkpoint=log.checkpoint,
        key=log.key,
        complete=not log.left_out and not any(side.cut for money in monies for side in money.sides),
        left_out=(*log.left_out, *(line for money in monies for line in _left_out(money))),
        files={},
    )
    # Setting a report takes longer than any other part; the loop has other callers.
    content, digest = await asyncio.to_thread(_finished, files, manifest)
    async with services.ledger.transaction() as connection:
        body = {"manifest": digest, "files": len(files), "complete": manifest.complete}
        action = "case.exported" if report is not None else "alert.exported"
        await audit.append(connection, audit.EventDraft(actor, action, subject, body))
    return Bundle(f"headwater-{subject}.zip", content, digest)


def _finished(files: dict[str, bytes], manifest: Manifest) -> tuple[bytes, str]:
    files = files | readme()
    for folder in folders(manifest.alerts, manifest.subject):
        made = derived(files, folder)
        files |= made | {f"{folder}report.pdf": report_pdf(made[f"{folder}report.html"].decode())}
    if "case.html" in files:
        files["case.pdf"] = report_pdf(files["case.html"].decode())
    full = replace(manifest, files=listed(files))
    return pack(files, full), sha256(encoded(full)).hexdigest()


def _left_out(money: Money) -> list[str]:
    return [
        f"money beyond {cut.wallet} on the {side.direction} side: "
        + ("it took part in a pool, which has no pairs" if cut.reason == "pool" else "too many transactions")
        for side in money.sides
        for cut in side.cut
    ]


async def _dossier(services: Services, alert: Alert) -> tuple[dict[str, bytes], Money]:
    async with services.ledger.read(timeout_s=30) as connection:
        recorded: OfDecision | OfScore
        if alert.transaction:
            recorded = await of_decision(connection, alert.transaction)
        else:
            recorded = await of_score(connection, alert, services.taxonomy)
        told = await _told(connection, alert, recorded.change.causes if isinstance(recorded, OfScore) else ())
    money = await gather_money(services, recorded.asked(), alert.transaction)
    files = {
        "alert.json": encoded(told),
        "graph.json": encoded(money),
        "exposure.json": encoded(recorded.expected()),
        "categories.json": encoded(list(services.taxonomy.categories.values())),
        **_queries(money),
    }
    if isinstance(recorded, OfDecision):
        files |= {
            "decision.json": recorded.decision_body.encode(),
            "facts.json": recorded.facts_body.encode(),
            "payment.json": encoded(recorded.paid),
            "policy.json": encoded(recorded.policy),
            "rules.json": encoded(recorded.rules),
            "models.json": encoded(Models(recorded.facts.model_versions, recorded.facts.models)),
        }
    return files, money


async def _told(connection: Connection, alert: Alert, causes: tuple[Cause, ...]) -> AlertTold:
    written, _ = await notes.list_notes(connection, alert.id, limit=MOST_NOTES)
    return AlertTold(alert=alert, causes=causes, notes=tuple(NoteTold(one.author, one.at, one.text) for one in written))


def _queries(money: Money) -> dict[str, bytes]:
    """The Cypher that gathers the flows, and its parameters for the first level; the next ask for what was reached."""
    catalog = load_catalog()
    names = [f"evidence_{side.direction}" for side in money.sides]
    asked = {
        name: {
            "keys": [start.wallet for start in side.starts],
            "excluded": money.excluded or "",
            "as_of": side.as_of,
            "watermark": side.watermark,
            "each": MOST_OF_WALLET + 1,
        }
        for name, side in zip(names, money.sides, strict=True)
    }
    files = {f"queries/{name}.cypher": catalog[name].text.encode() for name in {*names, "evidence_transactions"}}
    return files | {"queries/parameters.json": encoded(asked)}


async def _of_case(services: Services, case: str, report: CaseReport) -> dict[str, bytes]:
    async with services.ledger.read() as connection:
        written, _ = await notes.list_notes(connection, case, limit=MOST_NOTES)
    told = tuple(NoteTold(one.author, one.at, one.text) for one in written)
    return {
        "case.json": encoded(report),
        "case-notes.json": encoded(told),
        "case.txt": narrate(report).encode(),
        "case.html": case_page(report.title, narrate(report), told).encode(),
    }
