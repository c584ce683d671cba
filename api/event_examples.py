"""Examples of the feed of events and of the stream, made of the same Structs as the answers."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import asdict

from api.alert_examples import RESOLVED
from api.event_views import EventView
from api.events import EventFeed
from api.stream_feed import AlertEvent
from graph.model import Event
from jobs.envelopes import envelope

CHANGED = Event(
    seq=42,
    at=RESOLVED.created_at,
    actor="usr_01hr4m8w4e3v9m7c2k5t6q8z0e",
    action="alert.changed",
    subject=RESOLVED.id,
    body={"status": RESOLVED.status},
    previous_hash="",
    hash="",
)
SIGNED_IN = Event(
    seq=43,
    at=RESOLVED.created_at,
    actor="usr_01hr4m8w4e3v9m7c2k5t6q8z0e",
    action="session.started",
    subject="usr_01hr4m8w4e3v9m7c2k5t6q8z0e",
    body={},
    previous_hash="",
    hash="",
)
SHOWN = [EventView.from_event(event, "investigator") for event in (CHANGED, SIGNED_IN)]

# operation_id -> the body of a good answer, and what a stream sends
ANSWERS: Mapping[str, object] = {
    "list_events": EventFeed(items=SHOWN, next=None, after=43, head=43),
    "stream_alerts": AlertEvent(**asdict(envelope(CHANGED)), alert=RESOLVED),
}
