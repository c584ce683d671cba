"""Exposure by source and confidence, by hand; and what revoking a source tells against withdrawing all it said."""

from __future__ import annotations

import random

import pytest

from graph.attribution_lists import attributions_about
from graph.attributions import withdraw_attributions
from graph.model import Attribution, Exposure
from graph.revoking import revoke_sources
from graph.session import Graph
from graph.split import Split, split_exposure
from graph.taxonomy import Taxonomy
from graph.tracing import Tracing
from tests.builders import attribute, key, land, pay
from tests.graph.drawn import PATIENT, exposed, shares


def tracing_of(graph: Graph, taxonomy: Taxonomy, direction="source") -> Tracing:
    return Tracing(graph=graph, taxonomy=taxonomy, direction=direction, hops=3, limits=PATIENT)


async def split(graph: Graph, taxonomy: Taxonomy, name: str) -> tuple[Exposure, Split]:
    return await split_exposure(tracing_of(graph, taxonomy), key(name))


def said(name: str, category: str, source: str, confidence: float = 1.0) -> Attribution:
    return Attribution(id="", wallet=key(name), category=category, source=source, confidence=confidence)


async def test_each_source_accounts_for_what_it_decides(graph: Graph, taxonomy: Taxonomy) -> None:
    await attribute(graph, taxonomy, said("t1", "scam", "blog", 0.8), said("t2", "theft", "police"))
    await attribute(graph, taxonomy, said("shop", "exchange", "blog", 0.9))
    await land(graph, pay("t1", "a", 1), pay("t2", "a", 2), pay("shop", "a", 3), pay("x", "a", 4))

    exposure, found = await split(graph, taxonomy, "a")

    assert [(one.source, one.value) for one in found.sources] == [("blog", 4_000_000), ("police", 2_000_000)]
    blog, police = found.sources
    assert blog.categories == pytest.approx({"scam": 0.1, "exchange": 0.3})
    assert (blog.illicit.low, blog.illicit.likely, blog.illicit.high) == pytest.approx((0, 0.08, 0.1))
    assert (police.illicit.low, police.illicit.likely, police.illicit.high) == pytest.approx((0.2, 0.2, 0.2))
    assert (found.illicit.low, found.illicit.likely, found.illicit.high) == pytest.approx((0.2, 0.28, 0.3))
    assert found.categories["exchange"].likely == pytest.approx(0.27)
    assert sum(one.share for one in found.sources) == pytest.approx(sum(c.share for c in exposure.categories))


async def test_nothing_found_has_no_sources(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("x", "a", 4))

    _, found = await split(graph, taxonomy, "a")

    assert (found.sources, found.categories, found.illicit.high) == ((), {}, 0.0)


@pytest.mark.parametrize("direction", ["source", "destination"])
@pytest.mark.parametrize("seed", range(3))
async def test_sources_add_up_and_revoking_is_recomputing_without(
    graph: Graph, taxonomy: Taxonomy, seed: int, direction: str
) -> None:
    chance = random.Random(seed)
    names, sources = [f"w{i}" for i in range(12)], ["blog", "police", "directory"]
    categories = ["scam", "theft", "exchange", "dex"]
    told = [
        said(chance.choice(names[:6]), chance.choice(categories), chance.choice(sources), chance.choice([0.4, 0.7, 1]))
        for _ in range(9)
    ]
    await attribute(graph, taxonomy, *{(one.wallet, one.source): one for one in told}.values())
    await land(graph, *(pay(*chance.sample(names, 2), chance.randint(1, 50)) for _ in range(40)))
    tracing, supposed = tracing_of(graph, taxonomy, direction), {}
    for name in names:
        exposure, found = await split_exposure(tracing, key(name))
        assert sum(one.share for one in found.sources) == pytest.approx(sum(c.share for c in exposure.categories))
        assert sum(one.value for one in found.sources) <= exposure.total_value
        for category in exposure.categories:
            parts = [one.categories.get(category.category, 0.0) for one in found.sources]
            assert sum(parts) == pytest.approx(category.share, abs=1e-9)
            assert found.categories[category.category].high == pytest.approx(category.share, abs=1e-9)
        assert found.illicit.low <= found.illicit.likely <= found.illicit.high
        supposed[name] = (await revoke_sources(tracing, key(name), ["blog"]))[0].after

    about = await attributions_about(graph, [key(name) for name in names])
    ids = [one.id for one in about if one.source == "blog" and one.withdrawn_at is None]
    await withdraw_attributions(graph, ids, taxonomy)

    for name in names:
        live = await exposed(graph, taxonomy, name, direction=direction)
        assert shares(supposed[name]) == pytest.approx(shares(live), abs=1e-9)
