"""What became of landed transactions: recorded once under the graph's number, and told on their alerts."""

from __future__ import annotations

import psycopg
import pytest
from msgspec.structs import replace

from ledger.alerts import record_alerts
from ledger.audit import EventDraft, append
from ledger.changes import (
    behind,
    change_hash,
    clear_basis_withdrawn,
    list_change_digests,
    list_changes,
    mark_basis_withdrawn,
    record_changes,
)
from ledger.decisions import record_decisions
from ledger.landed import page_of_landed, record_landed
from tests.ledger.records import alert, decision, landed, withdrawn

RELANDED = {"kind": "relanded", "reason": None, "body": '{"a":2}', "content": "11" * 32}


@pytest.fixture
async def filled(ledger):
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed("a", seq=1), landed("b", seq=2)])
        await record_decisions(connection, [decision("a"), decision("b")])
        await record_alerts(connection, [alert(1, "a"), alert(2, "b")])
    return ledger


async def test_a_change_is_recorded_once(filled):
    given = [withdrawn("a", 4), withdrawn("b", 3), withdrawn("a", 5, **RELANDED)]
    async with filled.transaction() as connection:
        assert await record_changes(connection, given) == {3, 4, 5}
    async with filled.transaction() as connection:
        assert await record_changes(connection, [*given, withdrawn("b", 9)]) == {9}
        found = await list_changes(connection, ["a"])

    assert [replace(change, recorded_at=None) for change in found] == [given[0], given[2]]
    assert all(change.recorded_at for change in found)


async def test_a_change_of_what_never_landed_is_refused(filled):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with filled.transaction() as connection:
            await record_changes(connection, [withdrawn("c", 3)])


async def test_behind_is_what_the_graph_numbers_otherwise(filled):
    async with filled.transaction() as connection:
        await record_changes(connection, [withdrawn("a", 3), withdrawn("a", 4, **RELANDED)])
        assert await behind(connection, {"a": 4, "b": 2}) == set()
        assert await behind(connection, {"a": 1, "b": 7, "c": 8}) == {"b"}, "c never landed here"


async def test_alerts_of_a_withdrawn_transaction_say_since_when(filled):
    async def since():
        async with filled.read() as connection:
            rows = await (
                await connection.execute("SELECT basis_withdrawn_at AS at FROM alerts ORDER BY id")
            ).fetchall()
        return [row["at"] for row in rows]

    for _ in range(2):
        async with filled.transaction() as connection:
            await mark_basis_withdrawn(connection, ["a"])
        first, other = await since()
        assert first is not None and other is None
    assert (await since())[0] == first, "the first time stays"
    async with filled.transaction() as connection:
        await clear_basis_withdrawn(connection, ["a", "b"])
    assert await since() == [None, None]


async def test_a_digest_covers_all_that_a_change_says():
    change = withdrawn("a", 4)
    others = [replace(change, **{name: "x"}) for name in ("transaction", "kind", "actor", "reason", "body", "content")]

    assert len({change_hash(one) for one in [change, replace(change, seq=5), *others]}) == 8
    assert change_hash(change) == change_hash(replace(change, recorded_at=None))


async def test_a_change_comes_with_the_digest_of_its_own_event(filled):
    first, second = withdrawn("a", 4), withdrawn("a", 8)
    async with filled.transaction() as connection:
        await record_changes(connection, [first, second])
        body = {"seq": 4, "change": change_hash(first)}
        await append(connection, EventDraft("test", "transaction.withdrawn", "a", body))
        found = await list_change_digests(connection, ["a", "b"])

    assert [(one.change.seq, one.audited) for one in found] == [(4, change_hash(first)), (8, None)]


async def test_landed_transactions_page_by_key(filled):
    async with filled.read() as connection:
        [first] = await page_of_landed(connection, after="", limit=1)
        rest = await page_of_landed(connection, after=first.transaction, limit=5)

    assert (first.transaction, [row.transaction for row in rest]) == ("a", ["b"])
