"""Every event that a webhook wants reaches it at least once, under one id, signed, whatever its receiver does."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from jobs import webhook_desk
from jobs.relaying import relay_all
from jobs.services import Services
from jobs.webhook_lanes import message_id
from ledger.audit import list_events
from ledger.deliveries import count_undelivered
from ledger.ids import new_id
from ledger.outbox import oldest_span
from settings import Settings
from tests.jobs.receiver import Message, Receiver, accept
from tests.jobs.webhook_scene import at_work, delivered, events, found, has_all, hook, tell
from tests.servers import Servers


@pytest.fixture
def settings(servers: Servers) -> Settings:
    return servers.settings(webhook_allow="127.0.0.0/8", webhook_retries=",".join(["0.05"] * 30), webhook_timeout_s="1")


async def test_events_arrive_in_order_signed_and_as_cloud_events(services: Services) -> None:
    """200 events to a receiver that takes each: once, by seq, and only what it wants."""
    async with Receiver.open() as receiver:
        webhook, secret = await hook(services, receiver)
        async with at_work(services):
            seqs = await tell(services, 200)
            others = await tell(services, 3, action="case.opened")
            await receiver.until(has_all(seqs))

        assert [one.seq for one in receiver.taken] == seqs and not set(seqs) & set(others)
        for one in receiver.taken:
            Verifier(secret).verify(one.body, one.headers)
        first = receiver.taken[0].event
        assert (first["specversion"], first["id"], first["type"]) == ("1.0", str(seqs[0]), "alert.opened")
        assert receiver.taken[0].headers["content-type"] == "application/cloudevents+json"
        assert first["data"] == {"actor": "t", "body": {"number": 0}} and first["subject"] == "alr_0"
        assert receiver.taken[0].id == message_id(webhook, seqs[0])
    states = {one.state for one in (await delivered(services, webhook)).values()}
    assert states == {"delivered"} and receiver.connections == 1


async def test_a_message_that_was_meddled_with_is_not_taken_for_signed(services: Services) -> None:
    """The negative control of the verifier: another byte, another secret, another id are all refused."""
    async with Receiver.open() as receiver:
        _, secret = await hook(services, receiver)
        async with at_work(services):
            await receiver.until(has_all(await tell(services)))
    [one] = receiver.taken

    for body, headers, key in (
        (one.body.replace(b"alr_0", b"alr_1"), one.headers, secret),
        (one.body, one.headers | {"webhook-id": "msg_x_1"}, secret),
        (one.body, one.headers, "whsec_" + "A" * 43 + "="),
    ):
        with pytest.raises(WebhookVerificationError):
            Verifier(key).verify(body, headers)


async def test_a_receiver_that_fails_half_the_time_gets_all_under_one_id_each(services: Services) -> None:
    """Seeded failures of all kinds: errors, redirects, hung up; nothing is lost, ids stay, signatures are fresh."""
    chance = random.Random(6)
    async with Receiver.open() as receiver:
        _, secret = await hook(services, receiver, in_flight=4)

        async def moody(_message: Message) -> int:
            if chance.random() < 0.5:
                return 204
            return chance.choice([400, 404, 429, 500, 503, 302])

        receiver.behave = moody
        async with at_work(services):
            seqs = await tell(services, 60)
            await receiver.until(has_all(seqs))

        ids: dict[int, set[str]] = {}
        for one in receiver.got:
            Verifier(secret).verify(one.body, one.headers)
            ids.setdefault(one.seq, set()).add(one.id)
        assert set(ids) == set(seqs) and all(len(names) == 1 for names in ids.values())
        assert len(receiver.got) > len(seqs)
        # Once taken, never again: nobody was killed.
        assert max(Counter(one.seq for one in receiver.taken).values()) == 1


async def test_a_receiver_that_is_down_and_comes_back_misses_nothing(services: Services) -> None:
    """Nobody listens at first: connections are refused; then somebody does, at the same address."""
    async with Receiver.open() as receiver:
        port = receiver.port
    webhook, _ = await hook(services, f"http://127.0.0.1:{port}/hook")
    async with at_work(services):
        seqs = await tell(services, 30)
        while (await found(services, webhook)).failures < 3:  # noqa: ASYNC110  # nobody tells us
            await asyncio.sleep(0.02)
        async with Receiver.open(port=port) as back:
            await back.until(has_all(seqs))
    assert (await found(services, webhook)).failures == 0


async def test_one_that_hangs_delays_no_other(services: Services) -> None:
    """Beside a receiver that never answers, one that does has 99 of 100 events within a second of their commit."""
    loop = asyncio.get_running_loop()
    told: dict[int, float] = {}

    async def hang(_message: Message) -> int:
        await asyncio.sleep(30)
        return 204

    async with Receiver.open() as dead, Receiver.open() as live:
        dead.behave = hang
        await hook(services, dead, in_flight=4)
        await hook(services, live)
        async with at_work(services):
            for _ in range(100):
                [seq] = await tell(services)
                told[seq] = loop.time()
                await asyncio.sleep(0.01)
            await live.until(has_all(list(told)))

    delays = sorted(one.at - told[one.seq] for one in live.taken)
    assert delays[98] < 1.0 and dead.got and not dead.taken


async def test_secrets_are_changed_without_a_message_that_nobody_can_verify(services: Services) -> None:
    """Both sign while both are in force; the last one cannot be deleted."""
    async with Receiver.open() as receiver:
        webhook, old = await hook(services, receiver)
        async with at_work(services):
            before = await tell(services, 3)
            await receiver.until(has_all(before))
            _, new = await webhook_desk.add_secret(services, webhook, new_id("whs"), actor="ann")
            assert new is not None
            both = await tell(services, 3)
            await receiver.until(has_all(both))
            listed = [event.body["secret"] for event in await events(services, "webhook.created")]
            await webhook_desk.remove_secret(services, webhook, listed[0], actor="ann")
            after = await tell(services, 3)
            await receiver.until(has_all(after))

    verified = {secret: {one.seq for one in receiver.taken if verifies(secret, one)} for secret in (old, new)}
    assert verified == {old: {*before, *both}, new: {*both, *after}}


def verifies(secret: str, message: Message) -> bool:
    try:
        Verifier(secret).verify(message.body, message.headers)
    except WebhookVerificationError:
        return False
    return True


async def test_several_workers_queue_and_send_everything_once(services: Services) -> None:
    """Three relays at once on one outbox: each event is queued once and taken once, and the outbox is empty."""
    async with Receiver.open() as one, Receiver.open() as other:
        await hook(services, one, in_flight=3)
        await hook(services, other)
        seqs = await tell(services, 150)
        async with at_work(services), at_work(services), at_work(services):
            await one.until(has_all(seqs))
            await other.until(has_all(seqs))

    for receiver in (one, other):
        assert sorted(message.seq for message in receiver.got) == seqs
    async with services.ledger.read() as connection:
        assert (await oldest_span(connection)).spans == 0


async def test_a_worker_that_is_told_to_stop_gives_back_what_it_has_not_sent(services: Services) -> None:
    """Stopped with a message under way: all of it is due again at once, and not when a lease runs out."""
    held = asyncio.Event()

    async def hold(_message: Message) -> int:
        held.set()
        await asyncio.sleep(60)
        return 204

    async with Receiver.open() as receiver:
        await hook(services, receiver)
        receiver.behave = hold
        seqs = await tell(services, 5)
        async with at_work(services), asyncio.timeout(60):
            await held.wait()
        async with services.ledger.read() as connection:
            waiting = await count_undelivered(connection)
        receiver.behave = accept
        async with at_work(services):
            await receiver.until(has_all(seqs))

    assert (waiting.deliveries, waiting.failed) == (5, 0) and waiting.oldest_s is not None
    assert [one.seq for one in receiver.got] == [seqs[0], *seqs]


async def test_what_is_queued_is_what_the_log_has_of_the_types_asked_for(services: Services) -> None:
    """Exact types, prefixes and all; a prefix ends at its dot."""
    async with Receiver.open() as receiver:
        asked = {"exact": ["case.opened"], "prefix": ["alert.*", "case.closed"], "all": ["*"]}
        made = {name: (await hook(services, receiver, types=types))[0] for name, types in asked.items()}
        for action in ("case.opened", "case.opened_twice", "alert.opened", "alerts.opened", "case.closed"):
            await tell(services, action=action)
        await relay_all(services)

    got = {name: [one.type for one in reversed((await delivered(services, w)).values())] for name, w in made.items()}
    assert got["exact"] == ["case.opened"] and got["prefix"] == ["alert.opened", "case.closed"]
    async with services.ledger.read() as connection:
        everything = [event.action for event in await list_events(connection)]
    assert got["all"] == everything[everything.index("case.opened") - 1 :]
