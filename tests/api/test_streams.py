"""`/alerts/stream`: every event about an alert once and in order, from any place on, with the alert as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import httpx
import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api import stream_feed, stream_reader
from graph.errors import Unavailable
from graph.model import Role
from graph.session import Graph
from ledger import event_feed
from ledger.session import Ledger
from tests.api.conftest import bearer, problem
from tests.api.streaming import (
    Served,
    closed,
    hear,
    hear_events,
    record_alert,
    record_events,
    serving,
)
from tests.ledger.records import as_owner
from tests.servers import Servers

KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headwater'"
    " AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def served(servers: Servers, graph: Graph, ledger: Ledger) -> AsyncIterator[Served]:
    async with serving(servers) as opened:
        yield opened


@pytest.fixture
def key(keys: dict[Role, str]) -> dict[str, str]:
    return bearer(keys["investigator"])


def seqs(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


async def insist(ledger: Ledger, alert: str, count: int) -> None:
    """Record events over a connection that is still there."""
    for _ in range(20):
        try:
            await record_events(ledger, alert, count)
            return
        except Unavailable:
            continue
    raise AssertionError("Postgres is away for good")


async def test_an_alert_is_told_as_it_is_delivered_with_the_alert_as_it_is(
    served: Served, ledger: Ledger, key: dict[str, str]
) -> None:
    async with served.stream(**key) as client:
        assert await hear(client) == {"type": "stream.opened", "after": 0, "head": 0}
        alert = await record_alert(ledger)
        [event] = await hear_events(client, 1)

    async with httpx.AsyncClient(base_url=served.http, headers=key) as caller:
        shown = (await caller.get(f"/api/v1/alerts/{alert}")).json()
        [told] = (await caller.get("/api/v1/events", params={"type": "alert.*"})).json()["items"]
    assert event.pop("alert") == shown
    assert event == {name: value for name, value in told.items() if name != "withheld"}


async def test_a_stream_goes_on_where_another_ended_and_then_live(
    served: Served, ledger: Ledger, key: dict[str, str]
) -> None:
    alert = await record_alert(ledger)
    await record_events(ledger, alert, 4)
    async with served.stream("?after=0", **key) as client:
        first = await hear_events(client, 3)

    await record_events(ledger, alert, 250)
    last = str(first[-1]["seq"])
    async with served.stream(f"?after={last}", **key) as client, served.stream(last_event_id=last, **key) as other:
        rest = await hear_events(client, 252)
        await record_events(ledger, alert, 1)
        rest += await hear_events(client, 1)
        assert await hear_events(other, 253) == rest

    assert seqs(first + rest) == list(range(1, 257))


async def test_only_the_types_asked_for_are_sent(served: Served, ledger: Ledger, key: dict[str, str]) -> None:
    alert = await record_alert(ledger)
    await record_events(ledger, alert, 3)
    await record_events(ledger, alert, 1, "alert.closing_proposed")

    async with served.stream("?after=0&types=alert.closing_proposed,alert.opened", **key) as client:
        assert seqs(await hear_events(client, 2)) == [1, 5]
    async with served.stream("?after=1&types=alert.*", **key) as client:
        assert seqs(await hear_events(client, 4)) == [2, 3, 4, 5]


async def test_what_is_no_alert_moves_the_place_and_says_nothing(
    served: Served, ledger: Ledger, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_reader, "AT_EVERY_S", 0.2)
    monkeypatch.setattr(event_feed, "LOOK", 10)
    async with served.stream(**key) as client:
        await hear(client)
        await record_events(ledger, "case", 25, "case.edited")
        places = [await hear(client)]
        while places[-1]["seq"] < 25:
            places.append(await hear(client))

    assert {place["type"] for place in places} == {"stream.at"}
    assert seqs(places) == sorted(seqs(places))


async def test_a_place_beyond_the_end_is_refused(served: Served, ledger: Ledger, key: dict[str, str]) -> None:
    async with served.stream("?after=7", **key) as client:
        assert await closed(client) == (4000, "after: the log ends before, at 0")


async def test_nothing_is_missed_while_postgres_is_away(
    served: Served, ledger: Ledger, servers: Servers, key: dict[str, str]
) -> None:
    alert = await record_alert(ledger)
    async with served.stream("?after=0", **key) as client:
        events = await hear_events(client, 1)
        for _ in range(3):
            with psycopg.connect(servers.postgres_url, autocommit=True) as connection:
                assert connection.execute(KILL).fetchall()
            await insist(ledger, alert, 40)
            await asyncio.sleep(0.05)
        async with ledger.read() as reading:
            head = await event_feed.get_head(reading)
        events += await hear_events(client, head - 1)

    assert head > 120
    assert seqs(events) == list(range(1, head + 1))


async def test_many_readers_are_told_the_same(served: Served, ledger: Ledger, key: dict[str, str]) -> None:
    alert = await record_alert(ledger)

    async def read() -> list[int]:
        async with served.stream("?after=0", **key) as client:
            return seqs(await hear_events(client, 300))

    readers = [asyncio.create_task(read()) for _ in range(15)]
    for _ in range(23):
        await record_events(ledger, alert, 13)

    assert await asyncio.gather(*readers) == [list(range(1, 301))] * 15


async def test_no_more_is_kept_than_is_set_and_a_reader_that_is_behind_reads_the_ledger(
    servers: Servers, graph: Graph, ledger: Ledger, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await record_alert(ledger)
    for most, most_bytes in ((10, 1 << 30), (1_000_000, 20_000)):
        monkeypatch.setattr(stream_feed, "MOST_BYTES", most_bytes)
        async with serving(servers, stream_behind=str(most)) as served, served.stream(**key) as client:
            begins = (await hear(client))["after"]
            await record_events(ledger, alert, 600)
            events = await hear_events(client, 600)
            feed = served.app.state.streams.feed
            assert 0 < len(feed._kept) <= min(most, 100)
            assert feed._bytes == sum(len(one.text.encode()) for one in feed._kept) <= most_bytes
        assert seqs(events) == list(range(begins + 1, begins + 601))


async def test_a_restored_log_ends_streams_that_were_ahead_of_it(
    served: Served, ledger: Ledger, servers: Servers, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_feed, "QUIET_S", 0.2)
    alert = await record_alert(ledger)
    await record_events(ledger, alert, 5)
    async with served.stream("?after=0", **key) as client:
        await hear_events(client, 6)
        as_owner(servers.postgres_admin_url, "DELETE FROM audit_events WHERE seq > 3")

        code, reason = await closed(client)

    assert (code, "restored" in reason) == (4000, True)


async def test_a_plain_request_is_told_to_upgrade(served: Served, key: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=served.http, headers=key) as caller:
        answer = await caller.get("/api/v1/alerts/stream")
    problem(answer, 426, "upgrade-required")
    assert answer.headers["upgrade"] == "websocket"


async def test_a_server_that_ends_says_so_to_its_readers_and_answers_who_waits(
    servers: Servers, graph: Graph, ledger: Ledger, key: dict[str, str]
) -> None:
    async with httpx.AsyncClient(headers=key, timeout=60) as caller:
        async with serving(servers) as served:
            client = await served.stream(**key)
            await hear(client)
            url = f"{served.http}/api/v1/events"
            waiting = asyncio.create_task(caller.get(url, params={"wait": 30}))
            await asyncio.sleep(0.3)
            ended = monotonic()
        answer = await waiting

    assert await closed(client) == (1012, "")
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert monotonic() - ended < 10


async def test_a_socket_elsewhere_is_refused(served: Served, key: dict[str, str]) -> None:
    for path in ("/nothing", "/api/v1/alerts", "/api/v1/alerts/stream/x", "/health"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{served.port}{path}", additional_headers=key)
        assert 400 <= refused.value.response.status_code < 500
