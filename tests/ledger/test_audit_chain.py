"""The chain has no gaps, whoever writes it at once, and every change behind its back is found and named."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit import GENESIS, EventDraft, append, event_hash, format_at, list_events, verify
from ledger.canonical import canonical_json
from tests.ledger.records import NOW, as_owner


def draft(number: int, **fields: str) -> EventDraft:
    plain = {"actor": "key:ann", "action": "decided", "subject": f"eth:{number}"} | fields
    return EventDraft(body={"n": number, "text": "Zoë \u0000 \u2028 \U0001f600", "share": 0.1}, **plain)


async def fill(ledger, count: int = 10) -> None:
    async with ledger.transaction() as connection:
        await append(connection, *(draft(n) for n in range(1, count + 1)))


async def walk(ledger, **arguments):
    async with ledger.read() as connection:
        return await verify(connection, **arguments)


async def everything(ledger):
    async with ledger.read() as connection:
        return await list_events(connection, limit=10_000)


async def test_an_event_reads_back_as_it_was_appended(ledger):
    async with ledger.transaction() as connection:
        appended = await append(connection, draft(1), draft(2))
    assert await everything(ledger) == appended
    assert [e.seq for e in appended] == [1, 2]
    assert appended[0].previous_hash == GENESIS
    assert appended[1].previous_hash == appended[0].hash


async def test_the_hash_is_what_anybody_can_compute_from_the_definition(ledger):
    await fill(ledger, 3)
    for event in await everything(ledger):
        fields = {
            "seq": event.seq,
            "at": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "body": event.body,
            "previous_hash": event.previous_hash,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == event.hash


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.lists(st.none() | st.booleans()))
def test_canonical_json_is_that_of_the_standard_library(text, number, values):
    value = {"b": text, "a": {text: number}, "values": values}
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_json(value) == expected


async def test_nothing_appended_is_nothing_done(ledger):
    async with ledger.transaction() as connection:
        assert await append(connection) == []
    found = await walk(ledger)
    assert (found.checked, found.head_seq, found.head_hash, found.bad_seq) == (0, 0, GENESIS, None)


async def append_at_random(ledger, seed: int) -> int:
    """Append in many transactions, some of them rolled back; return how many events stay."""
    dice, kept = random.Random(seed), 0
    for n in range(12):
        events = [draft(n, actor=f"writer:{seed}")] * dice.randint(1, 3)
        try:
            async with ledger.transaction() as connection:
                await append(connection, *events)
                await asyncio.sleep(dice.random() * 0.002)
                if dice.random() < 0.3:
                    raise InterruptedError
            kept += len(events)
        except InterruptedError:
            continue
    return kept


async def test_concurrent_appenders_with_rollbacks_leave_no_gap(ledger):
    kept = sum(await asyncio.gather(*(append_at_random(ledger, seed) for seed in range(8))))
    events = await everything(ledger)
    assert [e.seq for e in events] == list(range(1, kept + 1))
    assert [e.at for e in events] == sorted(e.at for e in events)
    found = await walk(ledger)
    assert (found.checked, found.bad_seq, found.head_seq) == (kept, None, kept)
    assert found.head_hash == events[-1].hash


async def test_without_the_head_lock_concurrent_appenders_would_collide(ledger, postgres):
    """Negative control: the lock is what keeps two writers from one place."""
    with psycopg.connect(postgres.postgres_admin_url, autocommit=True) as owner:
        row = owner.execute("SELECT pg_get_functiondef('lock_audit_head'::regproc)").fetchone()
        assert row and "pg_advisory_xact_lock" in row[0]
        try:
            owner.execute(row[0].replace("PERFORM pg_advisory_xact_lock", "PERFORM abs"))
            ends = await asyncio.gather(*(append_at_random(ledger, n) for n in range(8)), return_exceptions=True)
            assert any(isinstance(end, psycopg.errors.UniqueViolation) for end in ends)
        finally:
            owner.execute(row[0])


async def test_time_never_goes_back_along_the_log(ledger, postgres):
    await fill(ledger, 1)
    as_owner(postgres.postgres_admin_url, "UPDATE audit_events SET at = '2100-01-01'")
    await fill(ledger, 1)
    assert [e.at.year for e in await everything(ledger)] == [2100, 2100]


ROW = "INSERT INTO audit_events SELECT {seq}, at, actor, action, subject, body, previous_hash, hash FROM audit_events"
TAMPERING = {
    "at": (5, ["UPDATE audit_events SET at = at + interval '1 microsecond' WHERE seq = 5"]),
    "at, no time Python can hold": (5, ["UPDATE audit_events SET at = 'infinity' WHERE seq = 5"]),
    "actor": (5, ["UPDATE audit_events SET actor = 'key:bob' WHERE seq = 5"]),
    "action": (5, ["UPDATE audit_events SET action = 'waived' WHERE seq = 5"]),
    "subject": (5, ["UPDATE audit_events SET subject = 'eth:6' WHERE seq = 5"]),
    "body": (5, ["UPDATE audit_events SET body = replace(body, '0.1', '0.2') WHERE seq = 5"]),
    "body, by a space": (5, ["UPDATE audit_events SET body = body || ' ' WHERE seq = 5"]),
    "previous_hash": (5, ["UPDATE audit_events SET previous_hash = repeat('0', 64) WHERE seq = 5"]),
    "hash": (5, ["UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 5"]),
    "seq": (5, ["UPDATE audit_events SET seq = 1000 WHERE seq = 5"]),
    "first row": (1, ["UPDATE audit_events SET actor = 'key:bob' WHERE seq = 1"]),
    "last row": (10, ["UPDATE audit_events SET actor = 'key:bob' WHERE seq = 10"]),
    "deleted": (5, ["DELETE FROM audit_events WHERE seq = 5"]),
    "first deleted": (1, ["DELETE FROM audit_events WHERE seq = 1"]),
    "deleted and closed up": (
        5,
        [
            "DELETE FROM audit_events WHERE seq = 5",
            *(f"UPDATE audit_events SET seq = {n - 1} WHERE seq = {n}" for n in range(6, 11)),
        ],
    ),
    "swapped": (
        5,
        [
            "UPDATE audit_events SET seq = 1000 WHERE seq = 5",
            "UPDATE audit_events SET seq = 5 WHERE seq = 6",
            "UPDATE audit_events SET seq = 6 WHERE seq = 1000",
        ],
    ),
    "inserted": (
        5,
        [
            *(f"UPDATE audit_events SET seq = {n + 1} WHERE seq = {n}" for n in range(10, 4, -1)),
            ROW.format(seq=5) + " WHERE seq = 4",
        ],
    ),
    "appended copy": (11, [ROW.format(seq=11) + " WHERE seq = 10"]),
}


@pytest.mark.parametrize("name", TAMPERING)
async def test_verify_names_the_first_bad_row(ledger, postgres, name):
    bad_seq, statements = TAMPERING[name]
    await fill(ledger)
    as_owner(postgres.postgres_admin_url, *statements)
    found = await walk(ledger)
    assert found.bad_seq == bad_seq
    assert found.reason and str(bad_seq) in found.reason
    assert (found.checked, found.head_seq) == (bad_seq - 1, bad_seq - 1)


async def test_a_row_edited_with_its_hash_made_to_fit_breaks_the_next_link(ledger, postgres):
    await fill(ledger)
    event = (await everything(ledger))[4]
    body = canonical_json(event.body)
    fields = {
        "seq": 5,
        "at": format_at(event.at),
        "action": event.action,
        "subject": event.subject,
        "body": body,
    }
    digest = event_hash(actor="key:bob", previous_hash=event.previous_hash, **fields)
    as_owner(
        postgres.postgres_admin_url,
        f"UPDATE audit_events SET actor = 'key:bob', hash = '{digest}' WHERE seq = 5",
    )
    assert (await walk(ledger)).bad_seq == 6


async def test_verify_from_the_middle_starts_at_the_link_before(ledger, postgres):
    await fill(ledger)
    assert (await walk(ledger, from_seq=6)).checked == 5
    as_owner(postgres.postgres_admin_url, "UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 5")
    assert (await walk(ledger, from_seq=6)).bad_seq == 6
    as_owner(postgres.postgres_admin_url, "DELETE FROM audit_events WHERE seq = 5")
    assert (await walk(ledger, from_seq=6)).bad_seq == 5


async def test_verify_tells_its_progress_page_by_page(ledger):
    await fill(ledger, 12_000)
    seen: list[int] = []
    found = await walk(ledger, progress=seen.append)
    assert (found.checked, found.bad_seq, seen) == (12_000, None, [5_000, 10_000, 12_000])


async def test_events_are_listed_by_action_and_subject(ledger):
    async with ledger.transaction() as connection:
        await append(connection, draft(1), draft(2, action="landed"), draft(3), draft(1, action="landed"))
    async with ledger.read() as connection:
        assert [e.seq for e in await list_events(connection, after=1, limit=2)] == [2, 3]
        assert [e.seq for e in await list_events(connection, action="landed")] == [2, 4]
        assert [e.seq for e in await list_events(connection, action="landed", subject="eth:1")] == [4]


def test_times_are_hashed_in_utc_with_six_places():
    assert format_at(NOW.replace(microsecond=0)) == "2026-11-21T12:00:00.000000Z"
