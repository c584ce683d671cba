"""Decisions, listed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit
from api.parameters import read_span
from graph.model import Severity
from ledger.decision_pages import DecisionFilter, DecisionSummary, Position
from ledger.decision_pages import list_decisions as find_page

Severe = Annotated[Severity | None, QueryParameter(description="Only decisions of this severity")]
Category = Annotated[
    str | None, QueryParameter(max_length=100, description="Only decisions of this risk category, such as scam")
]
Policy = Annotated[
    str | None, QueryParameter(max_length=100, description="Only decisions made under this policy, such as default-2")
]
Alerted = Annotated[
    bool | None,
    QueryParameter(name="with_alert", description="true: only decisions that opened an alert; false: only the others"),
]
From = Annotated[
    datetime | None, QueryParameter(name="from", description="Only those made then or later: RFC 3339 with a zone")
]
To = Annotated[datetime | None, QueryParameter(name="to", description="Only those made before: RFC 3339 with a zone")]

_cursors: Cursors[Position] = Cursors("decisions", tuple[Annotated[datetime, Meta(tz=True)], str])


class DecisionPage(Struct, frozen=True):
    """A page of decisions; `next` is null at the end."""

    items: list[DecisionSummary]
    next: str | None


@get("/decisions", operation_id="list_decisions", summary="Decisions, the latest first")
async def list_decisions(
    services: GivenServices,
    *,
    severity: Severe = None,
    category: Category = None,
    policy: Policy = None,
    alerted: Alerted = None,
    since: From = None,
    until: To = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DecisionPage:
    """Page through decisions; those made meanwhile do not shift pages.

    Signals and evidence of one are at `/transactions/{key}/decision`.
    """
    after = _cursors.read(cursor)
    since, until = read_span(since, until)
    asked = DecisionFilter(
        severity=severity, category=category, policy=policy, alerted=alerted, since=since, until=until
    )
    async with services.ledger.read() as connection:
        items, ended = await find_page(connection, asked, after=after, limit=limit)
    return DecisionPage(items, _cursors.write(ended))
