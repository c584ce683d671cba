"""Preview of a file of attributions: what importing it would record, and what would follow from that."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from msgspec import Struct

from api.attributions_import import (
    AcceptDelisting,
    InFormat,
    ListedAt,
    OfAsset,
    OfNetwork,
    RejectedView,
    reading_of,
    rejected_rows,
    spooled,
)
from api.lifespan import GivenCaller, GivenServices
from api.preview import Listed, PreviewView
from jobs.importing_attributions import Rules, plan_import
from jobs.previewing import preview_attributions


class ImportPreview(Struct, frozen=True, kw_only=True):
    """What a file would do: `recorded` are new, `known` stand already, `withdrawn` are off a list that named them.

    `review` counts rows by category that is not in the table; `rows` are the first 1,000 bad. `impact` is null where
    nothing would change.
    """

    recorded: int
    known: int
    withdrawn: int
    rejected: int
    review: dict[str, int]
    rows: list[RejectedView]
    remarks: list[RejectedView]
    impact: PreviewView | None


@post(
    "/attributions/import/preview",
    operation_id="preview_attributions_import",
    summary="What importing a file of attributions would change",
    status_code=200,
)
async def preview_attributions_import(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    *,
    format_: InFormat = "csv",
    network: OfNetwork = "eth",
    asset: OfAsset = None,
    accept_delisting: AcceptDelisting = False,
    listed_at: ListedAt = "",
    limit: Listed = 100,
) -> ImportPreview:
    """Read the file in the body as `POST /attributions/import` does, and tell what moves; nothing is written.

    Bad rows are told with their lines, and the impact is that of the good ones, computed on the whole graph as by
    `POST /attributions/preview`.
    """
    reading = reading_of(format_, network, asset, listed_at, caller)
    async with spooled(request) as body:
        plan = await plan_import(services, body, reading, Rules(accept_delisting=accept_delisting))
    impact = None
    if plan.record or plan.withdraw:
        impact = PreviewView.from_preview(await preview_attributions(services, plan.record, plan.withdraw, limit=limit))
    recorded = impact.recorded if impact else 0
    return ImportPreview(
        recorded=recorded,
        known=len(plan.record) - recorded,
        withdrawn=len(plan.withdraw),
        rejected=len(plan.rejected),
        review=plan.review,
        rows=rejected_rows(plan.rejected),
        remarks=rejected_rows(plan.remarks),
        impact=impact,
    )
