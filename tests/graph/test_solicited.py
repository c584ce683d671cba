"""Who paid a payer before is no stranger to it; the payment itself is no history."""

from __future__ import annotations

import time

import pytest

from graph import sums
from graph.exposure import Payment
from graph.live import solicited
from graph.model import Transaction
from graph.session import Graph
from graph.sums import payment_sides
from graph.withdrawal import withdraw_transaction
from tests.builders import land, pay, transfer


async def is_solicited(graph: Graph, paid: Transaction) -> bool:
    return await solicited(graph, [Payment(paid.key, paid.at, *payment_sides(paid))]) == {paid.key}


async def test_a_payee_that_had_paid_the_payer_by_then_is_no_stranger(graph: Graph) -> None:
    first = pay("a", "b", 1, day=2)
    await land(graph, first, pay("a", "c", 1, day=1))

    told = [await is_solicited(graph, pay("b", "a", 1, day=day)) for day in (1, 2, 3)]

    assert told == [False, True, True]
    assert not await is_solicited(graph, pay("c", "b", 1, day=9))
    await withdraw_transaction(graph, first.key)
    assert not await is_solicited(graph, pay("b", "a", 1, day=3))


async def test_what_wallets_pay_each_other_within_the_payment_is_no_history(graph: Graph) -> None:
    joint = transfer({"a": 1, "b": 1}, {"a": 1, "b": 1}, day=2)
    await land(graph, joint, transfer({"a": 1, "x": 1}, {"b": 0, "c": 2}, day=2))

    assert not await is_solicited(graph, joint)
    await land(graph, pay("a", "b", 1, day=2))
    assert await is_solicited(graph, joint)


async def test_a_payee_that_paid_itself_in_a_pool_paid_nobody(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    pool = transfer([("a", 1), ("x", 1)], [("a", 1), ("c", 1)], day=1)
    await land(graph, pool)

    assert not await is_solicited(graph, transfer({"a": 1}, {"a": 1}, day=2))
    assert await is_solicited(graph, transfer({"a": 1}, {"x": 1}, day=2)), "x paid a"
    assert not await is_solicited(graph, pool)
    await withdraw_transaction(graph, pool.key)
    assert not await is_solicited(graph, transfer({"a": 1}, {"x": 1}, day=2))


async def test_a_payment_of_millions_of_pairs_is_not_asked_about_pair_by_pair(graph: Graph) -> None:
    joined = transfer([(f"i{n}", 1) for n in range(2_000)], [(f"o{n}", 1) for n in range(2_000)], day=1)
    await land(graph, joined, pay("o1999", "i1999", 1))
    began = time.monotonic()

    assert await is_solicited(graph, joined)
    assert time.monotonic() - began < 15, "two look-ups a wallet; the four million pairs took 40 s"
