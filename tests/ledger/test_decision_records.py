"""Landed bodies, personal texts and decisions: recorded once, whoever tries how often."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from graph.errors import NotFound
from ledger.audit import EventDraft, append, verify
from ledger.canonical import canonical_json
from ledger.decisions import find_decision, find_decisions, get_decision, record_decisions
from ledger.landed import find_landed, list_landed, record_landed
from ledger.personal import PersonalText, erase_text, find_text, new_salt, record_texts
from tests.ledger.records import decision, landed


async def test_landed_rows_are_recorded_once(ledger):
    async with ledger.transaction() as connection:
        assert await record_landed(connection, [landed("b"), landed("a", waived=True), landed("b")]) == [
            "a",
            "b",
        ]
        assert await record_landed(connection, [landed("c"), landed("b", content="ff")]) == ["c"]
        assert await record_landed(connection, []) == []
    async with ledger.read() as connection:
        rows = await list_landed(connection, ["c", "b", "a", "unknown"])
        assert [(r.transaction, r.waived, r.content) for r in rows] == [
            ("a", True, "00" * 32),
            ("b", False, "00" * 32),
            ("c", False, "00" * 32),
        ]
        assert rows[0].recorded_at and rows[0].recorded_at.tzinfo
        assert await find_landed(connection, "unknown") is None


async def test_batches_that_share_keys_in_opposite_order_do_not_dead_lock(ledger):
    keys = [f"eth:{n}" for n in range(300)]

    async def land(order: list[str]) -> int:
        async with ledger.transaction() as connection:
            return len(await record_landed(connection, [landed(key) for key in order]))

    counts = await asyncio.gather(*(land(keys[:: 1 - 2 * (n % 2)]) for n in range(8)))
    assert sorted(counts) == [0] * 7 + [300]


async def test_personal_text_can_be_erased_and_its_digest_stays_what_it_was(ledger):
    text = PersonalText("eth:1", new_salt(), {"purpose": "Miete \u0000 Zoë"})
    async with ledger.transaction() as connection:
        assert await record_texts(connection, [text]) == ["eth:1"]
        assert await record_texts(connection, [PersonalText("eth:1", new_salt(), {})]) == []
        found = await find_text(connection, "eth:1")
        assert found == text and found.digest == text.digest
        assert await erase_text(connection, "eth:1")
        assert not await erase_text(connection, "eth:1")
        assert await find_text(connection, "eth:1") is None


def test_the_same_text_has_another_digest_under_another_salt():
    assert len({PersonalText("eth:1", new_salt(), {"purpose": "rent"}).digest for _ in range(3)}) == 3


async def test_a_decision_reads_back_as_it_was_recorded(ledger):
    given = decision("eth:1", alert="alr_1")
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed("eth:1")])
        assert await record_decisions(connection, [given]) == [given.id]
        assert await find_decision(connection, "eth:1") == given
        assert await get_decision(connection, given.id) == given
        assert await find_decisions(connection, ["eth:1", "eth:2"]) == {"eth:1": given}
        assert await find_decision(connection, "eth:2") is None
        with pytest.raises(NotFound, match="dec_none"):
            await get_decision(connection, "dec_none")


async def decide(ledger, key: str, policy: str) -> bool:
    """What a post does at its end; True if this caller's decision is the one that counts."""
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed(key)])
        if new := await record_decisions(connection, [decision(key, policy=policy)]):
            await append(connection, EventDraft("api", "decided", key, {"decision": new[0]}))
        return bool(new)


async def test_of_many_callers_at_once_one_decides(ledger):
    won = await asyncio.gather(*(decide(ledger, "eth:1", f"policy-{n}") for n in range(10)))
    assert won.count(True) == 1
    async with ledger.read() as connection:
        found = await find_decision(connection, "eth:1")
        assert found and found.policy == f"policy-{won.index(True)}"
        assert (await verify(connection)).checked == 1


async def test_a_rolled_back_decision_leaves_nothing(ledger):
    with pytest.raises(InterruptedError):
        async with ledger.transaction() as connection:
            await record_landed(connection, [landed("eth:1")])
            await record_decisions(connection, [decision("eth:1")])
            await append(connection, EventDraft("api", "decided", "eth:1", {}))
            raise InterruptedError
    async with ledger.read() as connection:
        assert await find_landed(connection, "eth:1") is None
        assert await find_decision(connection, "eth:1") is None
        assert (await verify(connection)).checked == 0


async def test_a_decision_needs_its_landed_transaction(ledger):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with ledger.transaction() as connection:
            await record_decisions(connection, [decision("eth:1")])


def test_canonical_json_of_a_decision_does_not_depend_on_order():
    assert canonical_json({"b": 1, "a": {"d": 2, "c": "é"}}) == '{"a":{"c":"é","d":2},"b":1}'
