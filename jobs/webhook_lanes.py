"""Lanes: each webhook is sent to by itself, so that one that is slow or dead holds up no other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

import structlog

from graph.errors import HeadwaterError
from jobs.envelopes import encode_envelope, envelope
from jobs.services import Services
from jobs.webhook_retries import PAUSE_AFTER, Tried, course_of, outcome_of
from jobs.webhook_sending import Answer, Sender
from ledger import audit, deliveries, webhook_health, webhooks
from ledger.deliveries import Claimed
from ledger.session import Connection
from ledger.webhook_secrets import signing_secrets

ACTOR, DISABLED = "worker", "webhook.disabled"
BATCH = 50
POLL_S = 1.0
log = structlog.get_logger()


def message_id(webhook: str, seq: int) -> str:
    """What a message is called each time it is sent: one event, one webhook, one id."""
    return f"msg_{webhook.removeprefix('whk_')}_{seq}"


class Lanes:
    """Starts a lane for each webhook that something can be sent to, one at a time in this process."""

    def __init__(self, services: Services, sender: Sender) -> None:
        self._services = services
        self._sender = sender
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Say that something was queued."""
        self._due.set()

    async def run(self) -> None:
        """Send until cancelled; lanes under way are cancelled too, and what they had is sent again after its lease."""
        try:
            while True:
                self._due.clear()
                await self._start()
                await self._rest()
        finally:
            lanes = list(self._lanes.values())
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def _start(self) -> None:
        try:
            async with self._services.ledger.read() as connection:
                ready = await deliveries.list_ready(connection)
        except HeadwaterError as error:
            log.warning("webhooks_postponed", error=str(error))
            return
        for webhook in ready:
            if webhook not in self._lanes:
                self._lanes[webhook] = asyncio.create_task(self._lane(webhook))
                self._lanes[webhook].add_done_callback(partial(self._ended, webhook))

    def _ended(self, webhook: str, _: asyncio.Task[None]) -> None:
        # Something may have been queued for it as it looked for the last time.
        del self._lanes[webhook]
        self._due.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._due.wait()
        except TimeoutError:
            return

    async def _lane(self, webhook: str) -> None:
        """Send what is due to one webhook until nothing is."""
        try:
            while await send_batch(self._services, self._sender, webhook):
                pass
        except HeadwaterError as error:
            log.warning("webhook_postponed", webhook=webhook, error=str(error))
            await asyncio.sleep(POLL_S)
        except Exception:
            log.exception("webhook_failed", webhook=webhook)
            await asyncio.sleep(POLL_S)


async def send_batch(services: Services, sender: Sender, webhook: str) -> bool:
    """Claim what is due, send it and record what became of it; False if nothing was due."""
    timeout_s = services.settings.webhooks.webhook_timeout_s
    async with services.ledger.transaction() as connection:
        # Begun within the first timeout and ended within the second, with as much again for the record of it.
        claimed = await deliveries.claim_due(connection, webhook, limit=BATCH, lease_s=3 * timeout_s + 5)
        receiver = await webhooks.find_receiver(connection, webhook)
        if not claimed or receiver is None:
            return False
        secrets = await signing_secrets(connection, webhook)

    async def send(one: Claimed) -> Answer:
        body = encode_envelope(envelope(one.event))
        return await sender.send(receiver.url, message_id(webhook, one.event.seq), secrets, body)

    tried: list[Tried] = []
    try:
        await _send_all(claimed, send, tried, at_once=receiver.in_flight, begin_s=timeout_s)
    finally:
        # Also when we are told to stop: what nobody has answered yet need not wait for our lease to run out.
        answered = {one.claimed.event.seq for one in tried}
        left = [Tried(one, None) for one in claimed if one.event.seq not in answered]
        await _to_its_end(_record(services, webhook, [*tried, *left]))
    return True


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Await work that is not to be cut off by our being cancelled; then be cancelled."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _send_all(
    claimed: list[Claimed],
    send: Callable[[Claimed], Awaitable[Answer]],
    tried: list[Tried],
    *,
    at_once: int,
    begin_s: float,
) -> None:
    """Send in order, some at once, and add to `tried`.

    The rest is left once time is up, nothing gets through or the receiver asks to be left alone.
    """
    waiting, until = deque(claimed), time.monotonic() + begin_s

    def goes_on() -> bool:
        recent = [one.answer for one in tried[-PAUSE_AFTER:] if one.answer]
        is_dead = len(recent) == PAUSE_AFTER and not any(answer.is_good for answer in recent)
        wants_a_rest = bool(recent) and recent[-1].again_s > 0
        return bool(waiting) and time.monotonic() < until and not (is_dead or wants_a_rest)

    async def send_next() -> None:
        while goes_on():
            one = waiting.popleft()
            tried.append(Tried(one, await send(one)))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(send_next())


async def _record(services: Services, webhook: str, tried: list[Tried]) -> None:
    async with services.ledger.transaction() as connection:
        await record_tried(services, connection, webhook, tried)


async def record_tried(services: Services, connection: Connection, webhook: str, tried: list[Tried]) -> None:
    """Put attempts on record, and how the webhook does; one that is to be disabled is, with an event."""
    settings = services.settings.webhooks
    # The webhook before its deliveries, as everybody who locks both.
    health = await webhook_health.lock_health(connection, webhook)
    if health is None:
        return
    course = course_of(health, tried, settings)
    await deliveries.settle(connection, webhook, [outcome_of(one, course, settings) for one in tried])
    if course.failures or health.failures:
        await webhook_health.set_health(
            connection, webhook, failures=course.failures, since=course.since, pause_s=course.pause_s
        )
    if course.disabled and await webhooks.disable_webhook(connection, webhook, course.disabled):
        log.warning("webhook_disabled", webhook=webhook, reason=course.disabled)
        body = {"reason": course.disabled, "failures": course.failures, "failing_since": course.since}
        await audit.append(connection, audit.EventDraft(ACTOR, DISABLED, webhook, body))
