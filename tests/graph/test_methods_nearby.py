"""Methods side by side on the real graph: textbook cases, and one wallet's answer against that of all transfers."""

from __future__ import annotations

import random

import pytest

from graph import sums
from graph.clock import NOW, Clock
from graph.methods.comparing import compare_methods, split_exposure_by
from graph.methods.ground import lay_ground
from graph.methods.sides import kinds_of, side_of
from graph.methods.tracing import TimedMethod, trace_transfers
from graph.model import Exposure, Method
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.tracing import ExposureLimits, Tracing
from graph.transfers import read_transfers
from tests.builders import key, label, land, pay, transfer
from tests.graph.drawn import PATIENT, day, shares

TIMED: tuple[TimedMethod, ...] = ("time_ordered_haircut", "fifo")


async def compared(
    graph: Graph,
    taxonomy: Taxonomy,
    name: str,
    *,
    direction="source",
    hops: int = 3,
    clock: Clock = NOW,
    limits=PATIENT,
) -> dict[Method, Exposure]:
    tracing = Tracing(graph=graph, taxonomy=taxonomy, direction=direction, hops=hops, limits=limits, clock=clock)
    return await compare_methods(tracing, key(name))


async def test_four_methods_of_one_payment(graph: Graph, taxonomy: Taxonomy) -> None:
    """w had 10 clean, then got 10 dirty, then paid 10 to a; 20 more came to w too late."""
    await label(graph, taxonomy, thief="theft")
    await land(
        graph,
        pay("clean", "w", 10, day=1),
        pay("thief", "w", 10, day=2),
        pay("w", "a", 10, day=3),
        pay("other", "w", 20, day=4),
    )

    found = {method: shares_of(exposure) for method, exposure in (await compared(graph, taxonomy, "a")).items()}

    assert found == {
        "haircut": {"theft": 0.25, "origin": 0.75},
        "time_ordered_haircut": {"theft": 0.5, "origin": 0.5},
        "fifo": {"origin": 1},
        "poison": {"theft": 1},
    }


def shares_of(exposure: Exposure) -> dict[str, float]:
    if exposure.method != "poison":
        return {name: pytest.approx(share) for name, share in shares(exposure).items()}
    return {part.category: part.share for part in exposure.categories}


async def test_a_clock_holds_for_every_method(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, pay("clean", "w", 10, day=1), pay("w", "a", 10, day=2), pay("thief", "a", 10, day=5))

    before = await compared(graph, taxonomy, "a", clock=Clock(as_of=day(4)))
    after = await compared(graph, taxonomy, "a", clock=Clock(as_of=day(6)))

    assert all(not one.categories for one in before.values())
    assert {method: one.categories[0].share for method, one in after.items()} == pytest.approx(
        {"haircut": 0.5, "time_ordered_haircut": 0.5, "fifo": 0.5, "poison": 1}
    )


async def test_what_was_not_read_is_told_as_limit(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, *(pay(f"x{i}", "w", 1, day=1) for i in range(9)), pay("w", "a", 5, day=2))
    await land(graph, pay("thief", "a", 5, day=3))

    found = await compared(graph, taxonomy, "a", limits=ExposureLimits(max_flows=5, timeout_s=30))

    for method in TIMED:
        assert shares(found[method]) == pytest.approx({"theft": 0.5, "limit": 0.5})
        assert not found[method].exact


async def test_sources_split_what_a_method_says(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    await land(graph, pay("thief", "w", 10, day=1), pay("clean", "w", 10, day=2), pay("w", "a", 15, day=3))
    tracing = Tracing(graph=graph, taxonomy=taxonomy, direction="source", hops=3, limits=PATIENT)

    told = await split_exposure_by(tracing, key("a"), "fifo")
    fifo, split = told.exposure, told.split
    poison = (await split_exposure_by(tracing, key("a"), "poison")).split

    assert [(one.source, one.share) for one in split.sources] == [("drawn", pytest.approx(2 / 3))]
    assert fifo.categories[0].actors[0].actor == "actor of thief"
    assert poison.sources == ()


@pytest.mark.parametrize("direction", ["source", "destination"])
@pytest.mark.parametrize("seed", range(4))
async def test_one_wallet_is_told_as_all_are(
    graph: Graph, taxonomy: Taxonomy, seed: int, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random graphs with cycles, many parties and pools: what lies beyond the hops makes no difference."""
    monkeypatch.setattr(sums, "MAX_PAIRS", 5)
    chance = random.Random(seed)
    names = [f"w{i}" for i in range(16)]
    await label(graph, taxonomy, w0="theft", w1="exchange", w2="dex", w3="scam")
    for number in range(40):
        sides = [dict.fromkeys(chance.sample(names, chance.choice([1, 1, 1, 2, 3])), 0.0) for _ in range(2)]
        outputs = {name: chance.randint(1, 60) for name in sides[1]}
        whole = sum(outputs.values()) / len(sides[0])
        await land(graph, transfer(dict.fromkeys(sides[0], whole + 1), outputs, day=number % 13))
    hops = 1 + seed
    transfers, _ = await read_transfers(graph, taxonomy)
    kinds, stops = kinds_of(transfers.categories, taxonomy)
    ground = lay_ground(transfers, kinds, direction=direction, hops=hops)
    sides_of_all = {method: side_of(trace_transfers(ground, method), stops, direction) for method in TIMED}
    for name in names:
        if key(name) not in transfers.keys:
            continue
        found = await compared(graph, taxonomy, name, direction=direction, hops=hops)
        place = transfers.keys.index(key(name))
        for method in TIMED:
            side, one = sides_of_all[method], found[method]
            if not one.total_value:
                continue
            expected = {kind: float(pushed.share[place]) for kind, pushed in side.categories.items()}
            expected |= {reason: float(part[place]) for reason, part in side.residuals.items()}
            told = shares(one)
            assert told == pytest.approx({kind: share for kind, share in expected.items() if share}, abs=1e-9)
            assert one.passed_through == pytest.approx(float(side.passed_through[place]), abs=1e-9)
            reached = {part.category for part in one.categories if part.class_ == "illicit"}
            assert reached <= {part.category for part in found["poison"].categories}, "poison is the most there can be"
