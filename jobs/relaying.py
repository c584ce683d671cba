"""The relay: what was appended to the audit log becomes deliveries, and deliveries are sent; for as long as we work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from graph.errors import HeadwaterError
from jobs.services import Services
from jobs.webhook_lanes import Lanes
from jobs.webhook_sending import Sender
from ledger.deliveries import remove_old
from ledger.following import Following
from ledger.outbox import relay_page, replay_page

POLL_S = 1.0
CLEAN_S = 60.0
PAGE_S = 120.0
log = structlog.get_logger()


@asynccontextmanager
async def relaying(services: Services, following: Following) -> AsyncIterator[None]:
    """Relay and send until the block ends. Several workers may: each takes what no other has. Raises SettingsError."""
    async with Sender.open(services.settings.webhooks) as sender:
        lanes = Lanes(services, sender)
        tasks = [asyncio.create_task(lanes.run()), asyncio.create_task(_relay(services, following, lanes))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _relay(services: Services, following: Following, lanes: Lanes) -> None:
    """Relay as the log grows, and now and then anyway: who was woken may have been killed."""
    head, cleaned = 0, 0.0
    while True:
        try:
            if await relay_all(services):
                lanes.wake()
            if time.monotonic() - cleaned >= CLEAN_S:
                cleaned = time.monotonic()
                await clean(services)
        except HeadwaterError as error:
            log.warning("relay_postponed", error=str(error))
            await asyncio.sleep(POLL_S)
        except Exception:
            log.exception("relay_failed")
            await asyncio.sleep(POLL_S)
        head = await following.beyond(head, POLL_S)


async def relay_all(services: Services) -> int:
    """Relay all there is, page by page, each in a transaction of its own; return how many deliveries were queued."""
    queued = 0
    for page in (relay_page, replay_page):
        while True:
            # One append may be large, and webhooks many: a page that never ends would hold up all that follow.
            async with services.ledger.transaction(timeout_s=PAGE_S) as connection:
                done = await page(connection)
            queued += done.deliveries
            if not done.events:
                break
    return queued


async def clean(services: Services) -> None:
    """Remove what was delivered, or given up, long enough ago."""
    kept_s = services.settings.webhooks.webhook_kept_s
    removed = 1
    while removed:
        async with services.ledger.transaction() as connection:
            removed = await remove_old(connection, kept_s)
