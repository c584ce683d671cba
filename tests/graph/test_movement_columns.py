"""Movements as columns are the pairs of an independent reference, and stay what they were at their watermark."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import sums
from graph.clock import Clock
from graph.model import Transaction
from graph.movement_columns import MovementColumns, read_movements, wallet_movements
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer
from tests.conftest import empty_graph
from tests.drawing import NAMES, transfers
from tests.graph.drawn import day
from tests.reference import pairs_of

Row = tuple[str, str, int, int]


@pytest.fixture(scope="module")
def loop_runner():
    with asyncio.Runner() as runner:
        yield runner


def rows(columns: MovementColumns) -> list[Row]:
    """Payer, payee, value and time, in the order given."""
    sides = zip(columns.payers.tolist(), columns.payees.tolist(), strict=True)
    named = [(columns.keys[payer], columns.keys[payee]) for payer, payee in sides]
    return [
        (*pair, value, at)
        for pair, value, at in zip(named, columns.values.tolist(), columns.times.tolist(), strict=True)
    ]


def expected(transactions: Iterable[Transaction]) -> list[Row]:
    """The same by the reference: transactions in the order of time, then of landing."""
    ordered = sorted(transactions, key=lambda one: one.at)
    return [
        (*pair, value, sums.micros(one.at))
        for one in ordered
        for pair, value in sorted(pairs_of(one).items())
        if pair[0] != pair[1]
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.tuples(st.lists(transfers(), min_size=1, max_size=8), st.integers(0, 5), st.integers(1, 4)))
def test_movements_are_those_of_the_reference(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    from graph.session import open_graph

    async def check() -> None:
        async with open_graph(servers.settings().graph) as graph:
            await land(graph, *drawn[0])
            await compare(graph, taxonomy, *drawn)

    empty_graph(cypher)
    loop_runner.run(check())


async def compare(graph: Graph, taxonomy: Taxonomy, drawn: list[Transaction], until: int, most: int) -> None:
    columns, watermark = await read_movements(graph, taxonomy)
    assert rows(columns) == expected(drawn) and watermark == len(drawn)
    assert columns.keys == sorted({key(p.address) for one in drawn for p in (*one.inputs, *one.outputs)})
    starts = [at for at, number in enumerate(columns.transactions.tolist()) if columns.transactions[at - 1] != number]
    assert len(starts) <= len(drawn)

    before = [one for one in drawn if one.at <= day(until)]
    then, _ = await read_movements(graph, taxonomy, Clock(as_of=day(until)))
    assert rows(then) == expected(before)

    for name in NAMES:
        all_of = [row for row in rows(columns) if key(name) in row[:2]]
        newest = rows(await wallet_movements(graph, [key(name)], most=most))
        for side in (0, 1):
            there, whole = ([row for row in part if row[side] == key(name)] for part in (newest, all_of))
            # The newest, in the same order; all of them where there are no more than asked for.
            assert there == whole[len(whole) - len(there) :] and len(there) >= min(most, len(whole))
        early = rows(await wallet_movements(graph, [key(name)], most=1_000, as_of=day(until)))
        assert early == [row for row in rows(then) if key(name) in row[:2]]


async def test_several_wallets_are_read_together_and_a_movement_between_them_once(graph: Graph) -> None:
    await land(graph, pay("a", "b", 5, day=1), pay("b", "c", 3, day=2), pay("c", "d", 1, day=3))

    columns = await wallet_movements(graph, [key("a"), key("b"), key("nobody")], most=10)

    assert [row[:3] for row in rows(columns)] == [(key("a"), key("b"), 5_000_000), (key("b"), key("c"), 3_000_000)]
    assert columns.keys == [key(name) for name in ("a", "b", "c", "nobody")]


async def test_a_share_that_was_rounded_to_nothing_is_not_counted_as_a_movement(graph: Graph) -> None:
    # The payers share a millionth: one of them, or both, pay nothing of it.
    tiny = transfer([("a", 0.25), ("b", 0.750001)], [("c", 1), ("d", 0.000001)], day=2)
    await land(graph, pay("a", "c", 1, day=1), tiny)

    found = rows(await wallet_movements(graph, [key("a")], most=2))

    assert [row for row in found if row[0] == key("a")] == [
        (key("a"), key("c"), 1_000_000, sums.micros(day(1))),
        (key("a"), key("c"), 250_000, sums.micros(day(2))),
    ]


async def test_the_newest_of_one_instant_are_those_that_landed_last(graph: Graph) -> None:
    # Values fall while landings go on: the index of values alone would give the wrong ones.
    await land(graph, *[pay("a", f"p{n}", 9 - n, id=f"n{n}", day=1) for n in range(6)])

    found = rows(await wallet_movements(graph, [key("a")], most=2))

    assert [row[1] for row in found] == [key("p4"), key("p5")]


async def test_withdrawn_and_later_ones_are_no_part_of_an_earlier_watermark(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 5, id="first", day=1))
    await label(graph, taxonomy, b="scam")
    known_at = (await graph.read("counter_now", now=day(0)))[0]["at"]
    then, _ = await read_movements(graph, taxonomy)
    await withdraw_transaction(graph, key("first"))
    await land(graph, pay("b", "c", 4, day=0))
    await label(graph, taxonomy, c="mixer")

    now, watermark = await read_movements(graph, taxonomy)
    again, _ = await read_movements(graph, taxonomy, Clock(known_at=known_at))

    assert watermark == 5 and [row[:2] for row in rows(now)] == [(key("b"), key("c"))]
    assert dict(zip(now.keys, now.categories, strict=True)) == {key("a"): "", key("b"): "scam", key("c"): "mixer"}
    assert rows(again) == rows(then) and rows(then)[0][:2] == (key("a"), key("b"))
    assert (again.keys, again.categories) == (then.keys, then.categories) == ([key("a"), key("b")], ["", "scam"])
    assert rows(await wallet_movements(graph, [key("a")], most=5)) == []


async def test_who_paid_whom_in_a_pool_is_not_made_up(graph: Graph, taxonomy: Taxonomy, monkeypatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, transfer({"a": 5, "b": 5}, {"c": 5, "d": 5}), pay("a", "c", 1))

    columns, _ = await read_movements(graph, taxonomy)

    assert [row[:2] for row in rows(columns)] == [(key("a"), key("c"))]
    assert columns.keys == [key(name) for name in "abcd"]
    assert rows(await wallet_movements(graph, [key("a"), key("d")], most=1)) == rows(columns)
