"""Importing transactions: rows made canonical while the batch before them lands; bad rows kept aside; repeatable."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct

from graph.bodies import TransactionInput
from graph.canonical import canonical_transaction
from graph.errors import InvalidInput
from graph.ingest import land_transactions
from graph.model import Transaction
from jobs.changes import record_changes
from jobs.csv_files import CsvRows, open_transactions
from jobs.recording_decisions import record_landed
from jobs.rejected_rows import RejectedRows
from jobs.screening import relanded, screen_transactions
from jobs.services import Services
from ledger import audit, changes, landed

LAND_ROWS = 5_000
SCREEN_ROWS = 500

R = TypeVar("R")
T = TypeVar("T")
Item: TypeAlias = tuple[int, T]


class ImportReport(Struct):
    """How far an import is: bytes read of the file, and what became of its rows."""

    size: int = 0
    position: int = 0
    landed: int = 0
    known: int = 0
    rejected: int = 0
    seconds: float = 0.0


Tell: TypeAlias = Callable[[ImportReport], None]
Land: TypeAlias = Callable[[Sequence[Item[T]], ImportReport, RejectedRows], Awaitable[None]]


async def import_transactions(
    services: Services,
    path: Path,
    *,
    network: str,
    asset: str,
    mapping: Mapping[str, str] | None,
    screening: bool,
    actor: str,
    tell: Tell,
) -> ImportReport:
    """Land every row of a file and, if `screening`, decide it; FILE.rejected names the rows not taken and why.

    Without screening the rows are history: landed as waived, without a decision. Raises CsvFileError when the file
    cannot be read; may be interrupted and repeated at any time.
    """
    settings = services.settings
    now = datetime.now(UTC)

    def make(given: TransactionInput) -> Transaction:
        return canonical_transaction(
            given,
            reference_currency=settings.reference_currency,
            now=now,
            max_future_s=settings.api.max_future_s,
        )

    async def screen(batch: Sequence[Item[Transaction]], report: ImportReport, rejected: RejectedRows) -> None:
        outcomes = await screen_transactions(services, [row for _, row in batch], actor=actor, trace_id=path.name)
        for (line, _), outcome in zip(batch, outcomes, strict=True):
            if outcome.error is not None:
                rejected.reject(line, str(outcome.error))
            report.landed += outcome.created
            report.known += not outcome.created and outcome.error is None

    async def waive(batch: Sequence[Item[Transaction]], report: ImportReport, rejected: RejectedRows) -> None:
        await _waive(services, batch, report, rejected, actor)

    with open_transactions(path, network=network, asset=asset, mapping=mapping) as rows:
        reader = _Reader(rows, make, SCREEN_ROWS if screening else LAND_ROWS)
        return await _run(reader, screen if screening else waive, path, tell)


class _Reader(Generic[R, T]):
    """Rows of a file made canonical, a batch at a time."""

    def __init__(self, rows: CsvRows[R], make: Callable[[R], T], size: int) -> None:
        self.rows, self._make, self._size = rows, make, size
        self._lines = iter(rows)

    def batch(self) -> tuple[list[Item[T]], list[Item[InvalidInput]]]:
        """The next rows and the bad ones among them; both empty at the end of the file."""
        good: list[Item[T]] = []
        bad: list[Item[InvalidInput]] = []
        for line, row in islice(self._lines, self._size):
            try:
                if isinstance(row, InvalidInput):
                    raise row
                good.append((line, self._make(row)))
            except InvalidInput as error:
                bad.append((line, error))
        return good, bad


async def _run(reader: _Reader[R, T], land: Land[T], path: Path, tell: Tell) -> ImportReport:
    """Land batch after batch, reading the next one meanwhile."""
    started = time.perf_counter()
    report = ImportReport(size=reader.rows.size)
    with RejectedRows(path) as rejected:
        upcoming = asyncio.create_task(asyncio.to_thread(reader.batch))
        while True:
            good, bad = await upcoming
            if not good and not bad:
                break
            report.position = reader.rows.position
            upcoming = asyncio.create_task(asyncio.to_thread(reader.batch))
            for line, error in bad:
                rejected.reject(line, str(error))
            if good:
                await land(good, report, rejected)
            report.rejected, report.seconds = rejected.count, time.perf_counter() - started
            tell(report)
    report.seconds = time.perf_counter() - started
    return report


async def _waive(
    services: Services, batch: Sequence[Item[Transaction]], report: ImportReport, rejected: RejectedRows, actor: str
) -> None:
    """Land history: bodies in the ledger and one audit event for the batch, no decisions."""
    landings = await land_transactions(services.graph, [row for _, row in batch])
    kept = []
    for (line, transaction), landing in zip(batch, landings, strict=True):
        if landing.status == "conflict":
            rejected.reject(line, f"transaction {landing.key} is already landed with other content")
        else:
            kept.append((transaction, landing))
    report.landed += sum(landing.status in ("landed", "relanded") for landing in landings)
    report.known += sum(landing.status == "known" for landing in landings)
    async with services.ledger.transaction(timeout_s=60) as connection:
        # What an interrupted import landed but did not record is found and recorded here.
        known = {landing.key: landing.seq for _, landing in kept if landing.status != "landed"}
        lost = await landed.missing_keys(connection, list(known)) if known else set[str]()
        behind = await changes.behind(connection, known) if known else set[str]()
        missing = [row for row in kept if row[1].status == "landed" or row[1].key in lost]
        new = await record_landed(connection, missing, waived=True)
        if new:
            digest = hashlib.sha256("\n".join(sorted(new)).encode()).hexdigest()
            body = {"transactions": len(new), "keys_sha256": digest, "watermark": max(row[1].seq for row in missing)}
            await audit.append(connection, audit.EventDraft(actor, "transactions.waived", min(new), body))
    if behind:
        await record_changes(services, sorted(behind), actor=actor, own=relanded(landings))
