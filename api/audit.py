"""The audit log, read in order."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from graph.model import Event
from ledger.audit import list_events

After = Annotated[int, QueryParameter(ge=0, le=2**63 - 1, description="Only events with a higher `seq`")]
Action = Annotated[str | None, QueryParameter(max_length=100, description="Only events of this action")]
Subject = Annotated[str | None, QueryParameter(max_length=300, description="Only events about this")]


_cursors: Cursors[int] = Cursors("audit", Seq)


class EventPage(Struct, frozen=True):
    """A page of events; `next` is null at the end of the log as it is now."""

    items: list[Event]
    next: str | None


@get("/audit", operation_id="list_audit_events", summary="Events of the audit log, in order")
async def list_audit_events(
    services: GivenServices,
    *,
    after: After = 0,
    action: Action = None,
    subject: Subject = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventPage:
    """Page through the log by `seq`, which has no gaps; `headwater verify` checks the chain of hashes."""
    after = max(after, _cursors.read(cursor) or 0)
    async with services.ledger.read() as connection:
        events = await list_events(connection, after=after, limit=limit + 1, action=action, subject=subject)
    ended = events[limit - 1].seq if len(events) > limit else None
    return EventPage(events[:limit], _cursors.write(ended))
