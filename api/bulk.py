"""Many transactions in one request: NDJSON in, one result line per row out, in order."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
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
from jobs.screening import Screened
from jobs.screening_steps import Posted
from jobs.screening_stream import Outcome, screen_chunks
from jobs.services import Services

MEDIA_TYPE = "application/x-ndjson"
CHUNK_ROWS = 500
IN_MEMORY_BYTES = 4 * 1024 * 1024


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
    sender: Sender, body: IO[bytes], first: Answered | None, chunks: AsyncGenerator[Answered, None]
) -> AsyncGenerator[bytes, None]:
    """Yield result lines chunk by chunk."""
    with body:
        if first:
            yield _lines(sender, *first)
        async for chunk, outcomes in chunks:
            yield _lines(sender, chunk, outcomes)


async def _screened(sender: Sender, rows: Iterator[Row]) -> AsyncGenerator[Answered, None]:
    """Screen chunk by chunk, in order; the unreadable rows keep their error."""
    waiting: deque[Sequence[Row]] = deque()

    async def posted() -> AsyncGenerator[Sequence[Posted], None]:
        while chunk := list(islice(rows, CHUNK_ROWS)):
            waiting.append(chunk)
            yield [
                Posted(row.given, sender.actor, sender.identity.trace_id)
                for row in chunk
                if isinstance(row.given, Transaction)
            ]

    async with aclosing(screen_chunks(sender.services, posted())) as screened:
        async for outcomes in screened:
            chunk, told = waiting.popleft(), iter(outcomes)
            yield chunk, [next(told) if isinstance(row.given, Transaction) else row.given for row in chunk]


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
