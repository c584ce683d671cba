"""The audit log searched by what was done, to what, by whom and when, in order or the latest first."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from graph.model import Event
from ledger.audit import EventDraft, append
from ledger.audit_search import EventFilter, list_actions, search_events
from ledger.session import Ledger
from tests.servers import Servers

ANY = EventFilter()


async def record(ledger: Ledger, count: int = 12) -> list[Event]:
    """Events by two people, of three actions, about four things, each in a transaction and so at a time of its own."""
    made = []
    for n in range(count):
        async with ledger.transaction() as connection:
            draft = EventDraft(f"usr_{n % 2}", f"thing.{'abc'[n % 3]}", f"s{n % 4}", {"n": n})
            made += await append(connection, draft)
    return made


async def seqs(
    ledger: Ledger, asked: EventFilter, *, after: int = 0, limit: int = 100, before: int = 99, latest: bool = False
) -> list[int]:
    async with ledger.read() as connection:
        found = await search_events(connection, asked, after=after, before=before, latest=latest, limit=limit)
    return [one.seq for one in found]


async def test_each_condition_keeps_those_it_names_and_all_hold_together(ledger: Ledger) -> None:
    made = await record(ledger)

    assert await seqs(ledger, EventFilter(actor="usr_1")) == [one.seq for one in made if one.actor == "usr_1"]
    assert await seqs(ledger, EventFilter(action="thing.b")) == [one.seq for one in made if one.action == "thing.b"]
    assert await seqs(ledger, EventFilter(actor="usr_1", action="thing.b", subject="s1")) == [2]
    assert await seqs(ledger, EventFilter(actor="usr")) == []


async def test_the_latest_come_first_between_bounds(ledger: Ledger) -> None:
    await record(ledger)

    assert await seqs(ledger, ANY, after=2, before=9, latest=True, limit=4) == [8, 7, 6, 5]
    assert await seqs(ledger, ANY, after=2, before=9, limit=4) == [3, 4, 5, 6]


async def test_a_time_is_found_exactly_wherever_it_lies(ledger: Ledger) -> None:
    made = await record(ledger)
    tick = timedelta(microseconds=1)

    for one in made:
        later = [other.seq for other in made if other.at >= one.at]
        assert await seqs(ledger, EventFilter(since=one.at)) == later
        assert await seqs(ledger, EventFilter(until=one.at)) == [seq for seq in range(1, 13) if seq not in later]
        assert await seqs(ledger, EventFilter(since=one.at, until=one.at + tick)) == [one.seq]
    assert await seqs(ledger, EventFilter(since=made[-1].at + tick)) == []
    assert await seqs(ledger, EventFilter(until=made[0].at)) == []


async def test_an_empty_log_has_no_events_and_no_actions(ledger: Ledger) -> None:
    async with ledger.read() as connection:
        assert await list_actions(connection) == []
    assert await seqs(ledger, EventFilter(since=datetime.fromisoformat("2026-01-01T00:00:00Z"))) == []


async def test_every_action_is_named_once(ledger: Ledger) -> None:
    await record(ledger)

    async with ledger.read() as connection:
        assert await list_actions(connection) == ["thing.a", "thing.b", "thing.c"]


async def test_what_somebody_did_is_found_by_its_index(ledger: Ledger, servers: Servers) -> None:
    await record(ledger)

    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT seq FROM audit_events WHERE actor = 'usr_1' AND seq > 0 ORDER BY seq DESC LIMIT 10"
        ).fetchall()
    assert "audit_events_actor" in str(plan)
