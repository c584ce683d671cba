"""A receiver that is gone is left alone, with a reason that people see, and loses nothing by it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from graph.model import Event
from jobs import webhook_desk
from jobs.relaying import clean, relay_all
from jobs.services import Services
from jobs.webhook_retries import PAUSE_AFTER, Tried, course_of, outcome_of, retry_waits
from jobs.webhook_sending import Answer
from ledger import audit
from ledger.deliveries import Claimed, count_undelivered
from ledger.outbox import MOST_DELIVERIES, oldest_span
from ledger.webhook_health import Health
from settings import Settings, WebhookSettings
from tests.jobs.receiver import Message, Receiver
from tests.jobs.webhook_scene import at_work, delivered, events, found, has_all, hook, tell
from tests.servers import Servers

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD, BAD = Answer(status=204, error=None, ms=1.0), Answer(status=500, error="answered 500", ms=1.0)
GONE = Answer(status=410, error="answered 410", ms=1.0)
HOURS = WebhookSettings(webhook_retries="5,60", webhook_disable_failures=5, webhook_disable_after_s=3600)
WELL = Health(enabled=True, failures=0, failing_since=None, now=NOW)


@pytest.fixture
def settings(servers: Servers) -> Settings:
    return servers.settings(
        webhook_allow="127.0.0.0/8",
        webhook_retries="0.05,0.05,0.05",
        webhook_disable_failures="3",
        webhook_disable_after_s="0",
        webhook_timeout_s="1",
    )


def with_settings(services: Services, **changes: Any) -> Services:
    changed = replace(services.settings.webhooks, **changes)
    return replace(services, settings=replace(services.settings, webhooks=changed))


async def until_disabled(services: Services, webhook: str) -> None:
    async with asyncio.timeout(60):
        while (await found(services, webhook)).enabled:  # noqa: ASYNC110  # nobody tells us
            await asyncio.sleep(0.02)


def answering(status: int) -> Any:
    async def behave(_message: Message) -> int:
        return status

    return behave


@pytest.mark.parametrize(("status", "reason"), [(410, "410 Gone"), (500, "attempts in a row have failed")])
async def test_a_webhook_that_is_disabled_resumes_with_nothing_lost(
    services: Services, status: int, reason: str
) -> None:
    """Disabled by its receiver's answers; what happens meanwhile is sent once it is enabled, from where it stopped."""
    async with Receiver.open() as receiver:
        webhook, _ = await hook(services, receiver)
        async with at_work(services):
            before = await tell(services, 3)
            await receiver.until(has_all(before))
            receiver.behave = answering(status)
            refused = await tell(services, 4)
            await until_disabled(services, webhook)
            meanwhile = await tell(services, 30)
            await relay_all(services)
            asked = len(receiver.got)
            receiver.behave = answering(204)
            await webhook_desk.enable(services, webhook, actor="ann")
            after = await tell(services, 3)
            await receiver.until(has_all([*before, *refused, *meanwhile, *after]))

    [told] = await events(services, "webhook.disabled")
    assert reason in told.body["reason"] and (told.actor, told.subject) == ("worker", webhook)
    now = await found(services, webhook)
    assert now.enabled and not now.catching_up and now.disabled_reason is None and now.failures == 0
    assert [one.seq for one in receiver.got[asked:]] == sorted({*refused, *meanwhile, *after})


async def test_nothing_is_sent_while_a_webhook_is_disabled(services: Services) -> None:
    """Nor queued: a receiver that nobody cares for any more costs nothing."""
    async with Receiver.open() as receiver:
        webhook, _ = await hook(services, receiver)
        made = await found(services, webhook)
        await webhook_desk.change(services, webhook, lambda _: (webhook_desk.wanted_of(made), False), actor="ann")
        other, _ = await hook(services, receiver, types=["case.*"])
        async with at_work(services):
            await tell(services, 20)
            await receiver.until(has_all(await tell(services, action="case.opened")))
        assert len(receiver.got) == 1
    assert await delivered(services, webhook) == {} and len(await delivered(services, other)) == 1


async def test_an_event_that_is_never_taken_is_given_up_while_others_get_through(services: Services) -> None:
    """It is told as failed, holds up nobody, disables nothing; asked for again, it is sent again."""
    services = with_settings(services, webhook_disable_after_s=3600)
    async with Receiver.open() as receiver:
        webhook, _ = await hook(services, receiver)

        async def picky(message: Message) -> int:
            return 400 if message.event["data"]["body"]["number"] == 1 else 204

        receiver.behave = picky
        async with at_work(services):
            seqs = await tell(services, 3)
            async with asyncio.timeout(60):
                while (await delivered(services, webhook)).get(seqs[1], None) is None or (
                    (await delivered(services, webhook))[seqs[1]].state != "failed"
                ):
                    await tell(services, 3)
                    await asyncio.sleep(0.1)
            given_up = (await delivered(services, webhook))[seqs[1]]
            receiver.behave = answering(204)
            await webhook_desk.redeliver(services, webhook, after=None, seq=seqs[1], actor="ann")
            await receiver.until(has_all(seqs))

    assert (given_up.attempts, given_up.last_status) == (4, 400)
    assert (await found(services, webhook)).enabled and not await events(services, "webhook.disabled")


async def test_a_receiver_that_asks_for_a_rest_gets_it(services: Services) -> None:
    """At once, though many wait; then all of them come. Without Retry-After it would be asked again soon."""
    async with Receiver.open() as receiver:
        await hook(services, receiver)
        receiver.behave, receiver.extra_headers = answering(429), "Retry-After: 2\r\n"
        async with at_work(services):
            seqs = await tell(services, 20)
            await receiver.until(lambda one: len(one.got) == 1)
            receiver.behave = answering(204)
            await receiver.until(has_all(seqs))

    assert receiver.got[1].at - receiver.got[0].at >= 2


async def test_all_events_after_a_seq_are_sent_again_when_asked_for(services: Services) -> None:
    """Those taken before too, under the id they had, page by page."""
    async with Receiver.open() as receiver:
        webhook, _ = await hook(services, receiver)
        async with at_work(services):
            seqs = await tell(services, 40)
            await receiver.until(has_all(seqs))
            await webhook_desk.redeliver(services, webhook, after=seqs[9], seq=None, actor="ann")
            await receiver.until(lambda one: len(one.taken) >= 70)
    again = receiver.taken[40:]
    assert [one.seq for one in again] == seqs[10:] and {one.id for one in again} < {
        one.id for one in receiver.taken[:40]
    }


async def test_what_has_ended_is_removed_after_a_time_and_what_waits_is_not(services: Services) -> None:
    async with Receiver.open() as receiver:
        kept, _ = await hook(services, receiver)
        ended, _ = await hook(services, receiver)
        async with at_work(services):
            await receiver.until(has_all(await tell(services, 5)))
            await receiver.until(lambda one: len(one.taken) == 10)
    await tell(services, 2)
    await relay_all(services)
    await webhook_desk.end(services, ended, lambda _: None, actor="ann")

    await clean(services)
    async with services.ledger.read() as connection:
        waiting = await count_undelivered(connection)
    assert len(await delivered(services, ended)) == 0 and len(await delivered(services, kept)) == 7
    await clean(with_settings(services, webhook_kept_s=0.000001))
    assert {one.state for one in (await delivered(services, kept)).values()} == {"pending"}
    assert waiting.deliveries == 2 and waiting.oldest_s is not None


async def test_the_outbox_is_taken_in_pages(services: Services) -> None:
    """One append larger than a page is one page; the backlog is told, with its age."""
    webhook, _ = await hook(services, "http://127.0.0.1:9/", types=["bulk.*"])
    async with services.ledger.transaction(timeout_s=60) as connection:
        drafts = [audit.EventDraft("t", "bulk.made", "x", {}) for _ in range(MOST_DELIVERIES + 10)]
        await audit.append(connection, *drafts)
    await tell(services, 5, action="bulk.made")
    async with services.ledger.read() as connection:
        before = await oldest_span(connection)
    assert await relay_all(services) == MOST_DELIVERIES + 15
    async with services.ledger.read() as connection:
        after = await oldest_span(connection)

    assert (before.spans, before.events) == (7, MOST_DELIVERIES + 16) and before.oldest_s is not None
    assert (after.spans, after.oldest_s) == (0, None)
    assert (await found(services, webhook)).pending == 10_000


def tried(*answers: Answer, attempts: int = 0, first_at: datetime | None = None) -> list[Tried]:
    event = Event(seq=1, at=NOW, actor="a", action="b", subject="c", body={}, previous_hash="", hash="")
    return [Tried(Claimed(event=event, claim=1, attempts=attempts, first_at=first_at), one) for one in answers]


def test_failures_count_in_a_row_and_a_success_ends_them() -> None:
    failing = replace(WELL, failures=3, failing_since=NOW - timedelta(hours=2))

    assert course_of(WELL, tried(GOOD, BAD, BAD), HOURS).failures == 2
    assert course_of(failing, tried(BAD, BAD), HOURS).since == failing.failing_since
    assert course_of(failing, tried(BAD, GOOD, BAD), HOURS).since == NOW
    well = course_of(failing, tried(BAD, GOOD), HOURS)
    assert (well.failures, well.since, well.pause_s, well.disabled) == (0, None, None, None)


def test_a_webhook_is_disabled_by_enough_failures_over_enough_time_or_by_410() -> None:
    since = NOW - timedelta(seconds=3600)
    long, short = replace(WELL, failures=4, failing_since=since), replace(WELL, failures=99, failing_since=NOW)

    assert course_of(long, tried(BAD), HOURS).disabled is not None
    assert course_of(replace(long, failures=3), tried(BAD), HOURS).disabled is None
    assert course_of(short, tried(BAD), HOURS).disabled is None
    assert course_of(long, tried(BAD, GOOD), HOURS).disabled is None
    assert course_of(WELL, tried(GOOD, GONE), HOURS).disabled == "the receiver answered 410 Gone"


def test_waits_grow_with_jitter_and_a_failing_webhook_is_paused() -> None:
    waits = [outcome_of(one, course_of(WELL, tried(BAD), HOURS), HOURS).wait_s for one in tried(BAD) * 200]
    assert all(4 <= wait <= 6 for wait in waits) and len(set(waits)) > 100
    later = [outcome_of(one, course_of(WELL, tried(BAD), HOURS), HOURS).wait_s for one in tried(BAD, attempts=1) * 9]
    assert all(48 <= wait <= 72 for wait in later)
    assert course_of(replace(WELL, failures=PAUSE_AFTER - 2), tried(BAD), HOURS).pause_s is None
    pause = course_of(replace(WELL, failures=PAUSE_AFTER - 1), tried(BAD), HOURS).pause_s
    assert pause is not None and 4 <= pause <= 6
    long = course_of(replace(WELL, failures=10**6), tried(BAD), WebhookSettings()).pause_s
    assert long is not None and long <= 72
    assert retry_waits(WebhookSettings()) == (5, 30, 120, 600, 3600, 21600, 43200)


def test_an_event_is_given_up_only_while_others_get_through() -> None:
    """Its tries are over; whether anything got through since the first of them decides."""
    first = NOW - timedelta(hours=20)
    [one] = tried(BAD, attempts=2, first_at=first)
    dead = replace(WELL, failures=9, failing_since=first - timedelta(seconds=1))
    alive = replace(WELL, failures=9, failing_since=first + timedelta(hours=1))

    assert outcome_of(one, course_of(dead, [one], HOURS), HOURS).state == "pending"
    assert outcome_of(one, course_of(alive, [one], HOURS), HOURS).state == "failed"
    [early] = tried(BAD, attempts=1, first_at=first)
    assert outcome_of(early, course_of(alive, [early], HOURS), HOURS).state == "pending"


async def test_no_event_is_passed_over_however_often_a_webhook_is_disabled_and_enabled(services: Services) -> None:
    """Switched off and on as fast as can be, while events are appended and three relays race for them."""
    webhook, _ = await hook(services, "http://127.0.0.1:9/")
    is_over = asyncio.Event()

    async def relay() -> None:
        while not is_over.is_set():
            await relay_all(services)

    async def switch() -> None:
        while not is_over.is_set():
            for enabled in (False, True):
                wanted = webhook_desk.wanted_of(await found(services, webhook))
                await webhook_desk.change(services, webhook, lambda _, w=wanted, on=enabled: (w, on), actor="ann")

    async with asyncio.TaskGroup() as tasks:
        for work in (relay, relay, relay, switch):
            tasks.create_task(work())
        seqs = [seq for _ in range(30) for seq in await tell(services, 10)]
        is_over.set()
    await relay_all(services)

    switched = len(await events(services, "webhook.disabled"))
    assert switched >= 5
    assert set(await delivered(services, webhook)) >= set(seqs)
