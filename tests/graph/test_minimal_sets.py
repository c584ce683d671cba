"""The smallest sets that bring a wallet under a threshold, by hand and against every subset by the reference."""

from __future__ import annotations

import random
from itertools import chain, combinations

import pytest

from graph.minimal_sets import Found, find_minimal_set, opens_illicit, removal_of_attributions, removal_of_flows
from graph.model import Attribution, Transaction
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.tracing import Tracing
from graph.vicinity import Vicinity, read_vicinity
from tests.builders import attribute, key, label, land, pay
from tests.graph.drawn import PATIENT
from tests.reference import Reference

LONG_S = 60.0


async def around(graph: Graph, taxonomy: Taxonomy, name: str, *, hops: int = 3, direction="source") -> Vicinity:
    tracing = Tracing(graph=graph, taxonomy=taxonomy, direction=direction, hops=hops, limits=PATIENT)
    return await read_vicinity(tracing, key(name), opens_illicit(taxonomy))


async def attributions(graph: Graph, taxonomy: Taxonomy, name: str, threshold: float, **more) -> Found[str]:
    vicinity = await around(graph, taxonomy, name, **more)
    return find_minimal_set(removal_of_attributions(vicinity, taxonomy), threshold, seconds=LONG_S)


async def flows(graph: Graph, taxonomy: Taxonomy, name: str, threshold: float, **more) -> Found[tuple[str, str]]:
    vicinity = await around(graph, taxonomy, name, **more)
    return find_minimal_set(removal_of_flows(vicinity, taxonomy), threshold, seconds=LONG_S)


async def test_the_one_attribution_that_carries_it(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, big="sanctions", small="sanctions")
    await land(graph, pay("big", "a", 6), pay("small", "a", 1), pay("clean", "a", 3))

    found = await attributions(graph, taxonomy, "a", 0.5)

    vicinity = await around(graph, taxonomy, "a")
    [told] = vicinity.labelled[vicinity.places[key("big")]].attributions
    assert found.members == (told.id,)
    assert (found.before, found.after) == pytest.approx((0.7, 0.1))
    assert (found.is_minimal, found.is_smallest, found.cut) == (True, True, False)


async def test_two_sources_of_one_wallet_have_to_go_together(graph: Graph, taxonomy: Taxonomy) -> None:
    said = [Attribution(id="", wallet=key("w"), category="scam", source=source) for source in ("one", "two")]
    await attribute(graph, taxonomy, *said)
    await land(graph, pay("w", "a", 1))

    found = await attributions(graph, taxonomy, "a", 0.4)

    assert found.members is not None
    assert (len(found.members), found.after, found.is_smallest) == (2, 0.0, True)


async def test_behind_what_is_not_believed_there_may_be_more(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, near="scam", far="scam")
    await land(graph, pay("far", "near", 1), pay("near", "a", 1))

    found = await attributions(graph, taxonomy, "a", 0.4)

    assert found.members is not None
    assert len(found.members) == 2


async def test_the_flow_that_carries_it(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="sanctions")
    await land(graph, pay("thief", "m", 1), pay("m", "a", 3), pay("m", "n", 1), pay("n", "a", 1), pay("x", "a", 1))

    found = await flows(graph, taxonomy, "a", 0.7)

    assert found.members == ((key("thief"), key("m")),)
    assert (found.before, found.after) == (pytest.approx(0.8), 0.0)


async def test_nothing_has_to_go_where_it_is_under_the_threshold(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("x", "a", 1))

    found = await flows(graph, taxonomy, "a", 0.7)

    assert (found.members, found.is_smallest, found.cut) == ((), True, False)


async def test_a_search_without_time_says_that_it_was_cut(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1))
    vicinity = await around(graph, taxonomy, "a")

    found = find_minimal_set(removal_of_flows(vicinity, taxonomy), 0.4, seconds=0)

    assert (found.members, found.is_smallest, found.cut) == (None, False, True)


@pytest.mark.parametrize("seed", range(6))
async def test_every_subset_says_the_same(graph: Graph, taxonomy: Taxonomy, seed: int) -> None:
    """Removing the set flips it, no proper subset does, and none of all subsets that do is smaller."""
    chance = random.Random(seed)
    names = [f"w{i}" for i in range(9)]
    categories = {"w0": "sanctions", "w1": "scam", "w2": "theft", "w3": "exchange", "w4": "scam"}
    await label(graph, taxonomy, **categories)
    paid = [pay(*chance.sample(names, 2), chance.randint(1, 9)) for _ in range(18)]
    await land(graph, *paid)
    for name in names[4:]:
        hops = 2
        vicinity = await around(graph, taxonomy, name, hops=hops)
        ids = {one.id: key_of for key_of, place in vicinity.places.items() for one in _about(vicinity, place)}
        score = _scorer(paid, categories, taxonomy, name, hops)
        before = score(frozenset(), frozenset())
        threshold = max(0.05, before / 2)
        found = await attributions(graph, taxonomy, name, threshold, hops=hops)
        assert found.before == pytest.approx(before, abs=1e-9)
        _check(found, lambda gone, score=score, ids=ids: score(frozenset(ids[i] for i in gone), frozenset()), threshold)
        moved = await flows(graph, taxonomy, name, threshold, hops=hops)
        if moved.candidates <= 10:
            _check(moved, lambda gone, score=score: score(frozenset(), gone), threshold)


def _about(vicinity: Vicinity, place: int) -> tuple[Attribution, ...]:
    labelled = vicinity.labelled.get(place)
    return labelled.attributions if labelled else ()


def _check(found: Found, score, threshold: float) -> None:
    assert found.is_smallest
    if found.members is None:
        return
    members = found.members
    assert score(frozenset(members)) < threshold
    subsets = chain.from_iterable(combinations(members, size) for size in range(len(members)))
    assert all(score(frozenset(subset)) >= threshold for subset in subsets)


def _scorer(paid: list[Transaction], categories: dict[str, str], taxonomy: Taxonomy, name: str, hops: int):
    stopping = {one for one in taxonomy.names if taxonomy.get(one).stops}

    def score(unlabelled: frozenset[str], gone: frozenset[tuple[str, str]]) -> float:
        left = {key(one): category for one, category in categories.items() if key(one) not in unlabelled}
        moved = [t for t in paid if (key(t.inputs[0].address), key(t.outputs[0].address)) not in gone]
        told = Reference(moved, left, stopping, set(taxonomy.passing)).exposure(key(name), hops, "source")
        illicit = {one: taxonomy.get(one).severity for one in taxonomy.illicit}
        return min(1.0, sum(part[0] * illicit.get(category, 0.0) for category, part in told.items()))

    return score
