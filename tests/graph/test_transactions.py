"""Transactions as landed: whole, in order, and only those that are there."""

from __future__ import annotations

import neo4j
import pytest
from msgspec.structs import replace

from graph.errors import InvalidInput, NotFound
from graph.session import Graph
from graph.transactions import get_transaction, list_transactions
from tests.builders import START, key, land, pay, transfer


async def test_a_transaction_comes_back_with_its_parties_in_their_order(graph: Graph) -> None:
    [landing] = await land(graph, transfer([("z", 3), ("a", 1), ("z", 2)], [("y", 5), ("b", 0.5)], id="t:7"))

    found = await get_transaction(graph, key("t:7"))

    assert (found.network, found.id, found.at, found.asset) == ("acct", "t:7", START, "USD")
    assert (found.seq, found.value, found.amount, found.withdrawn_at) == (landing.seq, 5_500_000, "5.5", None)
    assert [(p.wallet, p.amount) for p in found.inputs] == [(key("z"), "3"), (key("a"), "1"), (key("z"), "2")]
    assert [(p.wallet, p.value) for p in found.outputs] == [(key("y"), 5_000_000), (key("b"), 500_000)]
    assert sum(p.value for p in found.inputs) == found.value, "a fee is no value moved"


async def test_an_unknown_transaction_is_not_found(graph: Graph) -> None:
    with pytest.raises(NotFound, match="transaction acct:none"):
        await get_transaction(graph, key("none"))


async def test_the_list_goes_back_in_order_of_landing_not_of_time(graph: Graph) -> None:
    await land(graph, *(pay("a", "b", 1, id=f"t{i}", day=-i) for i in range(5)))

    first, more = await list_transactions(graph, limit=2)
    second, still = await list_transactions(graph, limit=2, before_seq=more)
    third, end = await list_transactions(graph, limit=2, before_seq=still)

    assert [t.id for t in (*first, *second, *third)] == ["t4", "t3", "t2", "t1", "t0"]
    assert end is None


async def test_a_full_last_page_says_that_it_is_the_last(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1), pay("a", "b", 1))

    assert (await list_transactions(graph, limit=2))[1] is None
    assert await list_transactions(graph, limit=2, before_seq=1) == ([], None)


async def test_a_landing_rolled_back_leaves_nothing_to_list(graph: Graph, cypher: neo4j.Session) -> None:
    most = replace(pay("a", "b", 1, id="most"), value=2**63 - 1)
    await land(graph, most)

    with pytest.raises(InvalidInput, match="value"):
        await land(graph, pay("c", "d", 1, id="fine"), pay("a", "b", 1, id="straw"))

    assert [t.id for t in (await list_transactions(graph, limit=9))[0]] == ["most"]
    assert cypher.run("MATCH (w:Wallet) RETURN count(*) AS n").single(strict=True)["n"] == 2
