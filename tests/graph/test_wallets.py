"""Wallets and who they dealt with: counted once, listed in full, a page at a time."""

from __future__ import annotations

import pytest

from graph import sums
from graph.errors import NotFound
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.wallets import get_wallet, list_counterparties, list_wallet_transactions, search_wallets
from tests.builders import key, label, land, pay, transfer


async def test_a_wallet_has_its_sums_and_distinct_counterparties(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="exchange")
    await land(graph, pay("x", "a", 2), pay("x", "a", 3), pay("y", "a", 1), pay("a", "x", 4, day=2), pay("a", "a", 9))

    wallet = await get_wallet(graph, key("a"))

    assert (wallet.network, wallet.address, wallet.category) == ("acct", "a", "exchange")
    assert (wallet.in_value, wallet.out_value) == (6_000_000, 4_000_000)
    assert (wallet.in_count, wallet.out_count) == (3, 1)
    assert (wallet.in_degree, wallet.out_degree) == (2, 1)
    assert wallet.first_at and wallet.last_at and (wallet.last_at - wallet.first_at).days == 2


async def test_a_wallet_known_by_attribution_only_has_moved_nothing(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, ghost="scam")

    wallet = await get_wallet(graph, key("ghost"))

    assert (wallet.in_value, wallet.out_value, wallet.in_degree, wallet.out_degree) == (0, 0, 0, 0)
    assert (wallet.first_at, wallet.last_at, wallet.category) == (None, None, "scam")


async def test_an_unknown_wallet_is_not_found(graph: Graph) -> None:
    for ask in (
        get_wallet(graph, key("nobody")),
        list_counterparties(graph, key("nobody"), direction=None, limit=1),
        list_wallet_transactions(graph, key("nobody"), limit=1),
    ):
        with pytest.raises(NotFound, match="wallet acct:nobody"):
            await ask


async def test_counterparties_come_most_valuable_first_and_by_direction(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, y="scam")
    await land(graph, pay("x", "a", 2), pay("x", "a", 3), pay("y", "a", 7), pay("a", "z", 6), pay("a", "a", 99))

    found, more = await list_counterparties(graph, key("a"), direction=None, limit=10)
    payers, _ = await list_counterparties(graph, key("a"), direction="source", limit=10)
    payees, _ = await list_counterparties(graph, key("a"), direction="destination", limit=10)

    assert more is None
    assert [(c.key, c.direction, c.value, c.count) for c in found] == [
        (key("y"), "source", 7_000_000, 1),
        (key("z"), "destination", 6_000_000, 1),
        (key("x"), "source", 5_000_000, 2),
    ]
    assert [c.category for c in found] == ["scam", None, None]
    assert ([c.key for c in payers], [c.key for c in payees]) == ([key("y"), key("x")], [key("z")])


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_of_counterparties_lose_and_repeat_nothing_among_equals(graph: Graph, limit: int) -> None:
    for name in "uvwxyz":
        await land(graph, pay(name, "a", 5), pay("a", name, 5))
    await land(graph, pay("u", "a", 1))
    whole, _ = await list_counterparties(graph, key("a"), direction=None, limit=100)

    pages, after = [], None
    while True:
        page, after = await list_counterparties(graph, key("a"), direction=None, limit=limit, after=after)
        pages += page
        if after is None:
            break

    assert len(whole) == 12
    assert pages == whole


async def test_the_part_of_a_pool_is_not_lost_to_rounding(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, transfer({"x": 0.000049, "y": 0}, {"a": 0.000001, "b": 0.000048}))

    [x], _ = await list_counterparties(graph, key("a"), direction=None, limit=9)

    assert (x.key, x.value) == (key("x"), 1), "1/49 of 49 micro-units"


async def test_transactions_of_a_wallet_are_listed_once_latest_first(graph: Graph) -> None:
    await land(graph, pay("x", "a", 2, id="t1"), pay("a", "y", 1, id="t2"), transfer([("a", 3)], [("a", 3)], id="t3"))
    await land(graph, pay("x", "y", 1, id="other"), transfer([("a", 1), ("a", 1)], [("y", 2)], id="t4"))

    first, more = await list_wallet_transactions(graph, key("a"), limit=3)
    rest, end = await list_wallet_transactions(graph, key("a"), limit=3, before_seq=more)

    assert [t.id for t in first] == ["t4", "t3", "t2"]
    assert ([t.id for t in rest], end) == (["t1"], None)


async def test_search_is_by_the_beginning_of_a_key(graph: Graph) -> None:
    await land(graph, pay("alice", "bob", 1), pay("alina", "bob", 1))

    found = await search_wallets(graph, "acct:al", 10)

    assert [wallet.address for wallet in found] == ["alice", "alina"]
    assert [wallet.address for wallet in await search_wallets(graph, "acct:al", 1)] == ["alice"]
    assert await search_wallets(graph, "eth:", 10) == []
