"""Transfers are the pairs of an independent reference in the order in which they happened, pools among them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import sums
from graph.clock import Clock
from graph.model import Transaction
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy
from graph.transfers import Transfers, read_transfers, rows_of_pairs
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer
from tests.conftest import empty_graph
from tests.drawing import transfers
from tests.graph.drawn import day
from tests.reference import pairs_of, split

Row = tuple[str, str, int, int]


@pytest.fixture(scope="module")
def loop_runner():
    with asyncio.Runner() as runner:
        yield runner


def rows(found: Transfers) -> list[Row]:
    """Payer, payee, value and time, in the order given."""
    columns = (found.payers, found.payees, found.values, found.times)
    return [(found.keys[u], found.keys[v], value, at) for u, v, value, at in zip(*map(list, columns), strict=True)]


def expected(transactions: Iterable[Transaction]) -> list[Row]:
    """The same by the reference: by time, then landing, then output, then input."""
    told = []
    for one in sorted(transactions, key=lambda one: one.at):
        outputs = split(one.value, [Fraction(party.amount) for party in one.outputs])
        for output, whole in zip(one.outputs, outputs, strict=True):
            parts = split(whole, [Fraction(party.amount) for party in one.inputs]) if one.inputs else []
            for source, part in zip(one.inputs, parts, strict=True):
                if part and source.address != output.address:
                    told.append((key(source.address), key(output.address), part, sums.micros(one.at)))
    return told


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.tuples(st.lists(transfers(), min_size=1, max_size=8), st.integers(0, 5)))
def test_transfers_are_those_of_the_reference_in_order(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    landed, until = drawn

    async def check() -> None:
        async with open_graph(servers.settings().graph) as graph:
            await land(graph, *landed)
            found, watermark = await read_transfers(graph, taxonomy)
            assert rows(found) == expected(landed) and watermark == len(landed)
            assert found.keys == sorted({key(p.address) for one in landed for p in (*one.inputs, *one.outputs)})
            then, _ = await read_transfers(graph, taxonomy, Clock(as_of=day(until)))
            assert rows(then) == expected(one for one in landed if one.at <= day(until))

    empty_graph(cypher)
    loop_runner.run(check())


async def test_what_is_withdrawn_is_gone_and_categories_are_there(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("b", "c", 2, day=2), pay("a", "b", 5, id="first", day=1), pay("a", "b", 4, day=1))
    await label(graph, taxonomy, a="scam", z="exchange")
    await withdraw_transaction(graph, key("first"))

    found, watermark = await read_transfers(graph, taxonomy)

    assert [row[:3] for row in rows(found)] == [(key("a"), key("b"), 4_000_000), (key("b"), key("c"), 2_000_000)]
    assert dict(zip(found.keys, found.categories, strict=True)) == {
        key("a"): "scam",
        key("b"): "",
        key("c"): "",
        key("z"): "exchange",
    }
    assert watermark == 6
    assert (found.received().tolist(), found.sent().tolist()) == (
        [0, 4_000_000, 2_000_000, 0],
        [4_000_000, 2_000_000, 0, 0],
    )


async def test_a_pool_is_all_of_its_pairs_in_its_place_in_time(graph: Graph, taxonomy: Taxonomy, monkeypatch) -> None:
    pooled = transfer({"a": 5, "b": 4.000001}, {"b": 3, "c": 3, "d": 3}, day=2)
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, pay("d", "e", 1, day=3), pooled, pay("x", "a", 5, day=1))

    found, _ = await read_transfers(graph, taxonomy)

    told = rows(found)
    assert [told[0][:2], told[-1][:2]] == [(key("x"), key("a")), (key("d"), key("e"))]
    inside = {row[:2]: row[2] for row in told[1:-1]}
    assert inside == {pair: value for pair, value in pairs_of(pooled).items() if pair[0] != pair[1]}
    assert Counter(row[1] for row in told[1:-1]) == {key("b"): 1, key("c"): 2, key("d"): 2}
    assert {row[3] for row in told[1:-1]} == {sums.micros(day(2))}


def test_rows_come_in_any_order_and_what_is_nothing_is_left_out() -> None:
    drawn = rows_of_pairs(
        (),
        payers=["b", "a", "a", "c", "a", "b"],
        payees=["a", "b", "a", "b", "c", "c"],
        values=[1, 2, 3, 0, 5, 6],
        times=[9, 7, 7, 7, 7, 7],
        seqs=[1, 5, 5, 5, 4, 5],
        positions=[0, 1, 2, 3, 0, 0],
    )
    found = drawn.ordered({"b": "scam", "d": "theft"})

    assert rows(found) == [("a", "c", 5, 7), ("b", "c", 6, 7), ("a", "b", 2, 7), ("b", "a", 1, 9)]
    assert (found.keys, found.categories) == (["a", "b", "c", "d"], ["", "scam", "", "theft"])
