"""The canvas of a case: what an investigator has put together, read and saved as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, put
from msgspec import Struct

from api.bodies import read_body
from api.canvas_bodies import MOST_BYTES, CanvasInput
from api.etags import IfMatch, check_etag, etag_of, require_if_match
from api.lifespan import GivenCaller, GivenServices
from api.parameters import Id
from jobs.canvassing import save_canvas
from ledger.canvases import Canvas, get_canvas


class CanvasView(Struct, frozen=True, kw_only=True):
    """The canvas of a case; before it is first saved it is empty, and `saved_by` and `saved_at` are null."""

    case: str
    saved_by: str | None
    saved_at: datetime | None
    canvas: CanvasInput

    @classmethod
    def from_canvas(cls, saved: Canvas) -> CanvasView:
        """Return the canvas as it is on the wire."""
        body = msgspec.convert(saved.body, CanvasInput)
        return cls(case=saved.case, saved_by=saved.saved_by, saved_at=saved.saved_at, canvas=body)


@get("/cases/{case:str}/canvas", operation_id="get_case_canvas", summary="The canvas saved with a case")
async def get_case_canvas(services: GivenServices, case: Id) -> Response[CanvasView]:
    """Return what was saved last, and the `ETag` that saving has to send as `If-Match`."""
    async with services.ledger.read() as connection:
        return _response(await get_canvas(connection, case))


@put(
    "/cases/{case:str}/canvas",
    operation_id="save_case_canvas",
    summary="Save the canvas of a case",
    request_max_body_size=MOST_BYTES,
)
async def save_case_canvas(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    case: Id,
    if_match: IfMatch = None,
) -> Response[CanvasView]:
    """Replace the whole canvas: at most 5,000 nodes and 20,000 flows. A closed case is opened again first: 409.

    The audit log holds its digest and sizes, not what notes on it say.
    """
    given = require_if_match(if_match)
    asked = read_body(await request.body(), CanvasInput)
    saved = await save_canvas(
        services,
        case,
        msgspec.to_builtins(asked),
        still=lambda before: check_etag(given, _etag(before)),
        actor=caller.id,
    )
    return _response(saved)


def _etag(canvas: Canvas) -> str:
    return etag_of("canvas", canvas.case, canvas.version)


def _response(canvas: Canvas) -> Response[CanvasView]:
    return Response(CanvasView.from_canvas(canvas), status_code=200, headers={"ETag": _etag(canvas)})
