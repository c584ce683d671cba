"""Kafka as a test sees it: topics of its own, a bare client that puts in and reads out, and our consumer at work."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError

from jobs.kafka_address import parse_kafka_url
from jobs.kafka_consuming import Consumer
from jobs.services import Services, open_services
from settings import Settings
from tests.servers import Servers

WAIT_S = 60.0
Put = tuple[bytes | None, bytes | None]


def settings_for(servers: Servers, kafka: str, **more: str) -> Settings:
    """Settings with topics and a group that no other test has."""
    own = secrets.token_hex(6)
    names = ("decisions", "alerts", "transactions", "dead_letters", "group")
    return servers.settings(kafka_url=kafka, **{f"kafka_{name}": f"{name}-{own}" for name in names}, **more)


def login(kafka: str) -> dict[str, Any]:
    """What a bare client needs to be let in."""
    address = parse_kafka_url(kafka)
    return {
        "bootstrap_servers": list(address.servers),
        "security_protocol": "SASL_PLAINTEXT" if address.user else "PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": address.user,
        "sasl_plain_password": address.password,
    }


def document(number: int, sender: str = "a", receiver: str = "b", amount: str = "5") -> dict[str, Any]:
    """A payment as an integrator writes it."""
    at = f"2020-01-{1 + number % 28:02d}T00:00:00Z"
    wallets = {"sender": sender, "receiver": receiver}
    return {"network": "acct", "id": f"k{number}", "at": at, "asset": "USD", "amount": amount} | wallets


def message(number: int, **more: str) -> Put:
    """A payment as a message, keyed by its sender."""
    body = document(number, **more)
    return body["sender"].encode(), msgspec.json.encode(body)


async def make_topic(kafka: str, topic: str, partitions: int = 1, **configs: str) -> None:
    client = AIOKafkaAdminClient(**login(kafka))
    await client.start()
    try:
        await client.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])
    finally:
        await client.close()


async def put(kafka: str, topic: str, messages: Sequence[Put], headers: Sequence[tuple[str, bytes]] = ()) -> None:
    """Send as they are, in order within a key."""
    async with AIOKafkaProducer(**login(kafka), acks="all", max_request_size=1 << 30, linger_ms=5) as producer:
        sent = [await producer.send(topic, key=key, value=value, headers=list(headers)) for key, value in messages]
        await asyncio.gather(*sent)


async def read(kafka: str, topic: str, at_least: int, timeout_s: float = WAIT_S) -> list[Any]:
    """Read a topic from its beginning until so many messages have come, and all that are there by then."""
    async with AIOKafkaConsumer(topic, **login(kafka), auto_offset_reset="earliest") as consumer:
        found: list[Any] = []
        limit = time.monotonic() + timeout_s
        while len(found) < max(at_least, sum((await consumer.end_offsets(consumer.assignment())).values())):
            assert time.monotonic() < limit, f"{topic} has {len(found)} messages, not {at_least}"
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found


async def committed(kafka: str, settings: Settings, partitions: int = 1) -> dict[int, int]:
    """How far the group has got, by partition; 0 where nothing is committed."""
    topic, group = settings.kafka.kafka_transactions, settings.kafka.kafka_group
    client = AIOKafkaAdminClient(**login(kafka))
    await client.start()
    try:
        found = await client.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:
        found = {}  # the broker's very first group: nothing is committed yet
    finally:
        await client.close()
    places = (TopicPartition(topic, number) for number in range(partitions))
    return {place.partition: max(0, found[place].offset) if place in found else 0 for place in places}


@asynccontextmanager
async def consuming(settings: Settings, kind: type[Consumer] = Consumer, **more: int) -> AsyncIterator[Services]:
    """Our consumer at work, told to stop at the end as by SIGTERM."""
    stop = asyncio.Event()
    async with open_services(settings, retry_s=30) as services:
        work = asyncio.create_task(kind(services, stop, **more).run())
        try:
            yield services
        finally:
            stop.set()
            await asyncio.wait_for(work, WAIT_S)


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = WAIT_S) -> None:
    limit = time.monotonic() + timeout_s
    while not await condition():
        assert time.monotonic() < limit, f"not so after {timeout_s} s"
        await asyncio.sleep(0.05)


async def until_done(kafka: str, settings: Settings, messages: int, partitions: int = 1) -> None:
    """Until the group has committed so many messages."""

    async def is_done() -> bool:
        return sum((await committed(kafka, settings, partitions)).values()) >= messages

    await until(is_done)
