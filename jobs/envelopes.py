"""The one form in which events are delivered, by webhook, WebSocket or Kafka: CloudEvents 1.0, structured JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from graph.model import Event
from ledger.audit import format_at

SOURCE = "headwater"
MEDIA_TYPE = "application/cloudevents+json"

# Keys of a body in one order, so that an event is the same bytes each time and on every way.
_encoder = msgspec.json.Encoder(order="deterministic")


class EventData(Struct, frozen=True, kw_only=True):
    """Who did it, and what the audit log says of it; no personal text."""

    actor: str
    body: dict[str, Any]


class Envelope(Struct, frozen=True, kw_only=True):
    """An event as delivered: `type` is its action, `id` its `seq` as text, `time` RFC 3339 in UTC.

    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md; `seq` is an extension attribute, which only
    messages that are no events are without.
    """

    specversion: str = "1.0"
    id: str
    source: str = SOURCE
    type: str
    time: str
    subject: str
    datacontenttype: str = "application/json"
    seq: int | UnsetType = UNSET
    data: EventData


def envelope(event: Event) -> Envelope:
    """Return an event as it is delivered."""
    return Envelope(
        id=str(event.seq),
        type=event.action,
        time=format_at(event.at),
        subject=event.subject,
        seq=event.seq,
        data=EventData(actor=event.actor, body=event.body),
    )


def encode_envelope(one: Envelope) -> bytes:
    """Return the bytes that are signed and sent."""
    return _encoder.encode(one)
