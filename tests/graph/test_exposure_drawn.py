"""Exposure on graphs small enough to work out by hand; each number below is computed in the drawing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graph.errors import NotFound
from graph.exposure import ExposureLimits
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.builders import label, land, pay, transfer
from tests.graph.drawn import exposed, shares


async def test_direct_exposure_is_the_share_of_inflow(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 3), pay("clean", "a", 7))

    found = await exposed(graph, taxonomy, "a")

    assert shares(found) == pytest.approx({"scam": 0.3, "origin": 0.7})
    [scam] = found.categories
    assert (scam.class_, scam.value, scam.shortest_hops) == ("illicit", 3_000_000, 1)
    assert (scam.direct_share, scam.indirect_share) == pytest.approx((0.3, 0))
    assert [actor.actor for actor in scam.actors] == ["actor of thief"]
    assert len(scam.actors[0].attributions) == 1
    assert (found.total_value, found.watermark, found.exact) == (10_000_000, 3, True)


async def test_two_hops_multiply_and_are_indirect(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "m", 1), pay("clean", "m", 1), pay("m", "a", 4), pay("x", "a", 6))

    found = await exposed(graph, taxonomy, "a")

    assert shares(found) == pytest.approx({"scam": 0.2, "origin": 0.8})  # 0.4 · 0.5; 0.4 · 0.5 + 0.6
    assert (found.categories[0].direct_share, found.categories[0].shortest_hops) == (0, 2)


async def test_one_category_near_and_far_is_told_apart(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", robber="scam")
    await land(graph, pay("thief", "a", 1), pay("robber", "m", 1), pay("m", "a", 3))

    [scam] = (await exposed(graph, taxonomy, "a")).categories

    assert (scam.share, scam.direct_share, scam.indirect_share) == pytest.approx((1, 0.25, 0.75))
    assert scam.shortest_hops == 1
    assert [(actor.actor, actor.share) for actor in scam.actors] == [
        ("actor of robber", 0.75),
        ("actor of thief", 0.25),
    ]


async def test_a_cycle_goes_round_until_its_hops_are_spent(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("a", "b", 1), pay("b", "a", 1), pay("thief", "a", 1))

    by_hops = {k: shares(await exposed(graph, taxonomy, "a", hops=k)) for k in (1, 2, 3, 4, 5)}

    half = {"scam": 0.5, "hop_limit": 0.5}  # b is always a half; what b has comes from a, one hop later
    assert by_hops[1] == pytest.approx(half)
    assert by_hops[2] == pytest.approx(half)
    assert by_hops[3] == pytest.approx({"scam": 0.75, "hop_limit": 0.25})
    assert by_hops[4] == by_hops[3]
    assert by_hops[5] == pytest.approx({"scam": 0.875, "hop_limit": 0.125})


async def test_money_split_and_merged_is_counted_once(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "x", 2), pay("thief", "y", 2), pay("x", "a", 2), pay("y", "a", 1), pay("z", "a", 1))

    found = await exposed(graph, taxonomy, "a")

    assert shares(found) == pytest.approx({"scam": 0.75, "origin": 0.25})
    assert len(found.categories[0].actors) == 1


@pytest.mark.parametrize("hops", range(1, 7))
async def test_nothing_is_found_beyond_the_hop_limit(graph: Graph, taxonomy: Taxonomy, hops: int) -> None:
    await label(graph, taxonomy, thief="scam")
    chain = ["thief", "b", "c", "d", "a"]
    await land(graph, *(pay(u, v, 1) for u, v in pairwise(chain)))

    found = await exposed(graph, taxonomy, "a", hops=hops)

    assert shares(found) == ({"scam": 1.0} if hops >= 4 else {"hop_limit": 1.0})
    assert [c.shortest_hops for c in found.categories] == ([4] if hops >= 4 else [])


async def test_a_walk_back_to_an_attributed_start_stops_there(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="scam")
    await land(graph, pay("a", "b", 1), pay("b", "a", 3), pay("x", "b", 1))

    found = await exposed(graph, taxonomy, "a", hops=6)

    assert shares(found) == pytest.approx({"scam": 0.5, "origin": 0.5})  # a's inflow is b's, half of which was a's
    assert found.categories[0].shortest_hops == 2


async def test_its_own_category_is_no_exposure(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="scam")
    await land(graph, pay("x", "a", 1))

    assert shares(await exposed(graph, taxonomy, "a")) == {"origin": 1.0}


async def test_tracing_stops_at_a_service_and_names_it(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", hub="exchange")
    await land(graph, pay("thief", "hub", 9), pay("hub", "a", 1))

    found = await exposed(graph, taxonomy, "a", hops=6)

    assert shares(found) == {"exchange": 1.0}
    assert found.categories[0].class_ == "service"


async def test_what_passed_through_is_told_once_beside_the_whole(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", d1="dex", d2="bridge", behind="exchange")
    await land(graph, pay("thief", "d1", 1), pay("d1", "d2", 1), pay("d2", "a", 1), pay("x", "a", 1))
    await land(graph, pay("d1", "behind", 5), pay("behind", "a", 2))

    found = await exposed(graph, taxonomy, "a")

    assert shares(found) == pytest.approx({"scam": 0.25, "exchange": 0.5, "origin": 0.25})
    assert found.passed_through == pytest.approx(0.25), "twice a dex is once, and none behind a stop is seen"


async def test_a_start_that_passes_through_does_not_count_itself(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="dex")
    await land(graph, pay("x", "a", 1), pay("a", "y", 1))

    assert (await exposed(graph, taxonomy, "a")).passed_through == 0
    assert (await exposed(graph, taxonomy, "y")).passed_through == 1


async def test_dust_is_not_followed_wherever_it_is_met(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("m", "a", 99), pay("thief", "m", 2), pay("x", "m", 98))

    whole = await exposed(graph, taxonomy, "a")
    dusted = await exposed(graph, taxonomy, "a", limits=ExposureLimits(timeout_s=30, dust=0.03))
    at_threshold = await exposed(graph, taxonomy, "a", limits=ExposureLimits(timeout_s=30, dust=0.01))

    assert shares(whole) == pytest.approx({"scam": 0.01 + 0.99 * 0.02, "origin": 0.99 * 0.98})
    assert shares(dusted) == pytest.approx({"dust": 0.01 + 0.99 * 0.02, "origin": 0.99 * 0.98})
    assert shares(at_threshold) == pytest.approx(shares(whole)), "a share at the threshold is not below it"
    assert dusted.exact


async def test_a_limit_on_flows_gives_lower_bounds_and_says_what_is_missing(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("m", "a", 1), *(pay(f"x{i}", "m", 1) for i in range(9)))
    await land(graph, pay("thief", "m", 1))

    whole = await exposed(graph, taxonomy, "a")
    cut = await exposed(graph, taxonomy, "a", limits=ExposureLimits(timeout_s=30, max_flows=11))
    enough = await exposed(graph, taxonomy, "a", limits=ExposureLimits(timeout_s=30, max_flows=12))
    nothing = await exposed(graph, taxonomy, "a", limits=ExposureLimits(timeout_s=30, max_flows=1))

    assert shares(whole) == pytest.approx({"scam": 0.55, "origin": 0.45})
    assert shares(cut) == pytest.approx({"scam": 0.5, "limit": 0.5})
    assert (whole.exact, cut.exact, enough.exact) == (True, False, True)
    assert shares(enough) == pytest.approx(shares(whole))
    assert shares(cut)["scam"] <= shares(whole)["scam"] <= shares(cut)["scam"] + shares(cut)["limit"]
    assert shares(nothing) == {"limit": 1.0}
    assert [(e.flows, e.max_flows) for e in (cut, enough, nothing)] == [(12, 11), (12, 12), (2, 1)]


@pytest.mark.parametrize(("units", "coverage"), [((5, 10), (0.5, 1.0)), ((10, 5), (1.0, 0.5)), ((5, 0), (1.0, 0.0))])
async def test_coverage_tells_how_much_of_the_money_was_seen(
    graph: Graph, taxonomy: Taxonomy, units: tuple[float, float], coverage: tuple[float, float]
) -> None:
    await land(graph, pay("x", "a", units[0]), pay("a", "y", units[1]), pay("a", "a", 1000))

    source = await exposed(graph, taxonomy, "a")
    destination = await exposed(graph, taxonomy, "a", direction="destination")

    assert (source.coverage, destination.coverage) == coverage


async def test_a_wallet_without_inflow_has_no_exposure(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "b", 1), pay("b", "b", 7), transfer({}, {"thief": 1}))

    for name, direction, coverage in (("thief", "source", 0.0), ("b", "destination", 0.0)):
        found = await exposed(graph, taxonomy, name, direction=direction)
        assert (found.total_value, found.categories, found.residuals) == (0, (), ())
        assert (found.passed_through, found.coverage, found.exact) == (0, coverage, True)


async def test_an_unknown_wallet_is_not_found(graph: Graph, taxonomy: Taxonomy) -> None:
    with pytest.raises(NotFound):
        await exposed(graph, taxonomy, "nobody")


async def test_the_destination_side_is_the_mirror(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, mixer="mixer", d="dex")
    await land(graph, pay("a", "m", 4), pay("a", "x", 6), pay("m", "mixer", 1), pay("m", "d", 1), pay("d", "y", 2))

    found = await exposed(graph, taxonomy, "a", direction="destination")

    assert shares(found) == pytest.approx({"mixer": 0.2, "unspent": 0.6, "hop_limit": 0.2})
    assert (found.categories[0].shortest_hops, found.categories[0].value) == (2, 2_000_000)
    assert found.passed_through == pytest.approx(0.2)


async def test_values_are_split_without_loss(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, s="scam", t="theft", u="mixer")
    await land(graph, *(pay(name, "m", 1) for name in "stu"), pay("m", "a", 0.00001))

    found = await exposed(graph, taxonomy, "a")

    assert shares(found).keys() == {"scam", "theft", "mixer"}
    assert sorted(c.value for c in found.categories) == [3, 3, 4]
