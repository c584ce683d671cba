"""Drafting a filing: the report of a case as goAML, checked by the user's XSD, with an event that holds its digest."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from msgspec import Struct

from jobs.case_report import CaseReport
from jobs.goaml import GoamlHeader, goaml_document, missing_fields
from jobs.reporting import draw_up_report
from jobs.services import Services
from jobs.xsd import Violation, read_schema, violations_of
from ledger import audit
from ledger.audit import EventDraft


class Filing(Struct, frozen=True, kw_only=True):
    """A draft: `valid` is None without an XSD. `missing` is what a filing needs and nobody gave; `sha256` is in hex."""

    document: bytes
    sha256: str
    valid: bool | None
    violations: tuple[Violation, ...]
    missing: tuple[str, ...]


async def draft_filing(services: Services, case: str, header: GoamlHeader, *, xsd: Path | None, actor: str) -> Filing:
    """Return the report of a case as goAML; raises NotFound, and SchemaRefused for an XSD that cannot be used.

    A draft that the XSD refuses is returned too: it says what is wrong with it.
    """
    report = await draw_up_report(services, case)
    filing = await asyncio.to_thread(_checked, report, header, xsd)
    body = {"format": "goaml", "sha256": filing.sha256, "valid": filing.valid}
    async with services.ledger.transaction() as connection:
        await audit.append(connection, EventDraft(actor, "case.report_drafted", case, body))
    return filing


def _checked(report: CaseReport, header: GoamlHeader, xsd: Path | None) -> Filing:
    document = goaml_document(report, header)
    violations = violations_of(document, read_schema(xsd)) if xsd else ()
    return Filing(
        document=document,
        sha256=hashlib.sha256(document).hexdigest(),
        valid=None if xsd is None else not violations,
        violations=violations,
        missing=missing_fields(header),
    )
