"""Attributions: what sources say wallets are; recorded, superseded, withdrawn, and listed with both clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from api.access import Caller
from api.errors import Forbidden
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import Id, KnownAt, canonical_wallet, read_clock
from graph.attribution_bodies import canonical_attributions, decode_attributions
from graph.attribution_lists import (
    Asked,
    attributions_of_ids,
    get_attribution,
    list_attributions,
    needs_review,
)
from graph.clock import FOREVER, Clock
from graph.model import Attribution, CategoryClass
from graph.taxonomy import Taxonomy, is_in_force
from jobs.attributing import commit_attributions, withdraw_attributions
from jobs.services import Services
from jobs.withdrawing import MAX_REASON
from ledger.attributions import Kind, list_attribution_changes

About = Annotated[str | None, QueryParameter(max_length=300, description="Only of this wallet, `network:address`")]
InCategory = Annotated[str | None, QueryParameter(max_length=100, description="Only of this category")]
BySource = Annotated[str | None, QueryParameter(max_length=500, description="Only by this source, spelt as recorded")]
InForce = Annotated[
    bool | None, QueryParameter(description="Only those recorded, not withdrawn and valid, or only the others")
]
Review = Annotated[
    bool | None,
    QueryParameter(description="Only those that stand with a category that is not in the table, or only the others"),
]
Reason = Annotated[
    str | None, QueryParameter(max_length=MAX_REASON, description="Why; kept for good, so name no person in it")
]

_cursors: Cursors[int] = Cursors("attributions", Seq)


class AttributionView(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An attribution; `class` is null, and `review` true, while a category is not in the table.

    True from `valid_from` to `valid_to`, believed from `recorded_at` to `withdrawn_at`; null is no bound.
    """

    id: str
    wallet: str
    category: str
    class_: CategoryClass | None
    source: str
    actor: str | None
    confidence: float
    official: bool
    valid_from: datetime | None
    valid_to: datetime | None
    recorded_at: datetime | None
    withdrawn_at: datetime | None
    note: str | None
    author: str | None
    seq: int | None
    withdrawn_seq: int | None
    supersedes: str | None
    in_force: bool
    review: bool


class ChangeView(Struct, frozen=True, kw_only=True):
    """One entry of the ledger about an attribution."""

    seq: int
    kind: Kind
    at: datetime
    actor: str
    reason: str | None


class AttributionDetail(AttributionView, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An attribution with what the ledger says became of it."""

    changes: tuple[ChangeView, ...]


class AttributionPage(Struct, frozen=True):
    """A page of attributions; `next` is null at the end."""

    items: list[AttributionView]
    next: str | None


class CommittedView(Struct, frozen=True):
    """What became of posted attributions, in their order; `changed` wallets are of another category now.

    `job` re-screens what follows from them; null if nothing does.
    """

    recorded: int
    known: int
    watermark: int
    items: list[AttributionView]
    changed: tuple[str, ...]
    job: str | None


@post("/attributions", operation_id="create_attributions", summary="Record attributions")
async def create_attributions(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[CommittedView]:
    """Record one attribution, or a list of at most 1,000 together, and have what follows from them re-screened.

    Nothing is ever edited: `supersedes` withdraws another attribution of the wallet at the same instant. What stands
    already is known; 200 if all of it is. A category that is not in the table is recorded, decides nothing, and is
    listed by `review=true` until a superseding attribution names one that is. What is `official` takes an admin, to
    record and to supersede.
    """
    body = await request.body()
    given = canonical_attributions(decode_attributions(body), in_list=body.lstrip()[:1] == b"[")
    await _require_admin(services, caller, given, [a.supersedes for a in given if a.supersedes])
    done = await commit_attributions(services, given, actor=caller.id, source_name="POST /attributions")
    found = {a.id: a for a in await attributions_of_ids(services.graph, list(dict.fromkeys(done.ids)))}
    items = [attribution_view(found[name], Clock(), services.taxonomy) for name in done.ids]
    view = CommittedView(done.recorded, done.known, done.seq, items, done.changed, done.job)
    return Response(view, status_code=201 if done.recorded else 200)


@get("/attributions", operation_id="list_attributions", summary="Attributions, latest recorded first")
async def list_all_attributions(
    services: GivenServices,
    *,
    wallet: About = None,
    category: InCategory = None,
    source: BySource = None,
    in_force: InForce = None,
    review: Review = None,
    known_at: KnownAt = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AttributionPage:
    """Page through what was recorded, withdrawn ones too; `in_force` and `review` are those at `known_at`, else now."""
    clock = read_clock(None, known_at)
    asked = Asked(
        wallet=None if wallet is None else canonical_wallet(wallet, "wallet"),
        category=category,
        source=source,
        in_force=in_force,
        review=review,
        known_at=clock.known_at,
    )
    before = _cursors.read(cursor)
    found, ended = await list_attributions(services.graph, asked, services.taxonomy, limit=limit, before_seq=before)
    return AttributionPage([attribution_view(a, clock, services.taxonomy) for a in found], _cursors.write(ended))


@get("/attributions/{attribution:str}", operation_id="get_attribution", summary="One attribution")
async def get_one_attribution(services: GivenServices, attribution: Id) -> AttributionDetail:
    """Return an attribution, withdrawn or not, and in `changes` who recorded and who withdrew it, and why."""
    found = await get_attribution(services.graph, attribution)
    async with services.ledger.read() as connection:
        changes = await list_attribution_changes(connection, found.id)
    entries = tuple(ChangeView(seq=c.seq, kind=c.kind, at=c.at, actor=c.actor, reason=c.reason) for c in changes)
    return AttributionDetail(**asdict(attribution_view(found, Clock(), services.taxonomy)), changes=entries)


@delete(
    "/attributions/{attribution:str}",
    operation_id="withdraw_attribution",
    summary="Withdraw an attribution",
    status_code=204,
)
async def withdraw_one_attribution(
    services: GivenServices, caller: GivenCaller, attribution: Id, reason: Reason = None
) -> None:
    """End what is believed of a wallet, now; the past stays as it was, and is still answered with `known_at`.

    What follows from it is re-screened. Safe to send again: the first withdrawal and its reason stand. One that is
    `official` takes an admin.
    """
    await _require_admin(services, caller, (), [attribution])
    await withdraw_attributions(services, [attribution], reason=reason or None, actor=caller.id)


async def _require_admin(
    services: Services, caller: Caller, given: Sequence[Attribution], ending: Sequence[str]
) -> None:
    """Official listings are an admin's, to record and to end: ending one lifts a sanction."""
    if caller.role == "admin":
        return
    ended = await attributions_of_ids(services.graph, ending) if ending else []
    if any(attribution.official for attribution in [*given, *ended]):
        raise Forbidden(f"the role {caller.role} may not record or end what is official; it takes an admin")


def instants(clock: Clock) -> tuple[datetime, datetime]:
    """When attributions must be valid, and known; what is recorded now is known whatever our clock says."""
    return clock.as_of or clock.known_at or datetime.now(UTC), clock.known_at or FOREVER


def attribution_view(attribution: Attribution, clock: Clock, taxonomy: Taxonomy) -> AttributionView:
    """Return the attribution as it is on the wire, in force and in review as of the clock."""
    valid_at, known_at = instants(clock)
    category = taxonomy.categories.get(attribution.category)
    return AttributionView(
        **asdict(attribution),
        class_=category.class_ if category else None,
        in_force=is_in_force(attribution, valid_at, known_at),
        review=needs_review(attribution, known_at, taxonomy),
    )
