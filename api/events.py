"""The feed of events: one sequence without gaps, to be read from any place on, and waited at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter
from msgspec import Struct

from api.event_views import EventView, read_type
from api.lifespan import GivenCaller, GivenServices
from api.paging import Cursor, Cursors, Limit, Seq
from ledger.event_feed import Looked, look
from ledger.following import Following

LONGEST_WAIT_S = 30

After = Annotated[
    int, QueryParameter(ge=0, le=2**63 - 1, description="Only events with a higher `seq`: `after` of the answer before")
]
Type = Annotated[
    str | None,
    QueryParameter(
        name="type", max_length=100, description="Only events of this type, `alert.opened`, or of a kind, `alert.*`"
    ),
]
Wait = Annotated[
    int,
    QueryParameter(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for an event where there is none yet"),
]

_cursors: Cursors[int] = Cursors("events", Seq)


class EventFeed(Struct, frozen=True, kw_only=True):
    """A part of the feed. Nothing that was asked for stands between its items and `after`: continue from there.

    `head` is the highest `seq` now; below `after` only if the ledger was restored from a backup that ends earlier.
    `next` is null at the head.
    """

    items: list[EventView]
    next: str | None
    after: int
    head: int


@get("/events", operation_id="list_events", summary="Events in the order in which they happened, without gaps")
async def list_all_events(
    request: Request[Any, Any, Any],
    services: GivenServices,
    caller: GivenCaller,
    *,
    after: After = 0,
    type_: Type = None,
    wait: Wait = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventFeed:
    """Read on from `after`, each event once and none left out: `seq` grows by one, in the order of the commits.

    With `type` the items are some of them, and `after` tells how far was looked; without items there may still be more,
    as long as `next` is not null. With `wait` the answer comes with the next event, or without one after that time.
    Events about what the caller's role may not read, such as people, sessions and keys, are `withheld`.
    """
    kind = read_type(type_, caller.role)

    async def look_after(seq: int) -> Looked:
        async with services.ledger.read() as connection:
            return await look(connection, seq, limit=limit, kind=kind)

    following: Following = request.app.state.following
    found = await _wait_for(look_after, max(after, _cursors.read(cursor) or 0), following, wait)
    return EventFeed(
        items=[EventView.from_event(event, caller.role) for event in found.events],
        next=_cursors.write(found.upto if found.upto < found.head else None),
        after=found.upto,
        head=found.head,
    )


async def _wait_for(
    look_after: Callable[[int], Awaitable[Looked]], after: int, following: Following, wait_s: int
) -> Looked:
    """Look until something is found or the time is over; no connection is held while waiting."""
    until = monotonic() + wait_s
    while True:
        found = await look_after(after)
        left = until - monotonic()
        if found.events or left <= 0 or following.released:
            return found
        after = found.upto
        if found.upto >= found.head:
            await following.beyond(after, left)
