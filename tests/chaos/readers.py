"""Those who are told of alerts, each by a way of its own, and go on after every cut where they were: feed, WebSocket,
webhook and Kafka."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.jobs.receiver import Receiver

RETRY_S = 0.2
KIND = "alert.*"


@dataclass
class Told:
    """What reached a reader, by seq, in the order it came; `repeated` and `cut` are counts."""

    name: str
    seqs: dict[int, str] = field(default_factory=dict)
    repeated: int = 0
    cut: int = 0
    backwards: list[tuple[int, int]] = field(default_factory=list)
    upto: int = 0

    def take(self, seq: int, kind: str) -> None:
        if seq in self.seqs:
            self.repeated += 1
            return
        last = next(reversed(self.seqs), 0)
        if seq < last:
            self.backwards.append((last, seq))
        self.seqs[seq] = kind
        self.upto = max(self.upto, seq)


@asynccontextmanager
async def reading(url: str, webhook: Receiver) -> AsyncIterator[list[Told]]:
    """Read by all ways that the API has, until the block ends."""
    told = [Told("feed"), Told("stream"), Told("webhook")]
    await _register(url, webhook, told[2])
    tasks = [asyncio.create_task(_again_and_again(one, way)) for one, way in zip(told, _ways(url), strict=False)]
    try:
        yield told
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends


def _ways(url: str) -> list[Callable[[Told], Awaitable[None]]]:
    async def feed(told: Told) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            while True:
                asked = {"after": told.upto, "type": KIND, "wait": 2, "limit": 1000}
                answer = await client.get("/api/v1/events", params=asked)
                answer.raise_for_status()
                for event in answer.json()["items"]:
                    told.take(event["seq"], event["type"])
                told.upto = answer.json()["after"]

    async def stream(told: Told) -> None:
        after = f"?after={told.upto}" if told.upto else "?after=1"
        async with connect(f"{url.replace('http', 'ws')}/api/v1/alerts/stream{after}", max_size=None) as socket:
            async for text in socket:
                message = json.loads(text)
                if message["type"].startswith("alert."):
                    told.take(message["seq"], message["type"])

    return [feed, stream]


async def _again_and_again(told: Told, way: Callable[[Told], Awaitable[None]]) -> None:
    while True:
        try:
            await way(told)
        except (httpx.HTTPError, WebSocketException, OSError, TimeoutError, EOFError):
            told.cut += 1
        await asyncio.sleep(RETRY_S)


async def _register(url: str, receiver: Receiver, told: Told) -> None:
    """Have alerts sent to a receiver that refuses every tenth message at first."""
    calls = 0

    async def behave(message: Any) -> int:
        nonlocal calls
        calls += 1
        if calls % 10 == 0:
            told.cut += 1
            return 503
        told.take(message.seq, message.event["type"])
        return 204

    receiver.behave = behave
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        body = {"name": "chaos", "url": receiver.url, "types": [KIND], "in_flight": 4}
        answer = await client.post("/api/v1/webhooks", json=body)
        assert answer.status_code == 201, answer.text
