"""The feed of events: in the order of commits, without a gap, whoever appends at the same time and whatever fails."""

from __future__ import annotations

import asyncio
import random

import pytest

from graph.model import Event
from ledger import event_feed
from ledger.audit import EventDraft, append
from ledger.event_feed import look
from ledger.session import Ledger
from tests.ledger.records import as_owner
from tests.servers import Servers

SEED = 20261122


async def record(ledger: Ledger, *actions: str) -> None:
    async with ledger.transaction() as connection:
        await append(connection, *(EventDraft("test", action, f"s{n}", {}) for n, action in enumerate(actions)))


async def found(ledger: Ledger, after: int, limit: int = 100, kind: str | None = None) -> event_feed.Looked:
    async with ledger.read() as connection:
        return await look(connection, after, limit=limit, kind=kind)


def missing(events: list[Event]) -> list[int]:
    """The numbers that a reader of these events has not seen, in the order in which it should have."""
    return [place for place, event in enumerate(events, 1) if event.seq != place]


async def read_until(ledger: Ledger, seq: int) -> list[Event]:
    """Read on from what was read, as a follower does, until `seq`."""
    events: list[Event] = []
    while len(events) < seq:
        events += (await found(ledger, events[-1].seq if events else 0, 7)).events
        await asyncio.sleep(0)
    return events


async def append_or_fail(ledger: Ledger, draw: random.Random, times: int) -> None:
    """Append so often, and roll back about as often in between."""
    done = 0
    while done < times:
        fails = draw.random() < 0.5
        try:
            async with ledger.transaction() as connection:
                await append(connection, *[EventDraft("test", "thing.done", "s", {})] * draw.randint(1, 3))
                await asyncio.sleep(draw.random() / 200)
                if fails:
                    raise LookupError
        except LookupError:
            continue
        done += 1


async def test_no_event_is_seen_before_an_earlier_one_or_missed(ledger: Ledger) -> None:
    draw = random.Random(SEED)
    readers = [asyncio.create_task(read_until(ledger, 150)) for _ in range(2)]

    await asyncio.gather(*(append_or_fail(ledger, random.Random(draw.random()), 25) for _ in range(6)))

    for events in await asyncio.gather(*readers):
        assert missing(events) == [], f"seed {SEED}"


async def test_a_missing_event_would_be_found(ledger: Ledger, servers: Servers) -> None:
    await record(ledger, *["thing.done"] * 4)
    as_owner(servers.postgres_admin_url, "DELETE FROM audit_events WHERE seq = 2")

    assert missing((await found(ledger, 0)).events) == [2, 3]


async def test_types_and_kinds_are_told_apart(ledger: Ledger) -> None:
    await record(ledger, "alert.opened", "alerts.odd", "alert.changed", "case.opened", "alert.opened")

    assert [e.seq for e in (await found(ledger, 0, kind="alert.*")).events] == [1, 3, 5]
    assert [e.seq for e in (await found(ledger, 0, kind="alert.opened")).events] == [1, 5]
    assert (await found(ledger, 1, kind="alert.opened")).upto == 5
    assert (await found(ledger, 0, limit=2, kind="alert.*")).upto == 3
    assert (await found(ledger, 0, kind="alert._pened")).events == []


async def test_a_kind_is_looked_for_in_a_part_of_the_log_at_a_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "LOOK", 10)
    await record(ledger, *["case.opened"] * 24, "alert.opened")

    first = await found(ledger, 0, kind="alert.*")
    last = await found(ledger, 20, kind="alert.*")

    assert (first.events, first.upto, first.head) == ([], 10, 25)
    assert ([e.seq for e in last.events], last.upto) == ([25], 25)


async def test_beyond_the_end_there_is_nothing_and_the_place_is_kept(ledger: Ledger) -> None:
    await record(ledger, "thing.done")

    beyond = await found(ledger, 2**63 - 1, kind="alert.*")

    assert (beyond.events, beyond.upto, beyond.head) == ([], 2**63 - 1, 1)
