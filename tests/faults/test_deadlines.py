"""What a deadline is for whoever asks, and that nothing is cut half way when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar.types import ASGIApp

import deadlines
from api.access import ACCESS
from api.app import create_app
from api.deadlines import MARGIN_S, SPANS, Deadlines
from api.envelope import Envelope
from graph.errors import NoAnswer
from graph.model import Role
from graph.session import Graph
from jobs.gathering import Gathering
from ledger.session import Ledger
from tests.api.conftest import bearer, calling, keys
from tests.faults.lines import behind_lines
from tests.servers import Servers

__all__ = ["keys"]

SHORT_S = 0.3


def served(app: Callable[..., Any]) -> httpx.AsyncClient:
    """A bare application, with a short deadline."""
    layers: ASGIApp = Envelope(Deadlines(app, SHORT_S))  # type: ignore[arg-type]

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {}
        await layers(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://api.test")


async def answer(send: Any, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def test_every_longer_time_is_that_of_an_operation() -> None:
    assert set(SPANS) <= set(ACCESS)


async def test_who_is_late_is_answered_and_goes_on_to_its_end() -> None:
    ended = asyncio.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        with deadlines.waiting_for("neo4j"):
            await asyncio.sleep(4 * SHORT_S)
        await answer(send)
        ended.set()

    started = time.monotonic()
    async with served(late) as client:
        response = await client.get("/")
    seconds = time.monotonic() - started

    assert response.status_code == 503 and "neo4j did not answer in time" in response.json()["detail"]
    assert response.headers["retry-after"] and not ended.is_set()
    assert SHORT_S <= seconds < 4 * SHORT_S + MARGIN_S
    await asyncio.wait_for(ended.wait(), 10)


async def test_the_time_that_a_caller_takes_to_send_is_not_counted() -> None:
    async def slow_body() -> Any:
        for _ in range(4):
            await asyncio.sleep(SHORT_S)
            yield b"x"

    async def takes(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        await answer(send, body)

    async with served(takes) as client:
        response = await client.post("/", content=slow_body())

    assert (response.status_code, response.content) == (200, b"xxxx")


async def test_an_answer_that_has_begun_is_let_end() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for more in (True, True, False):
            await asyncio.sleep(SHORT_S)
            await send({"type": "http.response.body", "body": b"x", "more_body": more})

    async with served(streams) as client:
        assert (await client.get("/")).content == b"xxx"


async def test_without_a_deadline_a_request_hangs_with_its_server(
    servers: Servers, graph: Graph, keys: dict[Role, str]
) -> None:
    """Negative control of all tests that freeze a server."""
    async with behind_lines(servers) as (lined, lines):
        app = create_app(lined.settings(auth="keys", deadline_s="3600"))
        async with calling(app, **bearer(keys["admin"])) as client:
            assert (await client.get("/api/v1/wallets/acct:a")).status_code == 404
            lines["neo4j"].freeze()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get("/api/v1/wallets/acct:a"), 6)
            lines["neo4j"].thaw()


async def test_no_server_is_asked_once_the_time_is_over(graph: Graph, ledger: Ledger) -> None:
    with deadlines.within(0.0):
        with pytest.raises(NoAnswer, match="neo4j"):
            await graph.read("ping")
        with pytest.raises(NoAnswer, match="postgres"):
            async with ledger.read():
                pass
    assert await graph.read("ping")


async def test_a_batch_has_a_time_of_its_own_and_each_in_it_waits_for_its_own() -> None:
    left: list[float | None] = []

    async def do(numbers: Any) -> list[int]:
        left.append(deadlines.left())
        with deadlines.waiting_for("neo4j"):
            await asyncio.sleep(3 * SHORT_S)
        return list(numbers)

    gathering: Gathering[int, int] = Gathering(60.0)
    with deadlines.within(SHORT_S):
        hasty = asyncio.create_task(gathering.ask(1, do))
    with deadlines.within(10 * SHORT_S):
        patient = asyncio.create_task(gathering.ask(2, do))

    with pytest.raises(NoAnswer, match="neo4j"):
        await hasty
    assert await patient == 2
    assert all(seconds is not None and seconds > 10 for seconds in left)


def test_more_time_is_for_who_asks_for_more() -> None:
    with deadlines.within(5.0):
        deadlines.extend(20.0)
        assert 24 < (deadlines.left() or 0) <= 25
        with deadlines.no_longer_than(1.0):
            assert (deadlines.left() or 0) <= 1
    assert deadlines.left() is None
    assert deadlines.part(10.0) == 10.0
