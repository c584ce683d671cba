"""All wallets by every method: having them compared, and those whose score depends on the method."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.bodies import read_body
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.overlays import Hops
from api.paging import Cursor, Cursors, Limit
from graph.model import Job
from jobs.asking_methods import request_comparison_of_methods
from ledger.methods import MethodComparison, MethodScore, Position, find_comparison, list_method_scores

Sensitive = Annotated[
    bool, QueryParameter(description="Those on different sides of the threshold, or false: all others that score")
]
_cursors: Cursors[Position] = Cursors("method-scores", tuple[float, str, Annotated[str, Meta(max_length=20)]])


class ComparisonInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which comparison is wanted; `hops` are those of the policy if left out."""

    hops: Hops | None = None


class MethodScorePage(Struct, frozen=True):
    """A page of sides, furthest apart first; `comparison` is what they are of, null before the first.

    A side scores severity times share of illicit categories by each method; `spread` is the most by which those that
    conserve value differ.
    """

    comparison: MethodComparison | None
    items: list[MethodScore]
    next: str | None


@post(
    "/methods/comparisons",
    operation_id="compare_methods",
    summary="Have all wallets compared by every method",
    status_code=202,
)
async def compare_methods(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[Job]:
    """Queue a comparison of both sides of all wallets; while one is under way that one is answered."""
    asked = read_body(await request.body(), ComparisonInput, optional=True)
    job = await request_comparison_of_methods(
        services, actor=caller.id, hops=asked.hops, job_id=new_resource_id(request, "job")
    )
    return Response(job, headers={"Location": f"/api/v1/jobs/{job.id}"})


@get("/methods/scores", operation_id="list_method_scores", summary="Wallets whose score depends on the method")
async def list_scores_by_method(
    services: GivenServices, *, sensitive: Sensitive = True, limit: Limit = 100, cursor: Cursor = None
) -> MethodScorePage:
    """Page through sides of wallets of the latest comparison; those that score 0 by every method are left out."""
    after = _cursors.read(cursor)
    async with services.ledger.read() as connection:
        comparison = await find_comparison(connection)
        items, ended = await list_method_scores(connection, sensitive=sensitive, after=after, limit=limit)
    return MethodScorePage(comparison, items, _cursors.write(ended))
