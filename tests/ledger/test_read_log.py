"""The log of reads is a chain of its own: no gaps, nothing twice, nothing edited unseen."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ledger.read_log import Read, list_reads, record_reads, verify
from tests.ledger.records import as_owner

AT = datetime(2026, 1, 1, tzinfo=UTC)


def read(number: int, **fields: object) -> Read:
    plain = {
        "id": f"read-{number}",
        "read_at": AT + timedelta(seconds=number),
        "actor": "usr_ann",
        "operation": "get_wallet",
        "subject": f"eth:{number}",
        "request_id": f"request-{number}",
    }
    return Read(**{**plain, **fields})


async def record(ledger, *reads):
    async with ledger.transaction() as connection:
        return await record_reads(connection, reads)


async def listed(ledger, **asked):
    async with ledger.read() as connection:
        return await list_reads(connection, **asked)


async def walked(ledger):
    async with ledger.read() as connection:
        return await verify(connection)


async def test_reads_are_listed_as_they_were_and_the_chain_holds(ledger):
    await record(ledger, read(1), read(2))
    await record(ledger, read(3))

    found = await listed(ledger)
    chain = await walked(ledger)

    assert [(one.seq, one.subject, one.read_at) for one in found] == [
        (n, f"eth:{n}", AT + timedelta(seconds=n)) for n in (1, 2, 3)
    ]
    assert (chain.checked, chain.bad_seq, chain.head_hash) == (3, None, found[-1].hash)


async def test_a_batch_sent_again_is_there_once(ledger):
    await record(ledger, read(1), read(2))

    assert await record(ledger, read(1), read(2), read(3)) == 1

    assert [one.id for one in await listed(ledger)] == ["read-1", "read-2", "read-3"]
    assert (await walked(ledger)).bad_seq is None


async def test_writers_at_once_leave_no_gap(ledger):
    await asyncio.gather(*(record(ledger, *(read(10 * w + n) for n in range(10))) for w in range(8)))

    chain = await walked(ledger)
    assert (chain.checked, chain.head_seq, chain.bad_seq) == (80, 80, None)


@pytest.mark.parametrize(
    ("tampering", "bad"),
    [
        ("UPDATE read_log SET actor = 'usr_bob' WHERE seq = 2", 2),
        ("UPDATE read_log SET subject = 'eth:9' WHERE seq = 3", 3),
        ("UPDATE read_log SET read_at = read_at + interval '1 microsecond' WHERE seq = 1", 1),
        ("UPDATE read_log SET request_id = '' WHERE seq = 2", 2),
        ("DELETE FROM read_log WHERE seq = 2", 2),
    ],
)
async def test_what_is_changed_behind_its_back_is_named(ledger, postgres, tampering, bad):
    await record(ledger, *(read(n) for n in range(1, 5)))
    assert (await walked(ledger)).bad_seq is None

    as_owner(postgres.postgres_admin_url, tampering, guarded="read_log")

    assert (await walked(ledger)).bad_seq == bad


async def test_filters_keep_what_they_say(ledger):
    await record(ledger, read(1), read(2, actor="usr_bob"), read(3, operation="get_score"), read(4))

    async def seqs(**asked):
        return [one.seq for one in await listed(ledger, **asked)]

    assert await seqs(actor="usr_bob") == [2]
    assert await seqs(operation="get_score") == [3]
    assert await seqs(subject="eth:4") == [4]
    assert await seqs(since=AT + timedelta(seconds=2), until=AT + timedelta(seconds=4)) == [2, 3]
    assert await seqs(after=2, limit=1) == [3]
