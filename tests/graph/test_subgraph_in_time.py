"""The picture as of another time; where nothing differs it is the live one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph import sums
from graph.clock import FOREVER, Clock
from graph.model import Attribution, Transaction
from graph.session import Graph, open_graph
from graph.subgraph import Subgraph, get_subgraph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import START, attribute, key, label, land, pay, transfer
from tests.conftest import empty_graph
from tests.drawing import LABELS, NAMES, transfers


def drawn(subgraph: Subgraph) -> dict[str, int]:
    return {f"{f.source[5:]}>{f.target[5:]}": f.value for f in subgraph.flows}


def day(number: float) -> Clock:
    return Clock(as_of=START + timedelta(days=number))


async def test_a_picture_as_of_a_day_has_what_moved_by_then(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(
        graph, pay("a", "b", 5, day=1), pay("a", "b", 2, day=3), pay("b", "c", 4, day=3), pay("a", "a", 9, day=1)
    )
    listed = Attribution(id="", wallet=key("b"), category="scam", source="s", valid_from=START + timedelta(days=2))
    await attribute(graph, taxonomy, listed)

    early = await get_subgraph(graph, key("b"), hops=2, limit=10, clock=day(1))
    later = await get_subgraph(graph, key("b"), hops=2, limit=10, clock=day(2))

    assert drawn(early) == {"a>b": 5_000_000, "a>a": 9_000_000}
    assert [(f.count, f.last_at) for f in early.flows if f.target == key("b")] == [(1, START + timedelta(days=1))]
    assert [(n.key, n.category, n.in_value, n.out_value) for n in early.nodes] == [
        (key("b"), None, 5_000_000, 0),
        (key("a"), None, 0, 5_000_000),
    ]
    assert [n.category for n in later.nodes] == ["scam", None]
    assert (early.as_of, early.known_at) == (day(1).as_of, None)


async def test_a_clock_of_another_zone_shows_the_same_instant(graph: Graph) -> None:
    await land(graph, pay("a", "b", 5, day=1))
    west, east = (timezone(timedelta(hours=hours)) for hours in (-5, 5))
    before = timedelta(microseconds=-1)

    for zone in (west, east):
        at = (START + timedelta(days=1)).astimezone(zone)
        assert drawn(await get_subgraph(graph, key("b"), hops=1, limit=9, clock=Clock(at))) == {"a>b": 5_000_000}
        assert drawn(await get_subgraph(graph, key("b"), hops=1, limit=9, clock=Clock(at + before))) == {}


async def test_a_picture_as_it_was_known_has_what_was_withdrawn_since(graph: Graph) -> None:
    await land(graph, pay("a", "b", 5, id="t"), pay("b", "c", 5, id="kept"))
    done = await withdraw_transaction(graph, key("t"))
    before = Clock(known_at=done.at - timedelta(microseconds=1))

    assert drawn(await get_subgraph(graph, key("b"), hops=1, limit=9)) == {"b>c": 5_000_000}
    assert drawn(await get_subgraph(graph, key("b"), hops=1, limit=9, clock=before)) == {
        "a>b": 5_000_000,
        "b>c": 5_000_000,
    }
    assert drawn(await get_subgraph(graph, key("b"), hops=1, limit=9, clock=Clock(known_at=START))) == {}


@pytest.mark.parametrize("clock", [Clock(), Clock(as_of=FOREVER)], ids=["live", "from transactions"])
async def test_a_pool_is_drawn_as_flows_between_its_wallets(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    pool = transfer({"a": 6, "b": 2}, {"c": 4, "a": 4}, id="pool")
    await land(graph, pool, pay("a", "c", 1))

    found = await get_subgraph(graph, key("c"), hops=1, limit=9, clock=clock)

    assert drawn(found) == {"a>c": 4_000_000, "b>c": 1_000_000, "b>a": 1_000_000}, "what a pays itself is left out"
    assert {f.count for f in found.flows if f.source == key("a")} == {2}
    assert [n.in_value for n in found.nodes if n.key == key("c")] == [5_000_000]
    cut = await get_subgraph(graph, key("c"), hops=1, limit=2, clock=clock)
    assert [n.key for n in cut.nodes] == [key("c"), key("a")]
    assert cut.truncated
    await withdraw_transaction(graph, pool.key)
    assert drawn(await get_subgraph(graph, key("c"), hops=1, limit=9, clock=clock)) == {"a>c": 1_000_000}


@pytest.fixture(scope="module")
def loop_runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.parametrize("max_pairs", [20_000, 3])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moved=st.lists(transfers(), min_size=1, max_size=8),
    labels=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LABELS), max_size=4),
)
def test_as_of_forever_is_the_live_picture(
    max_pairs: int, moved: list[Transaction], labels: dict[str, str], loop_runner: asyncio.Runner, request
) -> None:
    servers, cypher = request.getfixturevalue("servers"), request.getfixturevalue("cypher")
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setattr(sums, "MAX_PAIRS", max_pairs)

    async def check() -> None:
        async with open_graph(servers.settings().graph, retry_s=30.0) as graph:
            await land(graph, *moved)
            await label(graph, request.getfixturevalue("taxonomy"), **labels)
            await withdraw_transaction(graph, moved[0].key)
            for name in {party.address for t in moved for party in (*t.inputs, *t.outputs)}:
                for hops, limit in ((1, 3), (2, 4), (3, 50)):
                    live = await get_subgraph(graph, key(name), hops=hops, limit=limit)
                    then = await get_subgraph(graph, key(name), hops=hops, limit=limit, clock=Clock(as_of=FOREVER))
                    assert replace(then, as_of=None) == live

    empty_graph(cypher)
    loop_runner.run(check())
