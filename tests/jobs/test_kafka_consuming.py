"""Payments from Kafka: decided once, in order, committed afterwards; what can never be one is put aside with a reason.

On a real broker, with topics of each test's own.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import psycopg
import pytest

from jobs.kafka_client import Inbox, Incoming, Publisher
from jobs.kafka_consuming import Consumer
from jobs.screening import screen_transactions
from jobs.services import Services, open_services
from ledger import audit, decisions
from ledger.session import Ledger
from settings import Settings
from tests.builders import pay
from tests.jobs.kafka_ground import (
    committed,
    consuming,
    document,
    make_topic,
    message,
    put,
    read,
    settings_for,
    until,
    until_done,
)
from tests.servers import Servers

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
async def ours(servers: Servers, kafka: str, ledger: Ledger) -> Settings:
    settings = settings_for(servers, kafka)
    await make_topic(kafka, settings.kafka.kafka_transactions)
    await make_topic(kafka, settings.kafka.kafka_dead_letters)
    return settings


async def decided(ledger: Ledger) -> Counter[tuple[str, str]]:
    """How many decisions each actor has had on each transaction, in the order of the log."""
    async with ledger.read() as connection:
        events = await audit.list_events(connection, limit=100_000, action="transaction.decided")
    return Counter((event.actor, event.subject) for event in events)


async def test_what_stood_in_the_topic_before_is_decided_once_and_in_order(
    kafka: str, ours: Settings, ledger: Ledger
) -> None:
    messages = [message(number % 700) for number in range(1_400)]
    await put(kafka, ours.kafka.kafka_transactions, messages)

    async with consuming(ours):
        await until_done(kafka, ours, len(messages))

    found = await decided(ledger)
    assert list(found) == [("kafka", f"acct:k{number}") for number in range(700)]
    assert set(found.values()) == {1}


async def test_refused_messages_are_put_aside_as_they_came_and_hold_up_none(
    kafka: str, ours: Settings, ledger: Ledger
) -> None:
    bad: dict[str, tuple[bytes | None, str, str]] = {
        "not JSON": (b'{"network": ', "malformed-json", ""),
        "not UTF-8": (b'{"network": "\xff\xfe"}', "malformed-json", ""),
        "an array": (msgspec.json.encode([document(1)]), "invalid-input", "body"),
        "no receiver": (
            msgspec.json.encode({k: v for k, v in document(2).items() if k != "receiver"}),
            "invalid-input",
            "receiver",
        ),
        "no amount": (msgspec.json.encode(document(3) | {"amount": "-1"}), "invalid-input", "amount"),
        "other content": (msgspec.json.encode(document(0) | {"amount": "6"}), "transaction-conflict", ""),
        "empty": (None, "refused", ""),
        "too much": (msgspec.json.encode(document(4, amount="9000000000000")), "invalid-input", "value"),
    }
    key = b"k\xff"
    # Two such sums are more than 64 bits hold: the second cannot land.
    good = [message(0, amount="9000000000000"), *((key, value) for value, _, _ in bad.values()), message(9)]
    await put(kafka, ours.kafka.kafka_transactions, good, [("trace", b"mine")])

    async with consuming(ours):
        await until_done(kafka, ours, len(good))

    letters = await read(kafka, ours.kafka.kafka_dead_letters, len(bad))
    assert [(letter.key, letter.value) for letter in letters] == [(key, value) for value, _, _ in bad.values()]
    for offset, (letter, (_, reason, field)) in enumerate(zip(letters, bad.values(), strict=True), 1):
        headers = dict(letter.headers)
        assert headers["reason"].decode() == reason, letter
        assert headers["original_topic"].decode() == ours.kafka.kafka_transactions
        assert (headers["original_partition"], headers["original_offset"]) == (b"0", str(offset).encode())
        assert (headers["original_key"], headers["trace"]) == (key, b"mine")
        errors = msgspec.json.decode(headers["errors"])
        assert field in [error["field"] for error in errors] and all(error["message"] for error in errors)
    assert list(await decided(ledger)) == [("kafka", "acct:k0"), ("kafka", "acct:k9")]


async def test_a_message_longer_than_a_request_may_be_is_put_aside(
    servers: Servers, kafka: str, ledger: Ledger
) -> None:
    ours = settings_for(servers, kafka, max_body_bytes="2000")
    await make_topic(kafka, ours.kafka.kafka_transactions, **{"max.message.bytes": "3000000"})
    # So small that the reason does not fit beside the longest content.
    await make_topic(kafka, ours.kafka.kafka_dead_letters, **{"max.message.bytes": "3000"})
    long = [msgspec.json.encode(document(n) | {"purpose": "x" * size}) for n, size in ((1, 2_000), (2, 2_900))]
    await put(kafka, ours.kafka.kafka_transactions, [(b"a", long[0]), (b"a", long[1]), message(3)])

    async with consuming(ours):
        await until_done(kafka, ours, 3)

    first, second = await read(kafka, ours.kafka.kafka_dead_letters, 2)
    assert first.value == long[0]
    assert b"HEADWATER_MAX_BODY_BYTES" in dict(first.headers)["errors"]
    assert (second.value, dict(second.headers)["left_out_bytes"]) == (b"", str(len(long[1])).encode())
    assert list(await decided(ledger)) == [("kafka", "acct:k3")]


async def test_nothing_is_committed_or_refused_while_the_ledger_is_away(
    servers: Servers, kafka: str, ours: Settings, ledger: Ledger
) -> None:
    await put(kafka, ours.kafka.kafka_transactions, [message(number) for number in range(20)])
    away = settings_for(servers, kafka, postgres_url="postgresql://headwater_app:x@127.0.0.1:9/headwater")
    away = msgspec.structs.replace(ours, ledger=away.ledger)

    async with consuming(away) as services:
        # The graph has them, so that they were tried.
        await until(lambda: _has_landed(services))
        await asyncio.sleep(1)
    assert await committed(kafka, ours) == {0: 0}

    async with consuming(ours):
        await until_done(kafka, ours, 20)
    await put(kafka, ours.kafka.kafka_dead_letters, [(None, b"mark")])
    assert [letter.value for letter in await read(kafka, ours.kafka.kafka_dead_letters, 1)] == [b"mark"]
    assert set((await decided(ledger)).values()) == {1}


class Hasty(Consumer):
    """Commits what it takes before it is decided."""

    async def _burst(self, inbox: Inbox, letters: Publisher, first: list[Incoming]) -> None:
        await inbox.commit(first)
        await super()._burst(inbox, letters, first)


async def test_a_consumer_that_committed_first_would_lose_payments(
    servers: Servers, kafka: str, ours: Settings, ledger: Ledger
) -> None:
    """The negative control of the test above: the same outage, and nobody ever decides."""
    await put(kafka, ours.kafka.kafka_transactions, [message(number) for number in range(20)])
    away = settings_for(servers, kafka, postgres_url="postgresql://headwater_app:x@127.0.0.1:9/headwater")
    away = msgspec.structs.replace(ours, ledger=away.ledger)

    async with consuming(away, Hasty) as services:
        await until(lambda: _has_landed(services))
    assert await committed(kafka, ours) == {0: 20}

    await put(kafka, ours.kafka.kafka_transactions, [message(20)])
    async with consuming(ours):
        await until_done(kafka, ours, 21)
    assert list(await decided(ledger)) == [("kafka", "acct:k20")]


async def test_what_fails_for_an_unknown_reason_again_and_again_is_put_aside_alone(
    servers: Servers, kafka: str, ours: Settings, ledger: Ledger
) -> None:
    with psycopg.connect(servers.postgres_admin_url, autocommit=True) as owner:
        # Bound to one payment: nothing that we know how to say.
        owner.execute("ALTER TABLE decisions ADD CONSTRAINT odd CHECK (transaction <> 'acct:k3') NOT VALID")
        try:
            await put(kafka, ours.kafka.kafka_transactions, [message(number) for number in range(6)])
            async with consuming(ours, tries=2):
                await until_done(kafka, ours, 6)
        finally:
            owner.execute("ALTER TABLE decisions DROP CONSTRAINT odd")

    (letter,) = await read(kafka, ours.kafka.kafka_dead_letters, 1)
    assert (letter.value, dict(letter.headers)["reason"]) == (message(3)[1], b"refused")
    assert {key for _, key in await decided(ledger)} == {f"acct:k{number}" for number in range(6) if number != 3}


async def _has_landed(services: Services) -> bool:
    return await services.graph.watermark() > 0


async def test_two_consumers_share_the_partitions_and_repeat_without_a_second_decision(
    servers: Servers, kafka: str, ledger: Ledger
) -> None:
    ours = settings_for(servers, kafka)
    await make_topic(kafka, ours.kafka.kafka_transactions, partitions=4)
    messages = [message(number, sender=f"w{number % 40}") for number in range(600)]
    await put(kafka, ours.kafka.kafka_transactions, messages)

    async with consuming(ours):
        async with consuming(ours):
            await put(kafka, ours.kafka.kafka_transactions, messages)
            await until(lambda: _some_are_decided(ledger))
        await put(kafka, ours.kafka.kafka_transactions, messages)
        await until_done(kafka, ours, 3 * len(messages), partitions=4)

    found = await decided(ledger)
    assert found == Counter({("kafka", f"acct:k{number}"): 1 for number in range(600)})
    # A wallet is a key, a key has one partition: what it sent was decided in the order it was sent.
    order = [int(key.removeprefix("acct:k")) for _, key in found]
    assert all([n for n in order if n % 40 == w] == list(range(w, 600, 40)) for w in range(40))


async def _some_are_decided(ledger: Ledger) -> bool:
    return len(await decided(ledger)) >= 100


async def test_the_same_over_http_and_kafka_is_one_decision(kafka: str, ours: Settings, ledger: Ledger) -> None:
    given = pay("a", "b", 5, id="k1", day=1)
    async with open_services(ours) as services:
        (first,) = await screen_transactions(services, [given], actor="tester", trace_id="trace")
    await put(
        kafka,
        ours.kafka.kafka_transactions,
        [message(1)],
        [("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")],
    )
    await put(
        kafka,
        ours.kafka.kafka_transactions,
        [message(2)],
        [("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")],
    )

    async with consuming(ours):
        await until_done(kafka, ours, 2)

    async with ledger.read() as connection:
        found = await decisions.find_decisions(connection, ["acct:k1", "acct:k2"])
    assert first.decision is not None and found["acct:k1"].id == first.decision.id
    assert found["acct:k2"].trace_id == "a" * 32
    assert await decided(ledger) == {("tester", "acct:k1"): 1, ("kafka", "acct:k2"): 1}


async def test_stopping_finishes_what_is_under_way(kafka: str, ours: Settings, ledger: Ledger) -> None:
    await put(kafka, ours.kafka.kafka_transactions, [message(number) for number in range(1_000)])
    stop = asyncio.Event()

    async with open_services(ours, retry_s=30) as services:
        work = asyncio.create_task(Consumer(services, stop).run())
        await until(lambda: _has_landed(services))
        stop.set()
        await asyncio.wait_for(work, 60)

    done = (await committed(kafka, ours))[0]
    assert 0 < done <= 1_000
    assert len(await decided(ledger)) == done
