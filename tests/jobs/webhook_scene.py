"""What tests of webhooks are made of: a webhook for a receiver, events, a relay at work, and what is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from jobs import webhook_desk
from jobs.relaying import relaying
from jobs.services import Services
from ledger import audit, deliveries, webhooks
from ledger.deliveries import Delivery
from ledger.following import Following
from ledger.ids import new_id
from ledger.webhooks import Wanted, Webhook
from tests.jobs.receiver import Receiver


async def hook(services: Services, receiver: Receiver | str, **wanted: Any) -> tuple[str, str]:
    """Register a receiver for `alert.*`, unless told otherwise; return the webhook's id and secret."""
    url = receiver if isinstance(receiver, str) else receiver.url
    fields = {"name": "a receiver", "url": url, "types": ["alert.*"], "in_flight": 1} | wanted
    made, secret = await webhook_desk.create(services, new_id("whk"), new_id("whs"), Wanted(**fields), actor="ann")
    assert secret is not None
    return made.id, secret


async def tell(services: Services, count: int = 1, action: str = "alert.opened") -> list[int]:
    """Append events, each in a transaction of its own if there are few, and return their seqs."""
    drafts = [audit.EventDraft("t", action, f"alr_{number}", {"number": number}) for number in range(count)]
    size = 1 if count <= 20 else 10
    seqs: list[int] = []
    for start in range(0, count, size):
        async with services.ledger.transaction() as connection:
            seqs += [event.seq for event in await audit.append(connection, *drafts[start : start + size])]
    return seqs


@asynccontextmanager
async def at_work(services: Services) -> AsyncIterator[None]:
    """Relay and send, as a worker does."""
    async with Following.open(services.ledger) as following, relaying(services, following):
        yield


async def found(services: Services, webhook: str) -> Webhook:
    async with services.ledger.read() as connection:
        return await webhooks.get_webhook(connection, webhook)


async def delivered(services: Services, webhook: str) -> dict[int, Delivery]:
    """What is on record for a webhook, by seq."""
    async with services.ledger.read() as connection:
        page, _ = await deliveries.list_deliveries(connection, webhook, limit=1000)
    return {one.seq: one for one in page}


async def events(services: Services, action: str) -> list[Any]:
    async with services.ledger.read() as connection:
        return await audit.list_events(connection, action=action)


def has_all(seqs: list[int]) -> Callable[[Receiver], bool]:
    """Whether a receiver has taken all of these events."""
    return lambda receiver: {one.seq for one in receiver.taken} >= set(seqs)
