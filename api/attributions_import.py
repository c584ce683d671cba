"""A file of attributions in one request: CSV, a TagPack, or one asset's list of OFAC."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.access import Caller
from api.errors import Forbidden
from api.lifespan import GivenCaller, GivenServices
from graph.errors import FieldError, InvalidInput
from jobs.attribution_files import Format, Reading
from jobs.attribution_rows import parse_bound
from jobs.file_errors import FileRefused
from jobs.importing_attributions import AttributionReport, Rules, import_attributions
from jobs.ofac import is_asset
from jobs.rejected_rows import Rejected

SHOWN_ROWS = 1_000
# What the documents show; other formats come under whatever type the client likes.
MEDIA_TYPE = "text/csv"

InFormat = Annotated[Format, QueryParameter(name="format", description="What the body is")]
OfNetwork = Annotated[str, QueryParameter(max_length=12, description="Network of CSV rows that name none")]
OfAsset = Annotated[
    str | None, QueryParameter(max_length=12, description="With `ofac`: the asset that the list is of, such as XBT")
]
AllOrNothing = Annotated[bool, QueryParameter(description="Record nothing if any row is bad; the answer is then 422")]
AcceptDelisting = Annotated[
    bool, QueryParameter(description="With `ofac`: take a list that is empty or leaves out most of what is in force")
]
ListedAt = Annotated[
    str, QueryParameter(max_length=64, description="With `ofac`: since when what is new holds, a date or RFC 3339")
]


class RejectedView(Struct, frozen=True):
    """A line of the body, counted from 1, and why it was not taken, or what was put right in it."""

    line: int
    reason: str


class ImportedView(Struct, frozen=True, kw_only=True):
    """What became of a file. `review` counts rows by category that is not in the table; `rows` are the first 1,000 bad.

    `watermark` is the graph's after it and `job` the one that re-screens what follows; null if nothing changed.
    """

    recorded: int
    known: int
    withdrawn: int
    rejected: int
    review: dict[str, int]
    rows: list[RejectedView]
    remarks: list[RejectedView]
    watermark: int | None
    job: str | None


@post("/attributions/import", operation_id="import_attributions", summary="Import a file of attributions")
async def import_attributions_file(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    *,
    format_: InFormat = "csv",
    network: OfNetwork = "eth",
    asset: OfAsset = None,
    all_or_nothing: AllOrNothing = False,
    accept_delisting: AcceptDelisting = False,
    listed_at: ListedAt = "",
) -> Response[ImportedView]:
    """Record every good row of the file in the body; bad ones are told with their lines. Safe to send again.

    CSV has the columns `address,category,actor,source` and, if there, `confidence,valid_from,valid_to,note,network`. A
    TagPack is YAML; ActorPacks may stand before it as documents of their own. An OFAC list is one address a line, or
    a JSON list, and is all that is listed of its asset: what an earlier one named and it does not is withdrawn. Such
    lists take an admin.
    """
    reading = reading_of(format_, network, asset, listed_at, caller)
    rules = Rules(
        all_or_nothing=all_or_nothing, accept_delisting=accept_delisting, source_name="POST /attributions/import"
    )
    async with spooled(request) as body:
        report = await import_attributions(
            services, body, actor=caller.id, tell=lambda _: None, reading=reading, rules=rules
        )
    return _answer(report)


def reading_of(format_: Format, network: str, asset: str | None, listed_at: str, caller: Caller) -> Reading:
    """Return how the body is read. Raises Forbidden for an official listing by another role than admin."""
    if format_ == "ofac" and caller.role != "admin":
        raise Forbidden(f"the role {caller.role} may not import official listings; it takes an admin")
    since = parse_bound(listed_at, "listed_at")
    return Reading(format=format_, network=network, asset=_asset(format_, asset), listed_at=since)


@asynccontextmanager
async def spooled(request: Request[Any, Any, Any]) -> AsyncIterator[Path]:
    """Take in the whole body as a file that is gone afterwards; what cannot be read of it is told by its line."""
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "body"
        await _spool(request, body)
        try:
            yield body
        except FileRefused as error:
            message = str(error).replace(str(body), "the file")
            raise InvalidInput(FieldError("body", f"line {error.line}: {message}")) from None


def _asset(format_: Format, asset: str | None) -> str | None:
    if format_ == "ofac" and not is_asset(asset or ""):
        wrong = "is 2 to 12 letters or digits" if asset else "is missing"
        raise InvalidInput(FieldError("asset", f"{wrong}: which asset is this a list of, such as XBT?"))
    return asset


async def _spool(request: Request[Any, Any, Any], path: Path) -> None:
    """Take in the whole body; nothing is recorded before it has arrived."""
    with path.open("wb") as file:
        async for part in request.stream():
            file.write(part)


def rejected_rows(rows: Sequence[Rejected]) -> list[RejectedView]:
    """Return the first 1,000 as they are on the wire."""
    return [RejectedView(row.line, row.reason) for row in rows[:SHOWN_ROWS]]


def _answer(report: AttributionReport) -> Response[ImportedView]:
    rows = rejected_rows(report.plan.rejected)
    if not report.kept:
        raise InvalidInput(*(FieldError(f"line {row.line}", row.reason) for row in rows))
    view = ImportedView(
        recorded=report.landed,
        known=report.known,
        withdrawn=report.withdrawn,
        rejected=report.rejected,
        review=report.plan.review,
        rows=rows,
        remarks=rejected_rows(report.plan.remarks),
        watermark=report.watermark,
        job=report.job,
    )
    return Response(view, status_code=201 if report.landed or report.withdrawn else 200)
