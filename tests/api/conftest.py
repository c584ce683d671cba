"""The API over real servers: one application per test, called in process with keys of every role."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, get_args

import httpx
import pytest
from litestar import Litestar

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from ledger import passwords
from ledger.keys import create_key
from ledger.session import Ledger
from settings import Settings

ROLES: tuple[Role, ...] = get_args(Role)


@asynccontextmanager
async def calling(app: Litestar, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """An application with its lifespan, and a client for it."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # In a task of its own, as in a server: fixtures are set up and torn down in different ones.
        async with app.lifespan():
            started.set()
            await stop.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live())
        await started.wait()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as client:
            yield client
        stop.set()


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """Assert that the answer is the problem of that name and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors", "request_id"}
    assert (body["type"], body["status"]) == (f"/docs#{name}", status)
    assert body["request_id"] == response.headers["x-request-id"]
    return body


def fields(body: dict[str, Any]) -> list[str]:
    return [error["field"] for error in body["errors"]]


def movement(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A body of POST /transactions; `changes` set to None leave a field out."""
    body = {
        "network": "acct",
        "id": f"p{number}",
        "at": "2019-03-01T12:00:00Z",
        "asset": "USD",
        "amount": "1.5",
        "sender": "a",
        "receiver": "b",
    } | changes
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a password costs to check is claimed in tests/ledger/test_people.py; here it would be most of the time."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 256)
    monkeypatch.setattr(passwords, "PASSES", 1)


@pytest.fixture
async def keys(ledger: Ledger) -> dict[Role, str]:
    """A key in force for every role."""
    async with ledger.transaction() as connection:
        return {role: (await create_key(connection, f"test {role}", role))[1] for role in ROLES}


@pytest.fixture
async def client(settings: Settings, graph: Graph, keys: dict[Role, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows an admin's key."""
    async with calling(_app(settings), **bearer(keys["admin"])) as opened:
        yield opened


@lru_cache(maxsize=1)
def _app(settings: Settings) -> Litestar:
    """Made once: its hundred routes take longer than most tests; what it opens lives as long as a test."""
    return create_app(settings)
