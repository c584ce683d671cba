"""What-ifs kept with a case: the question, what it came to when it was saved, and what it comes to now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from msgspec import Meta, Struct

from api.bodies import read_body
from api.case_bodies import Title
from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.overlays import Hops, OverlayInput, overlay_of
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id, canonical_wallet
from api.what_if import WhatIfView, supposed_view
from graph.model import Direction
from jobs.keeping_what_ifs import remove_what_if, save_what_if
from jobs.supposing import suppose_of_wallet
from ledger.cases import get_case
from ledger.what_ifs import SavedWhatIf, WhatIfDraft, get_what_if, list_what_ifs

_cursors: Cursors[int] = Cursors("case-what-ifs", Seq)


class CaseWhatIfInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to keep with a case."""

    title: Title
    wallet: Annotated[str, Meta(min_length=1, max_length=300, description="`network:address`")]
    suppose: OverlayInput
    direction: Direction = "source"
    hops: Hops = 3


class CaseWhatIfView(Struct, frozen=True, kw_only=True):
    """A question kept with a case, and the scores it came to when it was saved, at `watermark` and by `policy`."""

    id: str
    case: str
    title: str
    wallet: str
    direction: Direction
    hops: int
    suppose: OverlayInput
    watermark: int
    score_before: float
    score_after: float
    policy: str
    saved_by: str
    saved_at: datetime

    @classmethod
    def from_saved(cls, saved: SavedWhatIf) -> CaseWhatIfView:
        """Return the what-if as it is on the wire."""
        named = {name: getattr(saved, name) for name in cls.__struct_fields__}
        return cls(**named | {"suppose": msgspec.convert(saved.suppose, OverlayInput)})


class CaseWhatIfPage(Struct, frozen=True):
    """A page of what-ifs; `next` is null at the end."""

    items: list[CaseWhatIfView]
    next: str | None


class CaseWhatIfAnswer(Struct, frozen=True):
    """A what-if as it was saved, and what it comes to now."""

    saved: CaseWhatIfView
    now: WhatIfView


@post("/cases/{case:str}/what-ifs", operation_id="save_case_what_if", summary="Keep a what-if with a case")
async def save_case_what_if(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller, case: Id
) -> CaseWhatIfAnswer:
    """Answer a what-if and keep it with a case, with what it came to; nothing of it is written to the graph.

    A closed case is opened again first, and one holds 200 at most: 409. The audit log holds its digest.
    """
    asked = read_body(await request.body(), CaseWhatIfInput)
    wallet, overlay = canonical_wallet(asked.wallet, "wallet"), overlay_of(asked.suppose, services.taxonomy)
    tracing = services.tracing(asked.direction, asked.hops, limits=services.limits_of(None))
    found = await suppose_of_wallet(services, tracing, wallet, overlay)
    draft = WhatIfDraft(
        id=new_resource_id(request, "wif"),
        case=case,
        title=asked.title,
        wallet=wallet,
        direction=asked.direction,
        hops=asked.hops,
        suppose=msgspec.to_builtins(asked.suppose),
        watermark=found.before.exposure.watermark,
        score_before=found.before.score,
        score_after=found.after.score,
        policy=services.policy.id,
        saved_by=caller.id,
    )
    saved = await save_what_if(services, draft)
    return CaseWhatIfAnswer(CaseWhatIfView.from_saved(saved), supposed_view(wallet, asked.direction, found))


@get("/cases/{case:str}/what-ifs", operation_id="list_case_what_ifs", summary="What-ifs of a case, oldest first")
async def list_case_what_ifs(
    services: GivenServices, case: Id, limit: Limit = 100, cursor: Cursor = None
) -> CaseWhatIfPage:
    """Page through the what-ifs of a case, as they were saved."""
    after = _cursors.read(cursor) or 0
    async with services.ledger.read() as connection:
        await get_case(connection, case)
        found, ended = await list_what_ifs(connection, case, after=after, limit=limit)
    return CaseWhatIfPage([CaseWhatIfView.from_saved(one) for one in found], _cursors.write(ended))


@get("/cases/{case:str}/what-ifs/{what_if:str}", operation_id="get_case_what_if", summary="A what-if, answered again")
async def get_case_what_if(services: GivenServices, case: Id, what_if: Id) -> CaseWhatIfAnswer:
    """Return a what-if as it was saved, and what the same question comes to now."""
    async with services.ledger.read() as connection:
        saved = await get_what_if(connection, case, what_if)
    view = CaseWhatIfView.from_saved(saved)
    overlay = overlay_of(view.suppose, services.taxonomy)
    tracing = services.tracing(saved.direction, saved.hops, limits=services.limits_of(None))
    found = await suppose_of_wallet(services, tracing, saved.wallet, overlay)
    return CaseWhatIfAnswer(view, supposed_view(saved.wallet, saved.direction, found))


@delete(
    "/cases/{case:str}/what-ifs/{what_if:str}",
    operation_id="remove_case_what_if",
    summary="Remove a what-if from a case",
    status_code=204,
)
async def remove_case_what_if(services: GivenServices, caller: GivenCaller, case: Id, what_if: Id) -> None:
    """Remove a what-if from a case that is not closed; the history keeps that it was. Safe to send again."""
    await remove_what_if(services, case, what_if, actor=caller.id)
