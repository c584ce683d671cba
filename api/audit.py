"""The audit log: searched, and checked by a worker on request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from api.idempotency import new_resource_id
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from api.parameters import read_span
from graph.model import Event, Job
from jobs.checking_log import request_log_check
from ledger.audit_search import EventFilter, list_actions, search_events

After = Annotated[int, QueryParameter(ge=0, le=2**63 - 1, description="Only events with a higher `seq`")]
Action = Annotated[str | None, QueryParameter(max_length=100, description="Only events of this action")]
Subject = Annotated[str | None, QueryParameter(max_length=300, description="Only events about this")]
Actor = Annotated[str | None, QueryParameter(max_length=100, description="Only what this person, key or part did")]
From = Annotated[
    datetime | None, QueryParameter(name="from", description="Only those of then or later: RFC 3339 with a zone")
]
To = Annotated[datetime | None, QueryParameter(name="to", description="Only those before: RFC 3339 with a zone")]
Order = Annotated[
    Literal["seq", "latest"], QueryParameter(description="`seq`: as they happened; `latest`: the latest first")
]

_cursors: dict[str, Cursors[int]] = {
    "seq": Cursors("audit", Seq),
    "latest": Cursors("audit, latest first", Seq),
}


class EventPage(Struct, frozen=True):
    """A page of events; `next` is null at the end of the log as it is now."""

    items: list[Event]
    next: str | None


class ActionView(Struct, frozen=True):
    """An action that events of the log have."""

    action: str


class ActionPage(Struct, frozen=True):
    """All actions; there is one page."""

    items: list[ActionView]
    next: str | None


@get("/audit", operation_id="list_audit_events", summary="Events of the audit log")
async def list_audit_events(
    services: GivenServices,
    *,
    after: After = 0,
    action: Action = None,
    subject: Subject = None,
    actor: Actor = None,
    since: From = None,
    until: To = None,
    order: Order = "seq",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventPage:
    """Page through the log by `seq`, which has no gaps; `headwater verify` checks the chain of hashes."""
    since, until = read_span(since, until)
    asked = EventFilter(action=action, subject=subject, actor=actor, since=since, until=until)
    ended = _cursors[order].read(cursor)
    latest = order == "latest"
    after = after if latest else max(after, ended or 0)
    before = ended if latest and ended is not None else 2**63 - 1
    async with services.ledger.read() as connection:
        events = await search_events(connection, asked, after=after, before=before, latest=latest, limit=limit + 1)
    more = events[limit - 1].seq if len(events) > limit else None
    return EventPage(events[:limit], _cursors[order].write(more))


@get("/audit/actions", operation_id="list_audit_actions", summary="What events of the audit log tell of")
async def list_audit_actions(services: GivenServices) -> ActionPage:
    """Return every action that some event has, by name: what `GET /audit` can be asked for."""
    async with services.ledger.read() as connection:
        return ActionPage([ActionView(action) for action in await list_actions(connection)], None)


@post("/audit/verifications", operation_id="verify_audit_log", summary="Have the audit log verified", status_code=202)
async def verify_audit_log(
    request: Request[Any, Any, Any], services: GivenServices, caller: GivenCaller
) -> Response[Job]:
    """Queue a check of the whole log: both chains of hashes, and every checkpoint in the ledger against them.

    The job's `result` tells how many `events` were walked, how many `checkpoints` they fit, the `findings` in words,
    none where all holds, and as `bad` the first and last event of the first span that is wrong. While one is under way
    that one is answered. Who may edit the ledger may edit its checkpoints: hold it against those that were kept
    elsewhere with `headwater verify`.
    """
    job = await request_log_check(services, actor=caller.id, job_id=new_resource_id(request, "job"))
    return Response(job, headers={"Location": f"/api/v1/jobs/{job.id}"})
