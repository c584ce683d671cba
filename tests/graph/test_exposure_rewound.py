"""Payments with later money in reach: the flows less what moved later tell what the transactions tell."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

import neo4j
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph import sums, tracing
from graph.exposure import Payment, payment_exposures
from graph.model import Transaction
from graph.session import Graph, Row
from graph.sums import payment_sides
from graph.taxonomy import Taxonomy
from graph.tracing import Tracing
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer
from tests.conftest import empty_graph
from tests.drawing import DIRECTIONS, LABELS, NAMES, agree, shares, transfers
from tests.graph.drawn import PATIENT
from tests.reference import Reference

MAX_PAIRS = 4
STOPPING, PASSING = {"scam", "sanctions", "exchange"}, {"dex"}

histories = st.tuples(
    st.lists(transfers(), min_size=2, max_size=9),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LABELS), max_size=3),
    st.dictionaries(st.integers(0, 8), st.sampled_from([None, 1, 4]), max_size=3),
)
# b pays a before, at and after the time asked about; a pool, a payment to oneself, one withdrawn, one that came again.
LATER = [
    pay("b", "a", 1, day=0),
    pay("b", "a", 2, day=3),
    pay("a", "c", 2, day=3),
    pay("b", "a", 5, day=4),
    transfer({"b": 2, "d": 2, "a": 1}, {"a": 2, "e": 3}, day=5),
    transfer({"a": 4, "d": 1}, {"a": 3, "b": 2}, day=5),
    pay("a", "a", 7, day=5),
    pay("d", "a", 9, day=2),
    pay("e", "a", 3, day=1),
]


class Recorded(Graph):
    """The graph, with the names of what it was asked."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph._driver)
        self.asked: list[str] = []

    async def read(self, name: str, *, timeout_s: float | None = None, **parameters: Any) -> list[Row]:
        self.asked.append(name)
        return await super().read(name, timeout_s=timeout_s, **parameters)


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", MAX_PAIRS)


@pytest.fixture(scope="module")
def loop_runner():
    with asyncio.Runner() as runner:
        yield runner


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@example(drawn=(LATER, {"b": "scam", "d": "dex"}, {7: None, 8: 4}))
@given(drawn=histories)
def test_a_batch_with_later_money_in_reach_equals_the_reference(
    drawn, loop_runner: asyncio.Runner, servers, cypher: neo4j.Session, taxonomy: Taxonomy
) -> None:
    from graph.schema import apply_schema
    from graph.session import open_graph

    async def check() -> None:
        async with open_graph(servers.settings().graph) as graph:
            await apply_schema(graph)
            await compare(Recorded(graph), *drawn, taxonomy)

    empty_graph(cypher)
    loop_runner.run(check())


async def compare(graph: Recorded, drawn: list[Transaction], labels, changes, taxonomy: Taxonomy) -> None:
    counting = await play(graph, drawn, changes)
    await label(graph, taxonomy, **labels)
    categories = {key(name): category for name, category in labels.items()}
    asked = [Payment(t.key, t.at, *payment_sides(t)) for t in drawn]
    for direction in DIRECTIONS:
        for hops in (3, 6):
            question = Tracing(graph=graph, direction=direction, hops=hops, taxonomy=taxonomy, limits=PATIENT)
            found = await payment_exposures(question, asked)
            for one, exposure in zip(asked, found, strict=True):
                if sum(one.side(direction).values()):
                    agree(shares(exposure), expected(one, counting, categories, hops, direction))
    assert not [name for name in graph.asked if name.endswith("_as_of")]
    assert drawn is not LATER or {"exposure_source_rewound", "exposure_destination_rewound"} <= set(graph.asked)


async def play(graph: Graph, drawn: list[Transaction], changes: dict[int, int | None]) -> list[Transaction]:
    """Land all, withdraw those named, and land them again later where that is said; returns those that count."""
    counting = {t.key: t for t in drawn}
    await land(graph, *drawn)
    for t, days in ((drawn[i], days) for i, days in changes.items() if i < len(drawn)):
        del counting[t.key]
        await withdraw_transaction(graph, t.key)
        if days is not None:
            counting[t.key] = replace(t, at=t.at + timedelta(days=days))
            await land(graph, counting[t.key])
    return list(counting.values())


def expected(one: Payment, counting: Sequence[Transaction], categories: dict[str, str], hops: int, direction: str):
    """What the payment's parties had by its time, by the slow reference: category -> (share, direct share, hops)."""
    past = [t for t in counting if t.at <= one.at and t.key != one.key]
    reference = Reference(past, categories, STOPPING, PASSING, MAX_PAIRS)
    side = one.side(direction)
    found: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for wallet, value in side.items():
        for (name, used), part in reference.end(wallet, hops - 1, direction).items():
            found[name, used] += Fraction(value, sum(side.values())) * part
    return {
        name: (
            float(sum(share for (other, _), share in found.items() if other == name)),
            float(found.get((name, 0), 0)),
            min(used for (other, used), share in found.items() if other == name and share) + 1,
        )
        for name in {name for (name, _), share in found.items() if share}
    }


@pytest.mark.parametrize(("most", "way"), [(5, "rewound"), (4, "as_of")])
async def test_more_than_so_much_later_money_is_told_from_the_transactions(
    graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch, most: int, way: str
) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("x", "a", 1), pay("thief", "a", 5, day=8), pay("y", "a", 5, day=9))
    monkeypatch.setattr(tracing, "MOST_LATER", most)
    recorded = Recorded(graph)
    question = Tracing(graph=recorded, direction="source", hops=3, taxonomy=taxonomy, limits=PATIENT)
    paid = pay("a", "z", 1, day=5)

    [found] = await payment_exposures(question, [Payment(paid.key, paid.at, *payment_sides(paid))])

    assert shares(found)["scam"][0] == 0.5
    assert recorded.asked[-1] == f"exposure_source_{way}"


async def test_no_query_is_asked_again_where_nothing_is_later(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("thief", "a", 1), pay("x", "a", 1))
    recorded = Recorded(graph)
    question = Tracing(graph=recorded, direction="source", hops=3, taxonomy=taxonomy, limits=PATIENT)
    paid = pay("a", "z", 1, day=5)

    await payment_exposures(question, [Payment(paid.key, paid.at, *payment_sides(paid))])

    assert recorded.asked == ["exposure_source"]
