"""Importing transactions: rows made canonical while the batch before them lands; bad rows kept aside; repeatable."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct

from graph.bodies import TransactionInput
from graph.canonical import canonical_transaction
from graph.errors import HeadwaterError, InvalidInput, TransactionConflict, Unavailable
from graph.ingest import Landing, land_transactions
from graph.model import Transaction
from jobs.changes import record_changes
from jobs.csv_files import CsvRows, open_transactions
from jobs.recording_decisions import record_landed
from jobs.rejected_rows import RejectedRows
from jobs.screening import Screened
from jobs.screening_steps import Posted, relanded
from jobs.screening_stream import screen_chunks
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
# What became of a row: whether it is new, or why it is not taken.
Outcome: TypeAlias = bool | HeadwaterError
# Takes batches, and yields for each what became of its rows.
Settle: TypeAlias = Callable[[AsyncIterator[Sequence[T]]], AsyncGenerator[list[Outcome], None]]


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

    settle = partial(_screen, services, actor, path.name) if screening else partial(_waive, services, actor)
    with open_transactions(path, network=network, asset=asset, mapping=mapping) as rows:
        return await _run(_Reader(rows, make, SCREEN_ROWS if screening else LAND_ROWS), settle, path, tell)


class _Batch(Struct, Generic[T]):
    """Rows made canonical with their lines, the bad ones among them, and the place in the file after them."""

    good: list[Item[T]]
    bad: list[Item[InvalidInput]]
    position: int


class _Reader(Generic[R, T]):
    """Rows of a file made canonical, a batch at a time."""

    def __init__(self, rows: CsvRows[R], make: Callable[[R], T], size: int) -> None:
        self.rows, self._make, self._size = rows, make, size
        self._lines = iter(rows)

    async def batches(self) -> AsyncGenerator[_Batch[T], None]:
        """Yield batch after batch, making the next one ready meanwhile."""
        upcoming = asyncio.create_task(asyncio.to_thread(self._batch))
        while (batch := await upcoming).good or batch.bad:
            upcoming = asyncio.create_task(asyncio.to_thread(self._batch))
            yield batch

    def _batch(self) -> _Batch[T]:
        """The next rows; none at the end of the file."""
        batch = _Batch[T]([], [], 0)
        for line, row in islice(self._lines, self._size):
            try:
                if isinstance(row, InvalidInput):
                    raise row
                batch.good.append((line, self._make(row)))
            except InvalidInput as error:
                batch.bad.append((line, error))
        batch.position = self.rows.position
        return batch


async def _run(reader: _Reader[R, T], settle: Settle[T], path: Path, tell: Tell) -> ImportReport:
    """Settle batch after batch, and keep the rows that are not taken."""
    started = time.perf_counter()
    report = ImportReport(size=reader.rows.size)
    waiting: deque[_Batch[T]] = deque()

    async def taken() -> AsyncGenerator[Sequence[T], None]:
        async for batch in reader.batches():
            waiting.append(batch)
            yield [row for _, row in batch.good]

    with RejectedRows(path) as rejected:
        async with aclosing(settle(taken())) as settled:
            async for outcomes in settled:
                _count(report, rejected, waiting.popleft(), outcomes)
                report.seconds = time.perf_counter() - started
                tell(report)
    report.seconds = time.perf_counter() - started
    return report


def _count(report: ImportReport, rejected: RejectedRows, batch: _Batch[T], outcomes: Sequence[Outcome]) -> None:
    for line, bad in batch.bad:
        rejected.reject(line, str(bad))
    for (line, _), outcome in zip(batch.good, outcomes, strict=True):
        if isinstance(outcome, HeadwaterError):
            rejected.reject(line, str(outcome))
        else:
            report.landed += outcome
            report.known += not outcome
    report.position, report.rejected = batch.position, rejected.count


async def _screen(
    services: Services, actor: str, name: str, taken: AsyncIterator[Sequence[Transaction]]
) -> AsyncGenerator[list[Outcome], None]:
    """Decide every row; raises what is not the fault of a row."""
    chunks = ([Posted(row, actor, name) for row in rows] async for rows in taken)
    async with aclosing(screen_chunks(services, chunks)) as screened:
        async for outcomes in screened:
            yield [_outcome(one) for one in outcomes]


def _outcome(one: Screened | Exception) -> Outcome:
    if isinstance(one, Screened):
        return one.error or one.created
    if isinstance(one, HeadwaterError) and not isinstance(one, Unavailable):
        return one
    raise one


async def _waive(
    services: Services, actor: str, taken: AsyncIterator[Sequence[Transaction]]
) -> AsyncGenerator[list[Outcome], None]:
    """Land rows as history, without deciding upon them."""
    async for rows in taken:
        landings = await land_transactions(services.graph, rows) if rows else []
        if rows:
            await _record_waived(services, rows, landings, actor)
        yield [TransactionConflict(one.key) if one.status == "conflict" else one.status != "known" for one in landings]


async def _record_waived(
    services: Services, rows: Sequence[Transaction], landings: Sequence[Landing], actor: str
) -> None:
    """Keep the bodies in the ledger, with one audit event for the batch."""
    kept = [(row, landing) for row, landing in zip(rows, landings, strict=True) if landing.status != "conflict"]
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
