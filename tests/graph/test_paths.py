"""Paths on drawn graphs: time order, where they stop, what a step tells, and what a limit leaves out."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import pairwise

import pytest

from graph import sums
from graph.clock import Clock
from graph.errors import InvalidInput, NotFound
from graph.model import Direction
from graph.paths import Path, Paths, PathStep, PathWallet, find_paths
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.tracing import ExposureLimits
from graph.withdrawal import withdraw_transaction
from tests.builders import START, key, label, land, pay, transfer

PATIENT = ExposureLimits(timeout_s=30)


async def traced(
    graph: Graph, taxonomy: Taxonomy, name: str, *, direction: Direction = "source", hops=3, limit=10, **more
) -> Paths:
    more = {"limits": PATIENT} | more
    return await find_paths(graph, key(name), direction=direction, hops=hops, limit=limit, taxonomy=taxonomy, **more)


def names(path: Path) -> str:
    return " ".join(wallet.key.removeprefix("acct:") for wallet in path.wallets)


async def ways(graph: Graph, taxonomy: Taxonomy, name: str, **asked) -> list[str]:
    return [names(path) for path in (await traced(graph, taxonomy, name, **asked)).paths]


async def test_a_path_tells_each_step(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft", swap="dex")
    await land(graph, pay("thief", "swap", 8, id="one"), pay("swap", "w", 6, id="two", day=1), pay("x", "w", 6))

    [path] = (await traced(graph, taxonomy, "w")).paths

    assert path.steps == (
        PathStep(
            transaction=key("one"),
            at=START,
            sender=key("thief"),
            receiver=key("swap"),
            asset="USD",
            amount="8",
            value=8_000_000,
        ),
        PathStep(
            transaction=key("two"),
            at=START + timedelta(days=1),
            sender=key("swap"),
            receiver=key("w"),
            asset="USD",
            amount="6",
            value=6_000_000,
        ),
    )
    assert (path.bottleneck, path.share, path.hops) == (6_000_000, 0.5, 2)
    thief, swap, w = path.wallets
    assert (thief.key, thief.category, thief.actor) == (key("thief"), "theft", "actor of thief")
    assert thief.attribution is not None
    assert swap.category == "dex", "what is passed is named"
    assert w == PathWallet(key("w"), None, None, None)


async def test_money_cannot_move_on_before_it_came(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, pay("thief", "a", 5, day=2), pay("a", "w", 5, day=1))

    assert await ways(graph, taxonomy, "w") == []
    assert await ways(graph, taxonomy, "thief", direction="destination", to=key("w")) == []

    await land(graph, pay("a", "w", 3, day=2))
    assert await ways(graph, taxonomy, "w") == ["thief a w"], "the same moment is in order"
    assert await ways(graph, taxonomy, "thief", direction="destination", to=key("w")) == ["thief a w"]


async def test_the_best_come_first(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(
        graph,
        pay("thief", "a", 5, id="1"),
        pay("a", "w", 9, id="2"),
        pay("thief", "b", 7, id="3"),
        pay("b", "w", 7, id="4"),
        pay("thief", "w", 5, id="5"),
        pay("b", "c", 7, id="6"),
        pay("c", "w", 7, id="7"),
    )

    found = await traced(graph, taxonomy, "w")

    assert [names(p) for p in found.paths] == ["thief b w", "thief b c w", "thief w", "thief a w"]
    assert (found.truncated, found.complete_above) == (False, None)
    assert await ways(graph, taxonomy, "w", limit=2) == ["thief b w", "thief b c w"]
    assert await ways(graph, taxonomy, "w", hops=1) == ["thief w"]


async def test_a_path_ends_where_tracing_stops(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft", shop="exchange", crook="scam")
    await land(graph, pay("thief", "shop", 5), pay("shop", "w", 5), pay("thief", "crook", 5), pay("crook", "w", 5))

    assert await ways(graph, taxonomy, "w") == ["crook w"], "neither through a service nor through another illicit one"
    assert await ways(graph, taxonomy, "w", category="exchange") == ["shop w"]
    assert await ways(graph, taxonomy, "w", category="theft") == []
    assert await ways(graph, taxonomy, "w", to=key("thief")) == []
    assert await ways(graph, taxonomy, "crook", direction="destination", to=key("w")) == ["crook w"]
    assert await ways(graph, taxonomy, "crook") == ["thief crook"], "the wallet asked for may itself be one"


async def test_no_wallet_and_no_transaction_comes_twice(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, pay("thief", "a", 5), pay("a", "b", 5), pay("b", "a", 5), pay("a", "w", 5), pay("w", "w", 5))
    await land(graph, transfer({"thief": 2, "mid": 2}, {"mid": 2, "v": 2}))

    assert await ways(graph, taxonomy, "w", hops=6) == ["thief a w"]
    assert await ways(graph, taxonomy, "v", hops=6) == ["thief v"], "not through mid within one transaction"


async def test_two_wallets_need_no_attribution(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 5), pay("b", "c", 4), pay("a", "c", 1))

    assert await ways(graph, taxonomy, "c", to=key("a")) == ["a b c", "a c"]
    assert await ways(graph, taxonomy, "a", to=key("c"), direction="destination") == ["a b c", "a c"]
    assert await ways(graph, taxonomy, "a", to=key("c")) == []


async def test_an_input_pays_its_part_of_an_output(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, transfer([("thief", 1), ("a", 2), ("thief", 3)], [("w", 4), ("b", 2)]))

    found = await traced(graph, taxonomy, "w")

    assert [p.bottleneck for p in found.paths] == [2_000_000, 666_667]
    assert {p.steps[0].amount for p in found.paths} == {"4"}, "the amount is what the receiver got"
    assert sum(p.share for p in found.paths) == pytest.approx(4 / 6, abs=1e-6)


async def test_a_pool_is_one_hop(graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await label(graph, taxonomy, thief="theft")
    pool = transfer([("thief", 6), ("a", 2)], [("w", 2), ("w", 2), ("b", 4)], id="pool", day=1)
    await land(graph, pool, pay("w", "v", 4, day=2))

    [path] = (await traced(graph, taxonomy, "v")).paths

    assert (names(path), path.bottleneck, path.share) == ("thief w v", 3_000_000, 0.75)
    assert (path.steps[0].amount, path.steps[0].value) == ("4", 3_000_000)
    assert await ways(graph, taxonomy, "thief", direction="destination", to=key("v")) == ["thief w v"]
    await withdraw_transaction(graph, pool.key)
    assert await ways(graph, taxonomy, "v") == []


async def test_what_is_withdrawn_leads_nowhere_but_did(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, pay("thief", "a", 5, id="t"), pay("a", "w", 5, id="last"))
    done = await withdraw_transaction(graph, key("t"))

    assert await ways(graph, taxonomy, "w") == []
    before = Clock(known_at=done.at - timedelta(microseconds=1))
    assert await ways(graph, taxonomy, "w", clock=before) == ["thief a w"]
    assert await ways(graph, taxonomy, "w", clock=Clock(known_at=done.at)) == []


async def test_as_of_leaves_out_what_came_later(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, pay("thief", "w", 5, day=1), pay("x", "w", 15, day=3), pay("thief", "w", 9, day=4))

    found = await traced(graph, taxonomy, "w", clock=Clock(as_of=START + timedelta(days=2)))

    assert [(p.bottleneck, p.share) for p in found.paths] == [(5_000_000, 1.0)]
    assert found.as_of == START + timedelta(days=2)
    assert len((await traced(graph, taxonomy, "w")).paths) == 2


async def test_money_that_goes_round_a_hub_does_not_multiply(graph: Graph, taxonomy: Taxonomy) -> None:
    """The hub and 400 wallets pay each other: 160,000 ways through the hub, of which no path takes any."""
    await label(graph, taxonomy, thief="theft")
    others = [f"o{i}" for i in range(400)]
    await land(graph, *(pay("hub", o, 1) for o in others), *(pay(o, "hub", 1) for o in others), pay("thief", "o7", 1))

    found = await traced(graph, taxonomy, "hub", hops=6, limits=ExposureLimits(timeout_s=5.0))

    assert [names(path) for path in found.paths] == ["thief o7 hub"]
    assert not found.truncated


async def test_a_dense_graph_is_cut_and_it_says_down_to_what_it_is_whole(graph: Graph, taxonomy: Taxonomy) -> None:
    """Six layers of 18 wallets, all paying all: 34 million paths. The best hundred are wanted, two are large."""
    layers = [[f"l{i}n{j}" for j in range(18)] for i in range(7)]
    await label(graph, taxonomy, **dict.fromkeys(layers[0], "theft"))
    await land(
        graph,
        *(
            pay(u, v, 900 if u[-2:] == v[-2:] == "n0" else 1, day=day)
            for day, (before, after) in enumerate(pairwise(layers))
            for u in before
            for v in after
        ),
    )
    began = time.monotonic()

    found = await traced(graph, taxonomy, "l6n0", hops=6, limits=ExposureLimits(timeout_s=1.0))

    assert time.monotonic() - began < 8
    assert [names(p) for p in found.paths] == [" ".join(layer[0] for layer in layers)]
    assert found.truncated and found.complete_above is not None
    assert 1 < found.complete_above <= found.paths[0].bottleneck == 900_000_000


async def test_bad_questions_name_what_would_be_right(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 5))

    for asked, field in (({"to": key("a")}, "to"), ({"category": "mischief"}, "category")):
        with pytest.raises(InvalidInput) as refused:
            await traced(graph, taxonomy, "a", **asked)
        assert [error.field for error in refused.value.errors] == [field]
    with pytest.raises(InvalidInput, match="category"):
        await traced(graph, taxonomy, "a", to=key("b"), category="scam")
    for name, to in (("nobody", None), ("a", key("nobody"))):
        with pytest.raises(NotFound, match="nobody"):
            await traced(graph, taxonomy, name, to=to)
    assert await ways(graph, taxonomy, "a") == []
