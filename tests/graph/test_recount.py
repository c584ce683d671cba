"""The recount in arrays gives the batch's bytes: of now, and of every earlier time from history."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta

import neo4j
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph import neighbours, sums
from graph.attributions import attributions_about, withdraw_attributions
from graph.clock import FOREVER, Clock
from graph.columns import read_network, with_categories
from graph.model import Transaction
from graph.recount import Recount, recount
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import START, key, label, land, pay, transfer
from tests.conftest import empty_graph
from tests.drawing import DIRECTIONS, LABELS, NAMES, agree, transfers
from tests.recounting import batch, differences
from tests.reference import Reference

labels = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LABELS), max_size=4)
drawings = st.lists(st.tuples(st.lists(transfers(), min_size=1, max_size=4), labels), min_size=1, max_size=3)
MAX_PAIRS = 3


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", MAX_PAIRS)


async def recounted(graph: Graph, taxonomy: Taxonomy, hops: int, clock: Clock | None = None, **more) -> Recount:
    network = await read_network(graph, taxonomy, clock or Clock(), **more)
    return recount(network, hops=hops, taxonomy=taxonomy)


async def known_at(graph: Graph) -> datetime:
    at = (await graph.read("counter_now", now=FOREVER))[0]["at"]
    assert isinstance(at, datetime)
    return at


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=drawings, choices=st.randoms(use_true_random=False), hops=st.integers(1, 6))
def test_the_recount_has_the_bytes_of_the_batch(
    *, steps, choices: random.Random, hops: int, servers, cypher: neo4j.Session, taxonomy: Taxonomy, pools: None
) -> None:
    """Land, label, withdraw and land again; after each step the batch is noted, at the end history must give all."""

    async def check() -> None:
        async with open_graph(servers.settings().graph) as graph:
            noted: list[tuple[datetime, Recount]] = []
            for transactions, named in steps:
                await change(graph, taxonomy, transactions, named, choices)
                here = await batch(graph, taxonomy, hops)
                assert differences(here, await recounted(graph, taxonomy, hops)) == []
                noted.append((await known_at(graph), here))
            for at, then in noted:
                assert differences(then, await recounted(graph, taxonomy, hops, Clock(known_at=at))) == []

    empty_graph(cypher)
    asyncio.run(check())


async def change(
    graph: Graph, taxonomy: Taxonomy, transactions: list[Transaction], named: dict[str, str], choices: random.Random
) -> None:
    await land(graph, *transactions)
    if named:
        await label(graph, taxonomy, **named)
        about = await attributions_about(graph, [key(name) for name in named])
        await withdraw_attributions(graph, [a.id for a in about if choices.random() < 0.3], taxonomy)
    for transaction in transactions:
        if choices.random() < 0.4:
            await withdraw_transaction(graph, transaction.key)
            if choices.random() < 0.6:
                await land(graph, replace(transaction, at=transaction.at + timedelta(hours=choices.choice([0, 7]))))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(transactions=st.lists(transfers(), min_size=1, max_size=6), named=labels, hops=st.integers(1, 6))
def test_pools_are_counted_as_the_reference_counts_them(
    *, transactions, named, hops: int, servers, cypher: neo4j.Session, taxonomy: Taxonomy, pools: None
) -> None:
    stopping = taxonomy.illicit | taxonomy.services
    categories = {key(name): category for name, category in named.items()}
    reference = Reference(transactions, categories, set(stopping), set(taxonomy.passing), MAX_PAIRS)

    async def check() -> Recount:
        async with open_graph(servers.settings().graph) as graph:
            await land(graph, *transactions)
            if named:
                await label(graph, taxonomy, **named)
            return await batch(graph, taxonomy, hops)

    empty_graph(cypher)
    found = asyncio.run(check())

    for i, wallet in enumerate(found.wallets.keys):
        score, counts = reference.hop_score(wallet, {w for w, c in categories.items() if c in taxonomy.illicit})
        assert tuple(found.wallets.hop_counts[i]) == counts
        assert found.wallets.hop_scores((1.0, 0.5, 0.25))[i] == pytest.approx(score, abs=1e-12)
        for direction, side in found.sides.items():
            parts = {n: (p.share[i], p.direct[i], p.hops[i]) for n, p in side.categories.items() if p.share[i]}
            parts |= {n: (v[i], v[i], 0) for n, v in side.residuals.items() if v[i]}
            expected = reference.exposure(wallet, hops, direction)
            for name in set(parts) | set(expected):
                share = expected.get(name, (0.0, 0.0, 0))[0]
                assert parts.get(name, (0.0,))[0] == pytest.approx(share, abs=1e-9), (wallet, direction, name)
            agree(
                {n: p for n, p in parts.items() if n in side.categories},
                {n: e for n, e in expected.items() if n in side.categories},
            )


async def test_the_order_of_landing_changes_no_byte(graph: Graph, cypher: neo4j.Session, taxonomy: Taxonomy) -> None:
    drawn = random.Random(7)
    paid = [pay(*drawn.sample(NAMES, 2), drawn.randint(1, 10**7) / 10**6, id=f"t{i}", day=i) for i in range(60)]
    found = []
    for order in (paid, drawn.sample(paid, len(paid))):
        empty_graph(cypher)
        await label(graph, taxonomy, a="scam", b="exchange", c="dex")
        await land(graph, *order)
        found.append(await batch(graph, taxonomy, 4))

    assert differences(*found) == []


async def test_a_flipped_micro_unit_is_another_result(graph: Graph, cypher: neo4j.Session, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="scam")
    await land(graph, pay("a", "b", 3), pay("c", "b", 5), pay("b", "d", 1))
    clock = Clock(known_at=await known_at(graph))
    before = await recounted(graph, taxonomy, 3, clock)

    cypher.run("MATCH (t:Transaction {value: 5000000}) SET t.value = 5000001").consume()
    after = await recounted(graph, taxonomy, 3, clock)

    assert "source scam share" in differences(before, after)


async def test_a_real_pool_of_many_pairs(graph: Graph, taxonomy: Taxonomy) -> None:
    """150 pay 150, two of them on both sides; one payer is a thief."""
    payers = {f"p{i}": 1 + i / 7 for i in range(150)}
    payees = {f"q{i}": 1 + i / 11 for i in range(148)} | {"p3": 2, "p4": 3}
    await label(graph, taxonomy, p3="scam", q7="exchange")
    await land(graph, transfer(payers, payees), pay("q1", "z", 1), pay("z", "p9", 2))

    there = await batch(graph, taxonomy, 3)

    assert differences(there, await recounted(graph, taxonomy, 3)) == []
    index = {name: i for i, name in enumerate(there.wallets.keys)}
    spent = sum(round(units * 10**6) for units in payees.values())
    scam = there.sides["source"].categories["scam"]
    assert there.wallets.in_values[index[key("q1")]] > 0 and len(payers) * len(payees) > sums.MAX_PAIRS
    assert scam.share[index[key("q1")]] == pytest.approx((1 + 3 / 7) / sum(payers.values()), abs=1e-6)
    assert scam.direct[index[key("p3")]] == 0, "what it paid itself does not count"
    assert there.wallets.out_degrees[index[key("p3")]] == 149
    assert there.wallets.hop_counts[index[key("z")]].tolist() == [0, 0, 1]
    assert sum(there.wallets.in_values) <= spent + 3 * 10**6


async def test_wallets_unknown_at_the_clock_are_absent(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 1, day=1))
    then = await known_at(graph)
    await land(graph, pay("b", "c", 1, day=3))
    await label(graph, taxonomy, d="scam")

    assert (await read_network(graph, taxonomy, Clock(known_at=then))).keys == [key("a"), key("b")]
    early = await read_network(graph, taxonomy, Clock(as_of=START + timedelta(days=2)))
    assert early.keys == [key("a"), key("b"), key("d")] and len(early.values) == 1
    assert (await read_network(graph, taxonomy)).keys == [key(name) for name in "abcd"]


async def test_other_categories_are_as_if_recorded(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="scam")
    await land(graph, pay("a", "b", 3), pay("c", "b", 5), pay("b", "d", 1))
    network = await read_network(graph, taxonomy)
    about = await attributions_about(graph, [key("a")])

    overlaid = with_categories(network, {key("a"): None, key("c"): "theft", key("new"): "mixer"})
    preview = recount(overlaid, hops=3, taxonomy=taxonomy)
    await withdraw_attributions(graph, [about[0].id], taxonomy)
    await label(graph, taxonomy, c="theft", new="mixer")

    assert differences(preview, await batch(graph, taxonomy, 3)) == []
    assert differences(preview, recount(network, hops=3, taxonomy=taxonomy)) != [], "the network itself is unchanged"


async def test_hop_counts_in_small_pieces_are_the_same(
    graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = random.Random(5)
    await label(graph, taxonomy, a="scam", b="theft", c="mixer")
    await land(graph, *(pay(*drawn.sample(NAMES, 2), 1) for _ in range(15)))
    whole = await recounted(graph, taxonomy, 1)

    monkeypatch.setattr(neighbours, "PAIRS", 1)
    pieces = await recounted(graph, taxonomy, 1)

    assert differences(whole, pieces) == []
    assert whole.wallets.hop_counts.sum(axis=0).min() > 0


async def test_an_empty_graph_is_counted(graph: Graph, taxonomy: Taxonomy) -> None:
    for clock in (Clock(), Clock(known_at=FOREVER)):
        found = await recounted(graph, taxonomy, 6, clock)
        assert (found.wallets.keys, found.wallets.hop_counts.shape) == ([], (0, 3))
        assert {d: list(side.residuals) for d, side in found.sides.items()} == {
            "source": ["origin", "hop_limit"],
            "destination": ["unspent", "hop_limit"],
        }
    assert tuple(found.sides) == DIRECTIONS
    assert np.array_equal(found.wallets.in_values, np.zeros(0, np.int64))
