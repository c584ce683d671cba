"""Busy wallets that nobody labelled: named when passed, and stopped at when asked; worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from graph import sums
from graph.clock import Clock
from graph.model import Exposure
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer
from tests.graph.drawn import PATIENT, day, exposed, of_payments, shares, stops_of
from tests.graph.test_exposure_in_time import now_of

CLOCKS = pytest.mark.parametrize("clock", [Clock(), Clock(as_of=day(1000))], ids=("live", "as_of"))
LOW = replace(PATIENT, hub_counterparties=3)


def named(found: Exposure) -> list[tuple[str, int, float]]:
    return [(hub.wallet.removeprefix("acct:"), hub.counterparties, hub.share) for hub in found.hubs]


async def draw(graph: Graph, taxonomy: Taxonomy) -> None:
    """`hub` has 5 counterparties: 3 pay it, it pays 2; it pays itself too, which counts for nothing."""
    await label(graph, taxonomy, thief="scam")
    await land(graph, *(pay(name, "hub", 1) for name in ("thief", "x", "y")), pay("hub", "hub", 9))
    await land(graph, pay("hub", "a", 3), pay("thief", "a", 1), pay("hub", "z", 1))


@CLOCKS
@pytest.mark.parametrize(("above", "stops"), [(None, False), (5, False), (4, True), (0, True)])
async def test_tracing_stops_at_a_busy_wallet_when_asked(
    graph: Graph, taxonomy: Taxonomy, clock: Clock, above: int | None, stops: bool
) -> None:
    await draw(graph, taxonomy)

    found = await exposed(graph, taxonomy, "a", clock=clock, pool_above=above)
    ledger = await stops_of(graph, taxonomy, "a", clock=clock, pool_above=above)

    passed, stopped = {"scam": 0.5, "origin": 0.5}, {"scam": 0.25, "pooled": 0.75}
    assert shares(found) == (stopped if stops else passed)
    assert (found.pool_above, ledger.pool_above, found.exact) == (above, above, True)
    assert ((key("hub"), 1, "pooled") in [(s.wallet, s.hops, s.reason) for s in ledger.stops]) == stops


@CLOCKS
async def test_a_labelled_wallet_is_what_its_label_says_however_busy(
    graph: Graph, taxonomy: Taxonomy, clock: Clock
) -> None:
    await draw(graph, taxonomy)

    for category, expected in (("dex", {"scam": 0.5, "pooled": 0.5}), ("exchange", {"exchange": 0.75, "scam": 0.25})):
        await label(graph, taxonomy, hub=category)
        found = await exposed(graph, taxonomy, "a", clock=clock, pool_above=0, limits=LOW)
        assert (shares(found), found.hubs) == (expected, ())


@CLOCKS
async def test_the_start_itself_is_never_a_stop_but_a_way_back_to_it_may_be(
    graph: Graph, taxonomy: Taxonomy, clock: Clock
) -> None:
    await land(graph, pay("a", "b", 1), pay("b", "a", 1), pay("x", "a", 1), pay("a", "y", 1))

    found = await exposed(graph, taxonomy, "a", clock=clock, pool_above=2, hops=6)

    assert shares(found) == {"origin": 0.5, "pooled": 0.5}


async def test_how_busy_a_wallet_was_is_asked_of_the_time(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("x", "hub", 1, day=1), pay("hub", "a", 1, day=1), pay("y", "hub", 1, day=3, id="late"))
    await land(graph, pay("hub", "z", 0), pay("x", "hub", 1, day=2))
    known = await now_of(graph)
    await withdraw_transaction(graph, key("late"))

    async def stops(clock: Clock) -> bool:
        return "pooled" in shares(await exposed(graph, taxonomy, "a", clock=clock, pool_above=2))

    asked = [Clock(day(2), known), Clock(day(3), known), Clock(day(3)), Clock(), Clock(known_at=known)]
    assert [await stops(clock) for clock in asked] == [False, True, False, False, True]


@CLOCKS
async def test_counterparties_in_pools_count(
    graph: Graph, taxonomy: Taxonomy, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, transfer({"x": 1, "y": 1, "hub": 1}, {"hub": 2, "z": 1}), pay("hub", "a", 1), pay("x", "hub", 1))

    told = [shares(await exposed(graph, taxonomy, "a", clock=clock, pool_above=n)) for n in (3, 4)]

    assert told == [{"pooled": 1.0}, {"origin": 1.0}], "x, y to it; z, a from it"
    [hub] = (await exposed(graph, taxonomy, "a", clock=clock, limits=LOW)).hubs
    assert (hub.wallet, hub.counterparties, hub.share) == (key("hub"), 4, 1.0)


@CLOCKS
async def test_busy_wallets_that_were_passed_are_named(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await draw(graph, taxonomy)

    low = await exposed(graph, taxonomy, "a", clock=clock, limits=LOW)
    at = await exposed(graph, taxonomy, "a", clock=clock, limits=replace(PATIENT, hub_counterparties=5))
    stopped = await exposed(graph, taxonomy, "a", clock=clock, limits=LOW, pool_above=4)
    itself = await exposed(graph, taxonomy, "hub", clock=clock, limits=LOW)
    near = await exposed(graph, taxonomy, "a", clock=clock, limits=LOW, hops=1)

    assert named(low) == [("hub", 5, 0.75)]
    assert at.hubs == stopped.hubs == itself.hubs == near.hubs == (), "not above, not passed, itself, not opened"
    assert shares(low) == {"scam": 0.5, "origin": 0.5}


async def test_a_wallet_passed_twice_is_named_once_and_the_largest_first(graph: Graph, taxonomy: Taxonomy) -> None:
    for hub in ("h", "k"):
        await land(graph, *(pay(f"{hub}{i}", hub, 1) for i in range(4)))
    await land(graph, pay("h", "a", 1), pay("h", "m", 4), pay("m", "a", 1), pay("k", "a", 2))

    assert named(await exposed(graph, taxonomy, "a", limits=LOW)) == [("h", 6, 0.5), ("k", 5, 0.5)]
    assert len((await exposed(graph, taxonomy, "a", limits=replace(LOW, hub_counterparties=5))).hubs) == 1


async def test_a_payments_busy_party_is_named(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, *(pay(f"x{i}", "hub", 1) for i in range(1001)))

    [found] = await of_payments(graph, taxonomy, paid := pay("hub", "z", 1, day=2))
    [other] = await of_payments(graph, taxonomy, pay("x1", "z", 1, day=2))

    assert named(found) == [("hub", 1001, 1.0)] and other.hubs == ()
    assert paid.at - day(0) == timedelta(days=2)
