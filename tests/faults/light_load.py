"""A few callers who post and read all the time, and note how long each answer took."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import httpx
from msgspec import Struct, field

from tests.api.conftest import movement

READS = {"/api/v1/wallets/acct:s0": "neo4j", "/api/v1/alerts": "postgres", "/api/v1/jobs": "postgres"}


class Noted(Struct):
    """What was answered: the longest seconds and the statuses by path, ids acknowledged, servers named as away."""

    slowest: dict[str, float] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)


class LightLoad:
    """Asks until it is stopped; a post that is not acknowledged is sent again, until it is."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []
        self.noted = Noted()

    def start(self, posters: int = 3) -> None:
        paths = [*READS, "/api/v1/health", "/api/v1/health/ready"]
        self._tasks = [asyncio.create_task(self._read(path)) for path in paths]
        self._tasks += [asyncio.create_task(self._post(number)) for number in range(posters)]

    async def stop(self) -> Noted:
        """Let what is under way come to its end, posts until they are acknowledged."""
        self._stopped = True
        await asyncio.gather(*self._tasks)
        return self.noted

    def since_now(self) -> Noted:
        """Begin a new note and return it; what was acknowledged before stays."""
        self.noted = Noted(acknowledged=self.noted.acknowledged)
        return self.noted

    async def _read(self, path: str) -> None:
        while not self._stopped:
            await self._ask("GET", path)
            await asyncio.sleep(0.2)

    async def _post(self, poster: int) -> None:
        number = 0
        while not self._stopped:
            number += 1
            body = movement(id=f"load{poster}-{number}", sender=f"s{poster}", receiver=f"r{number % 7}")
            while await self._ask("POST", "/api/v1/transactions", body) not in {200, 201}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            self.noted.acknowledged.append(f"acct:load{poster}-{number}")
            await asyncio.sleep(0.1)

    async def _ask(self, method: str, path: str, body: object = None) -> int:
        started = time.monotonic()
        response = await self._client.request(method, path, json=body)
        noted, seconds = self.noted, time.monotonic() - started
        noted.slowest[path] = max(noted.slowest.get(path, 0.0), seconds)
        noted.statuses[path, response.status_code] += 1
        if path.endswith("/ready") and response.status_code == 503:
            noted.named |= {error["field"] for error in response.json()["errors"]}
        return response.status_code
