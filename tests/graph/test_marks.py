"""Which stored answers a change can touch: the marked wallets, what lies along the flows, and nothing else."""

from __future__ import annotations

import neo4j
import pytest

from graph import sums
from graph.marks import clear_marks, count_marks, reach, read_marks, stale_among
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer


async def settle(graph: Graph) -> None:
    """Take away all marks, as a drain would."""
    await clear_marks(graph, await read_marks(graph))
    assert await count_marks(graph) == 0


async def reached(graph: Graph, hops: int = 3) -> dict[str, list[str]]:
    found = await reach(graph, await read_marks(graph), hops)
    assert not found.is_cut
    return {
        name.removeprefix("acct:"): sorted(seed.removeprefix("acct:") for seed in seeds)
        for name, seeds in found.seeds.items()
    }


CHAIN = [pay(*pair, 1) for pair in ("ab", "bc", "cd", "de", "ef", "fg", "gh")]


async def test_money_is_felt_down_and_up_the_flows_within_the_hops(graph: Graph) -> None:
    await land(graph, *CHAIN)
    await settle(graph)

    await land(graph, pay("d", "e", 1))

    # Sources of e, f, g can change (h is three flows from e), destinations of d, c, b.
    assert await reached(graph) == {**{n: ["e"] for n in "efg"}, **{n: ["d"] for n in "dcb"}}
    assert set(await reached(graph, hops=1)) == {"d", "e"}
    assert set(await reached(graph, hops=6)) == set("abcdefgh")


async def test_a_stopping_wallet_keeps_a_change_to_itself(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, f="exchange", c="dex")
    await land(graph, *CHAIN)
    await settle(graph)

    await land(graph, pay("d", "e", 1))

    assert set(await reached(graph, hops=6)) == set("abcdef")


async def test_a_category_is_felt_one_flow_further_and_through_the_wallet(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, *CHAIN)
    await settle(graph)

    await label(graph, taxonomy, d="exchange")

    assert set(await reached(graph, hops=1)) == set("cde")
    assert await reached(graph) == {n: ["d"] for n in "abcdefg"}


async def test_becoming_illicit_concerns_whoever_is_within_two_hops_either_way(
    graph: Graph, taxonomy: Taxonomy
) -> None:
    await land(graph, pay("d", "x", 1), pay("y", "x", 1), pay("y", "z", 1))
    await settle(graph)

    await label(graph, taxonomy, d="scam")

    assert set(await reached(graph, hops=1)) == {"d", "x", "y"}


async def test_a_new_illicit_neighbour_is_counted_by_the_neighbours(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("m", "n", 1), pay("m", "o", 1))
    await settle(graph)

    await land(graph, pay("thief", "n", 1, id="t"))
    near = await reached(graph, hops=1)
    await settle(graph)
    await land(graph, pay("thief", "n", 1))
    again = await reached(graph, hops=1)
    await settle(graph)
    await withdraw_transaction(graph, key("t"))
    still_there = await reached(graph, hops=1)

    assert set(near) == {"thief", "n", "m"}, "m counts the thief at two hops now"
    assert set(again) == set(still_there) == {"thief", "n"}, "they were neighbours before and after"


async def test_a_pool_is_one_hop(graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, transfer({"b": 1, "x": 1}, {"c": 1, "y": 1}), *CHAIN[:1], *CHAIN[2:])
    await settle(graph)

    await land(graph, pay("a", "b", 1))
    assert set(await reached(graph)) == {"a", "b", "c", "y", "d"}
    await settle(graph)
    await label(graph, taxonomy, x="scam")
    assert set(await reached(graph, hops=1)) == {"x", "c", "y", "b", "d"}, "b and d are two hops from x"


async def test_a_mark_renewed_meanwhile_stays(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1), pay("c", "d", 1))
    read = await read_marks(graph)

    await land(graph, pay("a", "x", 1))
    cleared = await clear_marks(graph, read)

    assert (cleared, [mark.key for mark in await read_marks(graph)]) == (3, [key("a"), key("x")])
    assert await clear_marks(graph, read) == 0


async def test_a_bound_is_told(graph: Graph) -> None:
    await land(graph, *CHAIN)

    assert (await reach(graph, await read_marks(graph), 3, max_flows=1)).is_cut
    assert not (await reach(graph, await read_marks(graph), 1, max_flows=1)).is_cut


async def test_stale_is_who_is_reached(graph: Graph) -> None:
    await land(graph, *CHAIN)
    keys = [key(name) for name in "abcdefgh"]
    assert await stale_among(graph, keys, 3) == set(keys)
    await settle(graph)
    assert await stale_among(graph, keys, 3) == set()

    await land(graph, pay("g", "h", 1))

    assert await stale_among(graph, keys, 2) == {key("f"), key("g"), key("h")}


async def test_marks_are_found_in_the_store(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, pay("a", "b", 1))

    names = cypher.run("MATCH (w:Stale) RETURN collect(w.address) AS names").single(strict=True)["names"]
    assert sorted(names) == ["a", "b"]


async def test_counterparties_are_counted_again_only_where_a_flow_is_new_or_gone(
    graph: Graph, cypher: neo4j.Session
) -> None:
    await land(graph, *CHAIN)
    await settle(graph)
    cypher.run("MATCH (w:Wallet) SET w.scored_seq = 0").consume()

    async def near() -> set[str]:
        found = await reach(graph, await read_marks(graph), 3)
        return {name.removeprefix("acct:") for name in found.near}

    again = pay("d", "e", 2)
    await land(graph, again)
    assert await near() == set(), "they knew each other"
    await withdraw_transaction(graph, again.key, None)
    assert await near() == set(), "they still do"

    first = pay("a", "h", 1)
    await land(graph, first)
    assert await near() == {"a", "h"}
    await settle(graph)

    await withdraw_transaction(graph, first.key, None)
    assert await near() == {"a", "h"}


async def test_only_what_changed_is_counted_from_its_own_flows(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, *CHAIN)
    await settle(graph)
    cypher.run("MATCH (w:Wallet) SET w.scored_seq = 0").consume()

    await land(graph, pay("d", "e", 1))
    source = (await reach(graph, await read_marks(graph), 3)).source

    assert source.changed == {key("e")} and source.further == {key("f"), key("g")}
    assert source.giving == {key("e"), key("f")}, "what g met is past the last hop, and it gives nothing of that on"
