"""What-if answers against what live answers tell once the same has really happened, and by hand."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from graph.model import Attribution, Exposure
from graph.overlays import Overlay
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.tracing import Tracing
from graph.what_if import WhatIf, what_if
from tests.builders import attribute, key, label, land, pay
from tests.graph.drawn import PATIENT, exposed, shares


async def asked(graph: Graph, taxonomy: Taxonomy, name: str, overlay: Overlay, **more) -> WhatIf:
    given = {"direction": "source", "hops": 3, "limits": PATIENT} | more
    return await what_if(Tracing(graph=graph, taxonomy=taxonomy, **given), key(name), overlay)


def same(one: Exposure, other: Exposure) -> None:
    assert shares(one) == pytest.approx(shares(other), abs=1e-9)
    assert one.passed_through == pytest.approx(other.passed_through, abs=1e-9)
    assert (one.total_value, one.coverage) == (other.total_value, other.coverage)
    direct = [{c.category: (c.direct_share, c.shortest_hops) for c in e.categories} for e in (one, other)]
    assert direct[0].keys() == direct[1].keys()
    for category, (share, hops) in direct[0].items():
        assert share == pytest.approx(direct[1][category][0], abs=1e-9)
        assert hops == direct[1][category][1]


async def test_a_wallet_supposed_to_be_a_service_ends_tracing_there(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "m", 1), pay("clean", "m", 3), pay("m", "a", 4))

    found = await asked(graph, taxonomy, "a", Overlay(categories={key("m"): "exchange"}))

    assert shares(found.before) == pytest.approx({"scam": 0.25, "origin": 0.75})
    assert shares(found.after) == pytest.approx({"exchange": 1})
    assert found.unmet == ()


async def test_behind_a_service_supposed_to_be_none_tracing_goes_on(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, shop="exchange", thief="scam")
    await land(graph, pay("thief", "shop", 1), pay("x", "shop", 1), pay("shop", "a", 2))

    found = await asked(graph, taxonomy, "a", Overlay(categories={key("shop"): None}))

    assert shares(found.before) == pytest.approx({"exchange": 1})
    assert shares(found.after) == pytest.approx({"scam": 0.5, "origin": 0.5})


async def test_without_a_source_what_it_outranked_decides(graph: Graph, taxonomy: Taxonomy) -> None:
    said = Attribution(id="", wallet=key("w"), category="scam", source="blog")
    await attribute(graph, taxonomy, said, replace(said, category="exchange", source="directory"))
    await land(graph, pay("w", "a", 1))

    found = await asked(graph, taxonomy, "a", Overlay(without_sources=frozenset({"blog"})))

    assert shares(found.before) == pytest.approx({"scam": 1})
    assert shares(found.after) == pytest.approx({"exchange": 1})


async def test_a_flow_supposed_never_to_have_moved_leaves_the_rest(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("m", "a", 3), pay("thief", "m", 1))

    found = await asked(graph, taxonomy, "a", Overlay(without_flows=frozenset({(key("thief"), key("a"))})))

    assert shares(found.before) == pytest.approx({"scam": 1})
    assert (found.before.total_value, found.after.total_value) == (4_000_000, 3_000_000)
    assert found.after.categories[0].direct_share == 0


async def test_four_hops_reach_what_three_do_not(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "c", 1), pay("c", "b", 1), pay("b", "m", 1), pay("m", "a", 1))

    found = await asked(graph, taxonomy, "a", Overlay(hops=4))

    assert (shares(found.before), shares(found.after)) == ({"hop_limit": 1}, {"scam": 1})
    assert (found.before.hops, found.after.hops) == (3, 4)


async def test_what_is_nowhere_in_reach_is_told(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("m", "a", 1), pay("a", "far", 1))

    flows = frozenset({(key("a"), key("far"))})
    found = await asked(graph, taxonomy, "a", Overlay(categories={key("far"): "scam"}, without_flows=flows))

    assert found.unmet == (key("far"), f"{key('a')}>{key('far')}")
    same(found.before, found.after)


async def test_a_wallet_without_inflow_has_nothing_to_suppose(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 1))

    found = await asked(graph, taxonomy, "a", Overlay(categories={key("b"): "scam"}))

    assert (found.before.total_value, found.after.categories, found.after.residuals) == (0, (), ())


@pytest.mark.parametrize("direction", ["source", "destination"])
@pytest.mark.parametrize("seed", range(4))
async def test_supposing_tells_what_live_answers_tell_once_it_is_so(
    graph: Graph, taxonomy: Taxonomy, seed: int, direction: str
) -> None:
    """On random graphs with cycles and pools, for every wallet: first supposed, then recorded."""
    chance = random.Random(seed)
    names = [f"w{i}" for i in range(14)]
    await label(graph, taxonomy, w0="scam", w1="exchange", w2="dex", w3="theft")
    await land(graph, *(pay(*chance.sample(names, 2), chance.randint(1, 50)) for _ in range(50)))
    supposed: dict[str, str] = {"w4": "mixer", "w5": "custodian", "w6": "bridge"}
    overlay = Overlay(categories={key(name): category for name, category in supposed.items()}, hops=4)
    told = {name: await asked(graph, taxonomy, name, overlay, direction=direction) for name in names}
    for name in names:
        same(told[name].before, await exposed(graph, taxonomy, name, direction=direction))

    await label(graph, taxonomy, **supposed)

    for name in names:
        live = await exposed(graph, taxonomy, name, direction=direction, hops=4)
        same(told[name].after, replace(live, watermark=told[name].after.watermark))
