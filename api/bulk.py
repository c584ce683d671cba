"""Many transactions in one request: NDJSON in, one result line per row out, in order."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import msgspec
from litestar import Request, post
from litestar.response import Stream
from msgspec import Struct

from api.envelope import Identity, identity_of
from api.errors import TooLarge
from api.lifespan import GivenCaller, GivenServices
from api.problems import Problem, log_error, problem_of
from api.transactions import read_transaction
from graph.errors import HeadwaterError, Unavailable
from graph.model import Decision, Transaction
from graph.together import both
from jobs.screening import Posted, Prepared, Screened, prepare, record_prepared, screen_posted
from jobs.services import Services

MEDIA_TYPE = "application/x-ndjson"
CHUNK_ROWS = 500
IN_MEMORY_BYTES = 4 * 1024 * 1024

Outcome = Screened | Exception


class BulkResult(Struct, frozen=True, kw_only=True):
    """What became of one line, counted from 1: as the same row posted alone would be answered."""

    line: int
    status: int
    transaction: str | None = None
    seq: int | None = None
    decision: Decision | None = None
    problem: Problem | None = None


class Row(Struct, frozen=True):
    """One line that is not blank, read as far as it could be."""

    line: int
    given: Transaction | HeadwaterError


class Sender(Struct, frozen=True):
    """On whose behalf, and in which request, rows are screened."""

    services: Services
    actor: str
    identity: Identity


Answered = tuple[Sequence[Row], Sequence[Outcome]]
# What was landed and decided; the outcomes of transactions where that failed.
Ready = Prepared | list[Outcome]


@post(
    "/transactions/bulk",
    operation_id="create_transactions",
    summary="Land many transactions, one JSON object per line",
    status_code=200,
    media_type=MEDIA_TYPE,
)
async def create_transactions(request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller) -> Stream:
    """Handle each line like `POST /transactions`; blank lines are skipped, a bad line never stops the others.

    Nothing is landed before the whole body has arrived. Lines are landed in chunks of 500; if a server goes
    away midway, the lines that were not landed say 503: send these again. Safe to send again as a whole.
    """
    sender = Sender(services, caller.id, identity_of(request.scope))
    body = await _spooled(request)
    chunks = _screened(sender, read_rows(body, services))
    # The first chunk is done before the answer begins, so that an outage at the start is a plain 503.
    first = await anext(chunks, None)
    if first and (outage := _outage(first[1])):
        body.close()
        raise outage
    return Stream(_answer(sender, body, first, chunks), status_code=200, media_type=MEDIA_TYPE)


def read_rows(body: IO[bytes], services: Services) -> Iterator[Row]:
    """Yield every line that is not blank, with its transaction or what is wrong with it."""
    limit, number = services.settings.api.max_body_bytes, 0
    while line := body.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            while (rest := body.readline(limit)) and not rest.endswith(b"\n"):
                pass
            yield Row(number, TooLarge(f"line {number} is longer than {limit} bytes"))
        elif line.strip():
            yield Row(number, _read(line, services))


def _read(line: bytes, services: Services) -> Transaction | HeadwaterError:
    try:
        return read_transaction(line, services)
    except HeadwaterError as error:
        return error


async def _spooled(request: Request[Any, Any, Any]) -> IO[bytes]:
    """Take in the whole body, on disk if large: a client that sends before it reads cannot block us both."""
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # closed by whoever answers
    try:
        async for part in request.stream():
            body.write(part)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


async def _answer(
    sender: Sender, body: IO[bytes], first: Answered | None, chunks: AsyncIterator[Answered]
) -> AsyncIterator[bytes]:
    """Yield result lines chunk by chunk."""
    with body:
        if first:
            yield _lines(sender, *first)
        async for chunk, outcomes in chunks:
            yield _lines(sender, chunk, outcomes)


async def _screened(sender: Sender, rows: Iterator[Row]) -> AsyncIterator[Answered]:
    """Screen chunk by chunk, in order: one is recorded while the next, landed after it, is traced and decided.

    After an outage the rest is not tried: each try would time out.
    """
    chunk, outage = list(islice(rows, CHUNK_ROWS)), None
    prepared = await _prepare(sender, chunk)
    while chunk:
        upcoming = list(islice(rows, CHUNK_ROWS))
        outcomes, ahead = await both(_record(sender, chunk, prepared), _prepare(sender, upcoming, _failed(prepared)))
        yield chunk, outcomes
        outage = outage or _outage(outcomes)
        chunk, prepared = upcoming, [outage] * len(_good(sender, upcoming)) if outage else ahead


async def _prepare(sender: Sender, chunk: Sequence[Row], outage: Unavailable | None = None) -> Ready:
    """Land and decide the readable rows of a chunk together; their outcomes, should that have failed."""
    good = _good(sender, chunk)
    if outage or not good:
        return [outage] * len(good) if outage else []
    try:
        return await prepare(sender.services, good)
    except Exception as error:
        return await _after(sender, good, error)


async def _record(sender: Sender, chunk: Sequence[Row], prepared: Ready) -> list[Outcome]:
    """Record what was decided of a chunk; return an outcome for each row, the unreadable ones keep their error."""
    outcomes = prepared
    if isinstance(prepared, Prepared):
        try:
            outcomes = [*await record_prepared(sender.services, prepared)]
        except Exception as error:
            outcomes = await _after(sender, prepared.posted, error)
    told = iter(outcomes if isinstance(outcomes, list) else [])
    return [next(told) if isinstance(row.given, Transaction) else row.given for row in chunk]


async def _after(sender: Sender, posted: Sequence[Posted], error: Exception) -> list[Outcome]:
    """What becomes of those that failed together: after an outage nothing, else each alone, to spare the others."""
    if isinstance(error, Unavailable) or len(posted) == 1:
        return [error] * len(posted)
    outcomes: list[Outcome] = []
    for one in posted:
        outage = _outage(outcomes)
        outcomes.append(outage or await _alone(sender, one))
    return outcomes


async def _alone(sender: Sender, posted: Posted) -> Outcome:
    try:
        (screened,) = await screen_posted(sender.services, [posted])
        return screened
    except Exception as error:
        return error


def _good(sender: Sender, chunk: Sequence[Row]) -> list[Posted]:
    trace_id = sender.identity.trace_id
    return [Posted(row.given, sender.actor, trace_id) for row in chunk if isinstance(row.given, Transaction)]


def _failed(prepared: Ready) -> Unavailable | None:
    return None if isinstance(prepared, Prepared) else _outage(prepared)


def _outage(outcomes: Sequence[Outcome]) -> Unavailable | None:
    return next((outcome for outcome in outcomes if isinstance(outcome, Unavailable)), None)


def _lines(sender: Sender, chunk: Sequence[Row], outcomes: Sequence[Outcome]) -> bytes:
    pairs = zip(chunk, outcomes, strict=True)
    return b"".join(_line(row, outcome, sender.identity.request_id) for row, outcome in pairs)


def _line(row: Row, outcome: Outcome, request_id: str) -> bytes:
    """Return the result line of a row."""
    error = outcome.error if isinstance(outcome, Screened) else outcome
    if isinstance(outcome, Screened) and error is None:
        status = 201 if outcome.created else 200
        result = BulkResult(
            line=row.line,
            status=status,
            transaction=outcome.transaction,
            seq=outcome.seq,
            decision=outcome.decision,
        )
    else:
        result = _refused(row, error or HeadwaterError("no outcome"), request_id)
    return msgspec.json.encode(result) + b"\n"


def _refused(row: Row, error: Exception, request_id: str) -> BulkResult:
    problem = problem_of(error, request_id)
    log_error(error, problem.status)
    key = row.given.key if isinstance(row.given, Transaction) else None
    return BulkResult(line=row.line, status=problem.status, transaction=key, problem=problem)
