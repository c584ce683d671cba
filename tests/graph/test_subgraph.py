"""The picture around a wallet: what is near and valuable, and an honest word when something is left out."""

from __future__ import annotations

import pytest

from graph.errors import NotFound
from graph.session import Graph
from graph.subgraph import FLOWS_PER_NODE, Subgraph, get_subgraph
from graph.taxonomy import Taxonomy
from tests.builders import key, label, land, pay


def hops(subgraph: Subgraph) -> dict[str, int]:
    return {node.key.removeprefix("acct:"): node.hops for node in subgraph.nodes}


def pairs(subgraph: Subgraph) -> set[tuple[str, str]]:
    return {(f.source.removeprefix("acct:"), f.target.removeprefix("acct:")) for f in subgraph.flows}


async def test_it_looks_both_ways_and_stops_at_its_hops(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, far="scam")
    await land(graph, pay("far", "near", 1), pay("near", "a", 2), pay("a", "out", 3), pay("farther", "far", 9))

    found = await get_subgraph(graph, key("a"), hops=2, limit=50)

    assert hops(found) == {"a": 0, "near": 1, "out": 1, "far": 2}
    assert pairs(found) == {("far", "near"), ("near", "a"), ("a", "out")}
    assert not found.truncated, "what lies beyond the hops asked for was not left out"
    assert {node.key: node.category for node in found.nodes}[key("far")] == "scam"
    assert [f.value for f in found.flows] == [3_000_000, 2_000_000, 1_000_000]


async def test_a_wallet_is_placed_at_its_shortest_distance(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1), pay("b", "c", 1), pay("c", "a", 1), pay("c", "d", 1), pay("d", "b", 1))

    found = await get_subgraph(graph, key("a"), hops=3, limit=50)

    assert hops(found) == {"a": 0, "b": 1, "c": 1, "d": 2}
    assert len(found.flows) == 5


async def test_the_most_valuable_come_first_under_the_limit_and_it_says_so(graph: Graph) -> None:
    await land(graph, *(pay("a", f"out{i}", i + 1) for i in range(6)), *(pay(f"in{i}", "a", i + 1.5) for i in range(6)))

    found = await get_subgraph(graph, key("a"), hops=1, limit=4)

    assert hops(found) == {"a": 0, "in5": 1, "out5": 1, "in4": 1}
    assert pairs(found) == {("in5", "a"), ("a", "out5"), ("in4", "a")}
    assert found.truncated


async def test_a_limit_reached_exactly_is_not_truncated(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1), pay("b", "c", 1))

    assert not (await get_subgraph(graph, key("a"), hops=2, limit=3)).truncated
    assert (await get_subgraph(graph, key("a"), hops=2, limit=2)).truncated
    assert not (await get_subgraph(graph, key("a"), hops=1, limit=2)).truncated


async def test_the_limit_holds_over_all_hops(graph: Graph) -> None:
    await land(graph, pay("a", "b", 9), *(pay("b", f"c{i}", i + 1) for i in range(8)), pay("c7", "d", 100))

    found = await get_subgraph(graph, key("a"), hops=3, limit=4)

    assert hops(found) == {"a": 0, "b": 1, "c7": 2, "c6": 2}
    assert found.truncated


async def test_a_limit_of_one_is_the_wallet_alone(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1))

    found = await get_subgraph(graph, key("a"), hops=3, limit=1)

    assert (hops(found), found.flows, found.truncated) == ({"a": 0}, (), True)


async def test_a_payment_to_oneself_is_drawn_and_leads_nowhere(graph: Graph) -> None:
    await land(graph, pay("a", "a", 5), pay("a", "b", 1))

    found = await get_subgraph(graph, key("a"), hops=3, limit=10)

    assert hops(found) == {"a": 0, "b": 1}
    assert [(f.source, f.target, f.value) for f in found.flows] == [
        (key("a"), key("a"), 5_000_000),
        (key("a"), key("b"), 1_000_000),
    ]
    assert not found.truncated


async def test_flows_beyond_twenty_a_node_are_cut_and_it_says_so(graph: Graph) -> None:
    names = [f"n{i:02}" for i in range(22)]
    await land(graph, *(pay(u, v, 1 + i) for i, u in enumerate(names) for v in names if u != v))

    found = await get_subgraph(graph, key("n00"), hops=1, limit=22)

    assert len(found.nodes) == 22
    assert len(found.flows) == 22 * FLOWS_PER_NODE
    assert found.truncated
    assert min(f.value for f in found.flows) == 2_000_000, "the least valuable are those left out"


async def test_a_wallet_without_flows_is_its_own_picture(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, lone="mixer")

    found = await get_subgraph(graph, key("lone"), hops=2, limit=10)

    assert (hops(found), found.flows, found.truncated) == ({"lone": 0}, (), False)


async def test_an_unknown_wallet_is_not_found(graph: Graph) -> None:
    with pytest.raises(NotFound):
        await get_subgraph(graph, key("nobody"), hops=2, limit=10)
