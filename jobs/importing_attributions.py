"""Importing attributions: read and checked as a whole, then recorded; repeatable at any point."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from graph.model import Attribution
from graph.taxonomy import Taxonomy
from jobs.attributing import MAX_BATCH, Committed, Ended, commit_attributions, withdraw_attributions
from jobs.attribution_files import Given, Reading, read_files
from jobs.importing import ImportReport, Tell
from jobs.ofac_listing import Listing, compare_lists
from jobs.rejected_rows import Rejected, write_rejected
from jobs.services import Services

DELISTED = "no longer on the list"


class Rules(Struct, frozen=True, kw_only=True):
    """What is done with bad rows, and with lists that leave out more than half of what they said before.

    `rejected_to` is the file that tells the bad rows (FILE.rejected if None), `source_name` what the audit log calls
    the import (the file's name if None).
    """

    all_or_nothing: bool = False
    accept_delisting: bool = False
    rejected_to: Path | None = None
    source_name: str | None = None


class Plan(Struct):
    """What an import would change: attributions to record, ids to withdraw; and the rows not taken, with remarks.

    `review` counts those to record by category that is not in the table.
    """

    record: list[Attribution]
    withdraw: list[str]
    rejected: list[Rejected]
    remarks: list[Rejected]
    skipped: list[str]
    review: dict[str, int]

    def is_kept(self, rules: Rules) -> bool:
        """Whether anything of it is recorded: not where one bad row keeps all out."""
        return not (rules.all_or_nothing and self.rejected)


class AttributionReport(ImportReport, kw_only=True):
    """What became of an import. `size` and `position` are rows; `kept` is False where a bad row kept all out.

    `watermark` is the graph's after it, `job` the one that re-screens what follows from it; None if nothing changed.
    """

    plan: Plan
    kept: bool = True
    withdrawn: int = 0
    watermark: int | None = None
    job: str | None = None


async def plan_import(services: Services, path: Path, reading: Reading, rules: Rules) -> Plan:
    """Read a file or a folder and tell what importing it would change; writes nothing.

    Raises FileRefused, or InvalidInput naming `accept_delisting` when a list leaves out too much to be trusted.
    """
    given = await asyncio.to_thread(read_files, path, reading)
    listing = await compare_lists(
        services.graph, services.taxonomy, given.lists, accept_delisting=rules.accept_delisting
    )
    return _plan(given, listing, services.taxonomy)


async def import_attributions(
    services: Services,
    path: Path,
    *,
    actor: str,
    tell: Tell,
    reading: Reading | None = None,
    rules: Rules | None = None,
) -> AttributionReport:
    """Record every attribution of a file or of a folder, and withdraw what a newer list leaves out.

    Bad rows are written, with the reason, to FILE.rejected. A repetition changes nothing. Raises as `plan_import`.
    """
    rules, started = rules or Rules(), time.perf_counter()
    plan = await plan_import(services, path, reading or Reading(), rules)
    write_rejected(rules.rejected_to, path, plan.rejected)
    kept = plan.is_kept(rules)
    report = AttributionReport(plan=plan, size=len(plan.record), rejected=len(plan.rejected), kept=kept)
    if kept:
        await _Recording(services, actor, rules.source_name or path.name, report, tell).run(started)
    report.seconds = time.perf_counter() - started
    return report


class _Recording(Struct):
    """A plan being carried out."""

    services: Services
    actor: str
    source_name: str
    report: AttributionReport
    tell: Tell

    async def run(self, started: float) -> None:
        """Record first: nobody is off a list for a moment because its entry changed."""
        given, report = self.report.plan.record, self.report
        for first in range(0, len(given), MAX_BATCH):
            batch = given[first : first + MAX_BATCH]
            done = await commit_attributions(self.services, batch, actor=self.actor, source_name=self.source_name)
            report.landed += done.recorded
            report.known += done.known
            self._note(done)
            report.position, report.seconds = first + len(batch), time.perf_counter() - started
            self.tell(report)
        await self._withdraw(report.plan.withdraw)

    async def _withdraw(self, ids: Sequence[str]) -> None:
        if ids:
            ended = await withdraw_attributions(
                self.services, ids, reason=DELISTED, actor=self.actor, source_name=self.source_name
            )
            self.report.withdrawn = ended.withdrawn
            self._note(ended)

    def _note(self, done: Committed | Ended) -> None:
        self.report.job = done.job or self.report.job
        if self.report.landed or self.report.withdrawn:
            self.report.watermark = done.seq


def _plan(given: Given, listing: Listing, taxonomy: Taxonomy) -> Plan:
    record = [*given.rows, *listing.record]
    return Plan(
        record=record,
        withdraw=listing.withdraw,
        rejected=given.rejected,
        remarks=[Rejected(found.path.name, line, text) for found, line, text in listing.remarks],
        skipped=given.skipped,
        review=_unknown_categories(record, taxonomy),
    )


def _unknown_categories(record: Sequence[Attribution], taxonomy: Taxonomy) -> dict[str, int]:
    """How many rows there are of each category that is not in the table, most first."""
    return dict(Counter(a.category for a in record if a.category not in taxonomy.categories).most_common())
