"""The audit log to Kafka: what is for it arrives in order of seq, each event at least once, whoever is killed or away.

On a real broker, with topics of each test's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from litestar.testing import AsyncTestClient

from api.app import create_app
from jobs.envelopes import encode_envelope, envelope
from jobs.kafka_publishing import publish_events
from jobs.services import Services, open_services
from ledger import audit
from ledger import kafka as cursors
from ledger.following import Following
from ledger.session import Ledger
from settings import Settings
from stack.local import LocalStack
from stack.processes import KAFKA
from tests.jobs.kafka_ground import read, settings_for, until
from tests.servers import Servers
from tests.stack.conftest import kill_at_once, stack_in_folder


@asynccontextmanager
async def publishing(settings: Settings) -> AsyncIterator[Services]:
    """The part of a worker that publishes, cut off at the end like a worker that is told to stop."""
    async with (
        open_services(settings) as services,
        Following.open(services.ledger) as following,
    ):
        work = asyncio.create_task(publish_events(services, following))
        try:
            yield services
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def happen(ledger: Ledger, *actions: str, subject: str = "x") -> None:
    """Append events as programs do, one append each."""
    for number, action in enumerate(actions):
        async with ledger.transaction() as connection:
            await audit.append(connection, audit.EventDraft("tester", action, f"{subject}{number}", {"n": number}))


async def published(ledger: Ledger) -> cursors.Publishing | None:
    async with ledger.read() as connection:
        return await cursors.find_publishing(connection)


async def until_published(ledger: Ledger, timeout_s: float = 60.0) -> None:
    async def is_all() -> bool:
        found = await published(ledger)
        return found is not None and found.lag == 0 and found.failing_since is None

    await until(is_all, timeout_s)


def seqs(records: Sequence[Any]) -> list[int]:
    return [msgspec.json.decode(record.value)["seq"] for record in records]


async def test_decisions_and_alerts_arrive_as_envelopes_in_order_and_nothing_else_does(
    servers: Servers, kafka: str, ledger: Ledger
) -> None:
    settings = settings_for(servers, kafka, kafka_from="beginning")
    await happen(ledger, "transaction.decided", "alert.opened", "case.opened", "alert.changed")
    async with publishing(settings):
        await until_published(ledger)
        await happen(ledger, "transaction.withdrawn", "alerting", subject="y")
        await until_published(ledger)

    decisions = await read(kafka, settings.kafka.kafka_decisions, 2)
    alerts = await read(kafka, settings.kafka.kafka_alerts, 2)
    assert sorted(seqs(decisions)) == [1, 5] and sorted(seqs(alerts)) == [2, 4]
    assert {record.key for record in alerts} == {b"x1", b"x3"}
    async with ledger.read() as connection:
        events = {event.seq: event for event in await audit.list_events(connection)}
    for record in (*decisions, *alerts):
        told = envelope(events[msgspec.json.decode(record.value)["seq"]])
        assert record.value == encode_envelope(told)
        headers = dict(record.headers)
        assert headers["ce_type"].decode() == told.type and headers["ce_id"].decode() == told.id
        assert headers["content-type"].startswith(b"application/cloudevents+json")


async def test_a_kafka_that_comes_later_is_told_what_happens_from_then_on(
    servers: Servers, kafka: str, ledger: Ledger
) -> None:
    settings = settings_for(servers, kafka)
    await happen(ledger, *["alert.opened"] * 3)
    async with publishing(settings):
        await until_published(ledger)
        await happen(ledger, *["alert.opened"] * 2)
        await until_published(ledger)
    assert sorted(seqs(await read(kafka, settings.kafka.kafka_alerts, 2))) == [4, 5]


async def test_two_workers_publish_in_turn_and_one_takes_over(servers: Servers, kafka: str, ledger: Ledger) -> None:
    settings = settings_for(servers, kafka, kafka_from="beginning")
    subject = "same"  # one key, one partition: its order can be seen
    async with AsyncExitStack() as first:
        await first.enter_async_context(publishing(settings))
        await happen(ledger, "alert.changed", subject=subject)
        await until_published(ledger)  # so that it is the first one's turn
        async with publishing(settings):
            for number in range(40):
                if number == 20:
                    await first.aclose()
                await happen(ledger, "alert.changed", subject=subject)
            await until_published(ledger)
    # Told to stop between Kafka's answer and the cursor, the first leaves a page to be published again.
    told = seqs(await read(kafka, settings.kafka.kafka_alerts, 41))
    assert list(dict.fromkeys(told)) == list(range(1, 42)), told


async def test_what_was_not_noted_as_published_is_published_again(servers: Servers, kafka: str, ledger: Ledger) -> None:
    settings = settings_for(servers, kafka, kafka_from="beginning")
    await happen(ledger, *["alert.opened"] * 4)
    async with publishing(settings):
        await until_published(ledger)
    # As after a kill between Kafka's acknowledgement and the cursor.
    with psycopg.connect(servers.postgres_admin_url) as owner:
        owner.execute("UPDATE kafka_cursor SET seq = 2")
    async with publishing(settings):
        await until_published(ledger)
    assert sorted(seqs(await read(kafka, settings.kafka.kafka_alerts, 6))) == [1, 2, 3, 3, 4, 4]


async def test_kafka_away_is_noted_and_what_happens_meanwhile_is_published_once_it_is_back(
    servers: Servers, ledger: Ledger, tmp_path: Path
) -> None:
    cache = LocalStack.of(servers.settings().stack).cache_dir
    with stack_in_folder(cache) as stack:
        url = (await asyncio.to_thread(stack.start, (KAFKA,), detach=False)).kafka_url
        settings = settings_for(servers, url, kafka_from="beginning")
        async with publishing(settings):
            await happen(ledger, "alert.opened")
            await until_published(ledger)

            await asyncio.to_thread(kill_at_once, stack, KAFKA)
            # Nothing waits for Kafka.
            await happen(ledger, *["alert.changed"] * 30)
            found = await published(ledger)
            assert found is not None and found.lag == 30
            await until(lambda: _is_failing(ledger))
            told = await _readiness(settings)
            assert (told["status"], told["kafka"]["status"]) == ("ready", "degraded")
            assert told["kafka"]["lag"] == 30 and told["kafka"]["failing_since"]

            assert (await asyncio.to_thread(stack.start, (KAFKA,), detach=False)).kafka_url == url
            await until_published(ledger)
            assert (await _readiness(settings))["kafka"] == {"status": "ok", "lag": 0, "failing_since": None}
        records = await read(url, settings.kafka.kafka_alerts, 31)
    assert sorted(set(seqs(records))) == list(range(1, 32))


async def test_until_a_worker_publishes_readiness_says_that_it_does_not_know(
    servers: Servers, kafka: str, ledger: Ledger
) -> None:
    assert await published(ledger) is None
    told = await _readiness(settings_for(servers, kafka))
    assert (told["status"], told["kafka"]) == ("ready", {"status": "unknown", "lag": None, "failing_since": None})


async def _readiness(settings: Settings) -> Any:
    async with AsyncTestClient(create_app(settings)) as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def _is_failing(ledger: Ledger) -> bool:
    found = await published(ledger)
    return found is not None and found.failing_since is not None


@pytest.mark.parametrize("from_beginning", [True, False])
async def test_the_cursor_is_set_once(ledger: Ledger, from_beginning: bool) -> None:
    await happen(ledger, "alert.opened", "alert.opened")
    async with ledger.transaction() as connection:
        first = await cursors.open_cursor(connection, from_beginning=from_beginning)
        again = await cursors.open_cursor(connection, from_beginning=not from_beginning)
    assert first == again == (0 if from_beginning else 2)
