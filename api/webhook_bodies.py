"""What is sent about webhooks, and their secrets and deliveries as they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.texts import ONE_LINE
from ledger.deliveries import Delivery, DeliveryState
from ledger.webhooks import Wanted, Webhook

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE, description="What it is called")]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        description="Where messages are posted to: https or http, without user or password, and public unless the"
        " operator allows otherwise",
    ),
]
EventType = Annotated[str, Meta(max_length=100, pattern=r"^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$")]
EventTypes = Annotated[
    list[EventType],
    Meta(
        min_length=1, max_length=50, description="Types of events: exact, by prefix such as `alert.*`, or `*` for all"
    ),
]
InFlight = Annotated[
    int,
    Meta(ge=1, le=16, description="Messages on their way at once; with 1 the next waits for the answer to the last"),
]
Seq = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class WebhookInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook as sent."""

    name: Name
    url: Url
    types: EventTypes
    in_flight: InFlight = 1

    def wanted(self) -> Wanted:
        """Return what is asked for."""
        return Wanted(name=self.name.strip(), url=self.url, types=self.types, in_flight=self.in_flight)


class WebhookEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a webhook is to change; what is absent stays. One that is enabled goes on where it was disabled."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    types: EventTypes | UnsetType = UNSET
    in_flight: InFlight | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def wanted(self, before: Webhook) -> tuple[Wanted, bool]:
        """Return what a webhook is to be, and whether enabled."""
        name = before.name if isinstance(self.name, UnsetType) else self.name.strip()
        wanted = Wanted(
            name=name,
            url=before.url if isinstance(self.url, UnsetType) else self.url,
            types=before.types if isinstance(self.types, UnsetType) else self.types,
            in_flight=before.in_flight if isinstance(self.in_flight, UnsetType) else self.in_flight,
        )
        return wanted, before.enabled if isinstance(self.enabled, UnsetType) else self.enabled


class RedeliverInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events to send again: all that it wants after `after`, or the one with `seq`; one of the two."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    seq: Seq | None = None


class CreatedWebhookView(Webhook, frozen=True, kw_only=True):
    """A webhook with its first secret, which is shown once: null in an answer given again."""

    secret: str | None


class SecretView(Struct, frozen=True, kw_only=True):
    """A secret, but for the secret itself."""

    id: str
    created_by: str
    created_at: datetime


class CreatedSecretView(SecretView, frozen=True, kw_only=True):
    """A secret with the secret itself, which is shown once: null in an answer given again."""

    secret: str | None


class TestedView(Struct, frozen=True, kw_only=True):
    """What came of a test message: `status` is null where there was no answer, `error` where all is well."""

    delivered: bool
    status: int | None
    ms: float
    error: str | None


class DeliveryView(Struct, frozen=True, kw_only=True):
    """One event for one webhook. `id` is its `webhook-id`, the same each time it is sent.

    `next_at` is when it is sent next, null unless `pending`; `failed` is one that was given up.
    """

    id: str
    seq: int
    type: str
    state: DeliveryState
    attempts: int
    first_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    next_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def from_delivery(cls, one: Delivery, name: str) -> DeliveryView:
        """Return the delivery as it is on the wire, under its message's name."""
        return cls(
            id=name,
            seq=one.seq,
            type=one.type,
            state=one.state,
            attempts=one.attempts,
            first_at=one.first_at,
            last_at=one.last_at,
            last_status=one.last_status,
            last_error=one.last_error,
            next_at=one.due_at if one.state == "pending" else None,
            ended_at=one.ended_at,
        )


class WebhookPage(Struct, frozen=True):
    """A page of webhooks; `next` is null at the end."""

    items: list[Webhook]
    next: str | None


class SecretPage(Struct, frozen=True):
    """The secrets that sign; there are few, so `next` is null."""

    items: list[SecretView]
    next: str | None


class DeliveryPage(Struct, frozen=True):
    """A page of deliveries; `next` is null at the end."""

    items: list[DeliveryView]
    next: str | None
