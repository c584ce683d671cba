"""`GET /events`: from any place on, each event once, in order; waited for; withheld from who may not read it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.access import ACCESS
from api.app import create_app
from api.event_views import OTHERS, SHOWN_BY
from graph.model import Role
from graph.session import Graph
from jobs.envelopes import encode_envelope, envelope
from ledger import event_feed
from ledger.audit import EventDraft, append
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import ROLES, bearer, calling, fields, movement, problem

EVENTS = "/api/v1/events"
QUOTE = '"'


async def record(ledger: Ledger, *actions: str) -> None:
    async with ledger.transaction() as connection:
        await append(connection, *(EventDraft("test", action, f"s{n}", {"n": n}) for n, action in enumerate(actions)))


async def feed(client: httpx.AsyncClient, headers: dict[str, str] | None = None, **asked: Any) -> dict[str, Any]:
    response = await client.get(EVENTS, params=asked, headers=headers, timeout=60)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def seqs(body: dict[str, Any]) -> list[int]:
    return [item["seq"] for item in body["items"]]


async def test_a_payment_is_told_of_as_it_is_delivered_elsewhere(client: httpx.AsyncClient, ledger: Ledger) -> None:
    assert (await client.post("/api/v1/transactions", json=movement())).status_code == 201

    items = (await feed(client))["items"]

    [decided] = [item for item in items if item["type"] == "transaction.decided"]
    assert decided["subject"] == "acct:p1"
    async with ledger.read() as connection:
        [event] = (await event_feed.look(connection, decided["seq"] - 1, limit=1)).events
    delivered = encode_envelope(envelope(event))
    assert httpx.Response(200, content=delivered).json() == {k: v for k, v in decided.items() if k != "withheld"}
    assert decided["id"] == str(decided["seq"])


async def test_pages_follow_each_other_by_after_and_by_cursor(client: httpx.AsyncClient, ledger: Ledger) -> None:
    await record(ledger, *["thing.done"] * 5)

    first = await feed(client, limit=2)
    second = await feed(client, limit=2, after=first["after"])
    third = await feed(client, limit=2, cursor=second["next"])

    assert [seqs(first), seqs(second), seqs(third)] == [[1, 2], [3, 4], [5]]
    assert (first["head"], third["after"], third["next"]) == (5, 5, None)
    table = await client.get(EVENTS, headers={"accept": "text/csv"})
    assert [row.split(",")[0].strip(QUOTE) for row in table.text.splitlines()] == ["seq", "1", "2", "3", "4", "5"]


async def test_with_a_type_the_answer_tells_how_far_was_looked(
    client: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "LOOK", 3)
    await record(ledger, "case.opened", "case.opened", "case.edited", "case.opened", "alert.opened", "case.opened")

    looked = await feed(client, type="alert.*")
    again = await feed(client, type="alert.*", after=looked["after"])

    assert (seqs(looked), looked["after"], looked["next"] is None) == ([], 3, False)
    assert (seqs(again), again["after"], again["next"]) == ([5], 6, None)
    assert seqs(await feed(client, type="case.opened")) == [1, 2, 4, 6]
    # Waiting looks on through the parts of the log without an answer in between.
    assert seqs(await feed(client, type="alert.*", wait=30)) == [5]


@pytest.mark.parametrize("text", ["alert", "*", "alert.*.x", "a b.c", "alert.", ".opened", "x" * 101, "alert.opened,"])
async def test_what_can_be_no_type_is_refused(client: httpx.AsyncClient, text: str) -> None:
    assert fields(problem(await client.get(EVENTS, params={"type": text}), 422, "invalid-input")) == ["type"]


async def test_a_wait_ends_with_the_next_event_that_is_asked_for(client: httpx.AsyncClient, ledger: Ledger) -> None:
    await record(ledger, "case.opened")
    waiting = asyncio.create_task(feed(client, after=1, type="alert.*", wait=30))
    started = monotonic()

    await asyncio.sleep(0.2)
    await record(ledger, "case.opened")
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await record(ledger, "alert.opened")

    answer = await waiting
    assert (seqs(answer), answer["after"]) == ([3], 3)
    assert monotonic() - started < 20


async def test_a_wait_in_vain_says_so_after_its_time(client: httpx.AsyncClient, ledger: Ledger) -> None:
    await record(ledger, "case.opened")
    started = monotonic()

    answer = await feed(client, after=1, wait=1)

    assert (answer["items"], answer["after"], answer["next"]) == ([], 1, None)
    assert monotonic() - started >= 1
    problem(await client.get(EVENTS, params={"wait": 31}), 422, "invalid-input")


async def test_an_event_that_a_role_may_not_read_keeps_its_place_and_nothing_else(
    client: httpx.AsyncClient, ledger: Ledger, keys: dict[Role, str]
) -> None:
    kinds = ["user.created", "key.created", "session.started", "alert.opened", "transaction.decided", "news.unheard"]
    await record(ledger, *kinds)

    for role in ROLES:
        items = (await feed(client, bearer(keys[role])))["items"]
        assert [item["seq"] for item in items] == [1, 2, 3, 4, 5, 6]
        for item, kind in zip(items, kinds, strict=True):
            may = role in ACCESS[SHOWN_BY.get(kind.partition(".")[0], OTHERS)]
            assert item["withheld"] is not may
            assert (item["type"], item["subject"] is None, item["data"] is None) == (
                (kind, False, False) if may else ("withheld", True, True)
            ), (role, item)
    shown = {role: sum(not i["withheld"] for i in (await feed(client, bearer(keys[role])))["items"]) for role in ROLES}
    assert shown == {"integrator": 1, "investigator": 2, "supervisor": 6, "admin": 6, "auditor": 6}
    asked = {"params": {"type": "session.*"}, "headers": bearer(keys["investigator"])}
    problem(await client.get(EVENTS, **asked), 403, "forbidden")
    assert all(operation in ACCESS for operation in SHOWN_BY.values())


@pytest.fixture
async def _app(settings: Settings, graph: Graph) -> AsyncIterator[Litestar]:
    yield create_app(settings)


async def test_a_server_that_ends_answers_who_waits(_app: Litestar, keys: dict[Role, str]) -> None:
    async with calling(_app, **bearer(keys["admin"])) as client:
        waiting = asyncio.create_task(feed(client, after=2**62, wait=30))
        await asyncio.sleep(0.3)
        assert not waiting.done()

        await _app.state.following.release()

        assert (await asyncio.wait_for(waiting, 10))["items"] == []
