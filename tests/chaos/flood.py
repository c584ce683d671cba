"""One payment, sent once to five times, over HTTP and Kafka, by many clients at once and in any order.

It is acknowledged by an answer of the API or by the broker; who gets neither sends again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.jobs.kafka_ground import login

WALLETS, SCAMMERS = 60, 6
CLIENTS, PAUSE_S, TRIES = 10, 0.1, 2_000
# So soon does an impatient client give up, mostly after the commit and before the answer.
IMPATIENCE_S = (0.005, 0.06)
POISON = (b"not JSON", b'{"network": "acct"}', b"\xff\xfe", b"[]")


@dataclass
class Send:
    """One sending of a payment, by one way."""

    number: int
    over_kafka: bool
    is_impatient: bool


@dataclass
class Known:
    """What the clients know: which payments were acknowledged by whom, under which decision, and what went wrong."""

    decisions: dict[str, str] = field(default_factory=dict)
    by_http: set[str] = field(default_factory=set)
    by_kafka: set[str] = field(default_factory=set)
    poison: int = 0
    cut: int = 0
    refused: int = 0
    begun: int = 0
    odd: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> set[str]:
        return self.by_http | self.by_kafka


def payment(number: int) -> dict[str, Any]:
    """The payment of a number: always the same. Every tenth is paid by somebody who is known for fraud."""
    rng = random.Random(number)
    sender, receiver = rng.sample(range(SCAMMERS, WALLETS), 2)
    if number % 10 == 0:
        sender = rng.randrange(SCAMMERS)
    at = f"2020-{1 + number % 12:02d}-{1 + number % 28:02d}T{number % 24:02d}:00:00Z"
    wallets = {"sender": f"w{sender}", "receiver": f"w{receiver}"}
    return {"network": "acct", "id": f"d{number}", "at": at, "asset": "USD", "amount": str(1 + number % 90)} | wallets


def sends(payments: int, rng: random.Random) -> list[Send]:
    """Every payment one to five times, in random order; the first way of each is drawn like any other."""
    drawn = [number for number in range(payments) for _ in range(rng.randint(1, 5))]
    rng.shuffle(drawn)
    return [Send(number, rng.random() < 0.5, rng.random() < 0.2) for number in drawn]


class Flood:
    """The clients; `pour` returns when everything given to it is acknowledged."""

    def __init__(self, url: str, kafka: str, topic: str, rng: random.Random) -> None:
        self._url, self._kafka, self._topic, self._rng = url, kafka, topic, rng
        self.known = Known()

    async def pour(self, batch: Sequence[Send]) -> None:
        waiting = list(reversed(batch))

        async def client() -> None:
            async with httpx.AsyncClient(base_url=self._url, timeout=30) as http, self._producer() as producer:
                while waiting:
                    await self._send(waiting.pop(), http, producer)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A client of Kafka; the broker may be down just now."""
        producer = AIOKafkaProducer(**login(self._kafka), acks="all", request_timeout_ms=5_000)
        for _ in range(TRIES):
            try:
                await producer.start()
                break
            except (KafkaError, OSError):
                await asyncio.sleep(PAUSE_S)
        try:
            yield producer
        finally:
            await asyncio.wait_for(producer.stop(), 60)

    async def _send(self, send: Send, http: httpx.AsyncClient, producer: AIOKafkaProducer) -> None:
        self.known.begun += 1
        body = payment(send.number)
        if send.over_kafka:
            await self._over_kafka(producer, body)
        else:
            await self._over_http(http, body, send.is_impatient)

    async def _over_kafka(self, producer: AIOKafkaProducer, body: dict[str, Any]) -> None:
        key = body["sender"].encode()
        if self._rng.random() < 0.02:
            await self._put(producer, key, self._rng.choice(POISON))
            self.known.poison += 1
        await self._put(producer, key, msgspec.json.encode(body))
        self.known.by_kafka.add(f"acct:{body['id']}")

    async def _put(self, producer: AIOKafkaProducer, key: bytes, value: bytes) -> None:
        for _ in range(TRIES):
            try:
                await producer.send_and_wait(self._topic, key=key, value=value)
                return
            except (KafkaError, OSError):
                self.known.cut += 1
                await asyncio.sleep(PAUSE_S)
        raise AssertionError("Kafka never acknowledged a message")

    async def _over_http(self, http: httpx.AsyncClient, body: dict[str, Any], is_impatient: bool) -> None:
        timeout: float | None = self._rng.uniform(*IMPATIENCE_S) if is_impatient else 30.0
        for _ in range(TRIES):
            try:
                answer = await http.post("/api/v1/transactions", json=body, timeout=timeout)
            except httpx.HTTPError:
                self.known.cut += 1
            else:
                if answer.status_code in (200, 201):
                    self._acknowledged(body, answer.json())
                    return
                assert answer.status_code in (503, 429), answer.text
                self.known.refused += 1
            timeout = 30.0
            await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"{body['id']} was never acknowledged")

    def _acknowledged(self, body: dict[str, Any], answer: dict[str, Any]) -> None:
        key, decision = f"acct:{body['id']}", answer["decision"]["id"]
        if self.known.decisions.setdefault(key, decision) != decision:
            self.known.odd.append(f"{key} was answered with two decisions")
        self.known.by_http.add(key)
