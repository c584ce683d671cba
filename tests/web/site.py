"""Headwater as people meet it in a browser: API and worker in processes of their own, and people who sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct
from playwright.async_api import Page
from redis.asyncio import Redis

from bench.ground import environment
from graph.model import Role
from ledger.keys import create_key
from ledger.session import Ledger
from tests.api.people import PASSWORD, person
from tests.chaos.processes import free_port, headwater, wait_until_ready
from tests.servers import Servers

PEOPLE: dict[str, Role] = {"ines": "investigator", "sam": "supervisor", "ada": "admin", "olga": "auditor"}


class Site(Struct, frozen=True):
    """A running API; `api` shows an admin's key and is how tests land what pages then show."""

    url: str
    api: httpx.AsyncClient
    ledger: Ledger
    redis_url: str

    async def post(self, path: str, body: Any) -> Any:
        """Post to the API and return what was answered."""
        answer = await self.api.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        """Ask the API."""
        answer = await self.api.get(f"/api/v1{path}")
        assert answer.is_success, answer.text
        return answer.json()

    async def sign_in(self, page: Page, name: str = "ines") -> None:
        """Give the page's browser the cookie of somebody who has signed in."""
        await forget_attempts(self.redis_url)
        answer = await page.request.post(
            f"{self.url}/api/v1/sessions",
            data={"name": name, "password": PASSWORD},
            headers={"x-headwater-request": "1"},
        )
        assert answer.status == 201, await answer.text()


async def forget_attempts(redis_url: str) -> None:
    """Let everybody sign in as if nobody had tried: tests follow each other faster than people do."""
    async with Redis.from_url(redis_url) as redis:
        async for key in redis.scan_iter("headwater:limit:*"):
            await redis.delete(key)


@asynccontextmanager
async def running_site(servers: Servers, ledger: Ledger, folder: Path) -> AsyncIterator[Site]:
    """Start both processes on servers that have just been emptied; people of every role may sign in."""
    settings = servers.settings(port=str(free_port()), auth="keys", data_dir=str(folder), models_dir=str(folder))
    url = f"http://127.0.0.1:{settings.api.port}"
    async with ledger.transaction() as connection:
        _, key = await create_key(connection, "test admin", "admin")
    for name, role in PEOPLE.items():
        await person(ledger, name, role)
    with ExitStack() as stack:
        for name in ("serve", "worker"):
            stack.enter_context(headwater(name, folder / f"{name}.log", environment(settings)))
        wait_until_ready(url)
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=url, timeout=60, headers=headers) as api:
            yield Site(url, api, ledger, servers.redis_url)
