"""Routes are the wallets on the shortest ways of the money, and on no others."""

from __future__ import annotations

import pytest

from graph.attribution_lists import attributions_about
from graph.model import Direction
from graph.routes import RoutesOf, find_routes
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.builders import key, label, land, pay


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> Graph:
    """From a thief to a by m and by n, by an exchange, and by a longer way; from a to b to a mixer."""
    await land(graph, *(pay(one, other, 5) for one, other in WAYS))
    await label(graph, taxonomy, thief="scam", exchange="exchange", mixer="mixer")
    return graph


WAYS = [
    *(("thief", "m"), ("m", "a"), ("thief", "n"), ("n", "a"), ("thief", "exchange"), ("exchange", "a")),
    *(("thief", "x"), ("x", "y"), ("y", "a"), ("a", "b"), ("b", "mixer")),
]


async def routes(graph: Graph, wallet: str, end: str, direction: Direction) -> set[str]:
    ids = tuple(one.id for one in await attributions_about(graph, [key(end)]))
    found = await find_routes(graph, [RoutesOf("q", (key(wallet),), ids)], direction=direction)
    assert list(found["q"]) == sorted(found["q"])
    return {name.removeprefix("acct:") for name in found["q"]}


async def test_all_shortest_ways_count_and_longer_ones_and_stops_do_not(drawn: Graph) -> None:
    assert await routes(drawn, "a", "thief", "source") == {"thief", "m", "n", "a"}
    assert await routes(drawn, "b", "thief", "source") == {"thief", "m", "n", "a", "b"}
    assert await routes(drawn, "a", "mixer", "destination") == {"a", "b", "mixer"}


async def test_money_has_a_direction(drawn: Graph) -> None:
    assert await routes(drawn, "a", "thief", "destination") == set()
    assert await routes(drawn, "a", "mixer", "source") == set()


async def test_a_wallet_that_is_attributed_itself_is_its_own_way(drawn: Graph) -> None:
    assert await routes(drawn, "thief", "thief", "source") == {"thief"}


async def test_each_question_has_its_own_answer(drawn: Graph) -> None:
    ids = tuple(one.id for one in await attributions_about(drawn, [key("thief")]))
    asked = [RoutesOf("1", (key("m"),), ids), RoutesOf("2", (key("a"),), ()), RoutesOf("3", (key("nobody"),), ids)]

    assert await find_routes(drawn, asked, direction="source") == {
        "1": (key("m"), key("thief")),
        "2": (),
        "3": (),
    }
    assert await find_routes(drawn, [], direction="source") == {}
