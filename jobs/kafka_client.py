"""The only door to Kafka: messages out, acknowledged by all replicas, and messages in, committed when we say so."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalOperation,
    IllegalStateError,
    KafkaError,
    MessageSizeTooLargeError,
    RebalanceInProgressError,
)
from msgspec import Struct

from graph.errors import HeadwaterError, Unavailable
from jobs.kafka_address import parse_kafka_url

CLOSE_S = 3.0
RETRY_MS = 250
# What a server accepts is for the server to say.
LARGEST = 1 << 30
Headers = tuple[tuple[str, bytes], ...]
Place = tuple[str, int]


class MessageTooLarge(HeadwaterError):
    """The server does not take a message of that size."""


class Outgoing(Struct, frozen=True):
    """A message to be sent; those of one key keep their order."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


class Incoming(Struct, frozen=True):
    """A message as it stands in its partition; `key` and `value` are None where there was none."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def place(self) -> Place:
        """Topic and partition."""
        return self.topic, self.partition


class Publisher:
    """Sends messages, each at least once."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    async def make_sure_of(self, *topics: str) -> None:
        """Return when the topics are there; a server that makes topics by itself makes them now."""
        with _told_plainly():
            for topic in topics:
                await self._producer.partitions_for(topic)

    async def publish(self, messages: Iterable[Outgoing]) -> None:
        """Return when all of it is kept by every replica, however long that takes.

        Raises MessageTooLarge, and Unavailable; then some of it may have been sent.
        """
        with _told_plainly():
            await _all_of([await self._send(message) for message in messages])

    async def _send(self, message: Outgoing) -> Awaitable[Any]:
        # The client does not send what has neither a key nor a value.
        value = b"" if message.key is None and message.value is None else message.value
        sent: Awaitable[Any] = await self._producer.send(
            message.topic, key=message.key, value=value, headers=list(message.headers)
        )
        return sent


class Inbox:
    """What a member of the consumer group is given to read, from the earliest message that the group has not done."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._undone: dict[TopicPartition, int] = {}

    async def take(self, at_most: int, timeout_s: float) -> list[Incoming]:
        """Return the next messages, in order within a partition; none if nothing comes in time. Raises Unavailable."""
        with _told_plainly():
            records = await self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=at_most)
        for partition, found in records.items():
            self._undone.setdefault(partition, found[0].offset)
        return [_incoming(record) for found in records.values() for record in found]

    async def commit(self, messages: Sequence[Incoming]) -> None:
        """Record that these are done, but for those of partitions that others have got meanwhile: they do them again.

        While partitions are being given out anew nothing can be recorded: a later commit does, or they are done again.
        Raises Unavailable.
        """
        ends = {TopicPartition(*message.place): message.offset + 1 for message in messages}
        ours = {partition: end for partition, end in ends.items() if partition in self._consumer.assignment()}
        self._undone = {p: max(at, ends.get(p, at)) for p, at in self._undone.items()}
        with _told_plainly(), suppress(CommitFailedError, IllegalStateError, RebalanceInProgressError):
            if ours:
                await self._consumer.commit(ours)

    def rewind(self) -> None:
        """Go back to the first message that was taken and not committed, in every partition that is still ours."""
        assigned = self._consumer.assignment()
        for partition, offset in self._undone.items():
            if partition in assigned:
                self._consumer.seek(partition, offset)

    def forget(self) -> None:
        """Partitions are given out anew: what others have done meanwhile is not ours to go back to."""
        self._undone.clear()

    def lag(self) -> int:
        """How many messages of our partitions are not taken yet, as far as is known."""
        marks = ((p, self._consumer.highwater(p), self._undone.get(p)) for p in self._consumer.assignment())
        return sum(max(0, high - at) for _, high, at in marks if high is not None and at is not None)


class _Anew(ConsumerRebalanceListener):  # type: ignore[misc]
    """Told when partitions are given out anew."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Some are not ours from now on; which, is told afterwards."""
        self._inbox.forget()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Nothing to do: they are read from where the group has got to."""


@asynccontextmanager
async def open_publisher(url: str, *, once_each: bool = True) -> AsyncIterator[Publisher]:
    """Connect to send; raises Unavailable.

    `once_each`: what is sent again because an answer was lost stands there once. Where single messages may be refused
    it cannot be had.
    """
    producer = AIOKafkaProducer(
        **_options(url), acks="all", enable_idempotence=once_each, linger_ms=5, max_request_size=LARGEST
    )
    with _told_plainly():
        try:
            await producer.start()
            yield Publisher(producer)
        finally:
            await _close(producer)


@asynccontextmanager
async def open_inbox(url: str, topic: str, group: str) -> AsyncIterator[Inbox]:
    """Join the group; raises Unavailable. Nothing is committed but by `commit`."""
    consumer = AIOKafkaConsumer(
        **_options(url),
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        # What a producer took back by aborting its transaction was never said.
        isolation_level="read_committed",
    )
    with _told_plainly():
        try:
            await consumer.start()
            inbox = Inbox(consumer)
            consumer.subscribe([topic], listener=_Anew(inbox))
            yield inbox
        finally:
            await _close(consumer)


async def _all_of(sent: Sequence[Awaitable[Any]]) -> None:
    """Wait for every answer, then raise the first error among them."""
    for answer in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer


def _options(url: str) -> dict[str, Any]:
    # Each retry of a dead server would be a line; what fails in the end is logged by us.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    address = parse_kafka_url(url)
    protocol = ("SASL_" if address.user else "") + ("SSL" if address.tls else "PLAINTEXT")
    return {
        "bootstrap_servers": list(address.servers),
        "client_id": "headwater",
        "security_protocol": protocol,
        "ssl_context": ssl.create_default_context() if address.tls else None,
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": address.user,
        "sasl_plain_password": address.password,
        "retry_backoff_ms": RETRY_MS,
    }


async def _close(client: Any) -> None:
    """Close what is open; nothing that was acknowledged hangs on it, so that a server away is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await client.stop()


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except MessageSizeTooLargeError as error:
        raise MessageTooLarge(str(error)) from error
    except (KafkaError, IllegalOperation) as error:
        raise Unavailable("kafka", str(error) or type(error).__name__) from error


def _incoming(record: Any) -> Incoming:
    return Incoming(record.topic, record.partition, record.offset, record.key, record.value, tuple(record.headers))
