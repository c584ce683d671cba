"""The stop ledger: every place where tracing stopped, and values that add up; each answer worked out by hand."""

from __future__ import annotations

from collections import defaultdict

import pytest

from graph import sums
from graph.clock import Clock
from graph.errors import NotFound
from graph.exposure import ExposureLimits
from graph.session import Graph
from graph.stops import StopLedger
from graph.taxonomy import Taxonomy
from tests.builders import key, label, land, pay, transfer
from tests.graph.drawn import day, exposed, shares, stops_of

CLOCKS = pytest.mark.parametrize("clock", [Clock(), Clock(as_of=day(1000))], ids=("live", "as_of"))


def told(ledger: StopLedger) -> list[tuple[str, int, str, float]]:
    """Each stop in short, after checking that the values add up."""
    assert sum(stop.value for stop in ledger.stops) + ledger.rest.value == ledger.total_value
    return [(s.wallet.removeprefix("acct:"), s.hops, s.category or s.reason, s.share) for s in ledger.stops]


@CLOCKS
async def test_every_stop_is_listed_with_its_reason(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await label(graph, taxonomy, thief="scam", hub="exchange")
    await land(graph, pay("thief", "m", 3), pay("o", "m", 1), pay("m", "a", 4), pay("hub", "a", 3))
    await land(graph, pay("p", "q", 1), pay("q", "r", 1), pay("r", "a", 1), pay("a", "a", 5))

    ledger = await stops_of(graph, taxonomy, "a", clock=clock)

    assert told(ledger) == [
        ("hub", 1, "exchange", 0.375),
        ("thief", 2, "scam", 0.375),
        ("o", 2, "origin", 0.125),
        ("p", 3, "hop_limit", 0.125),
    ]
    assert (ledger.total_value, ledger.rest.count, ledger.rest.share, ledger.exact) == (8_000_000, 0, 0, True)
    thief = ledger.stops[1]
    assert (thief.reason, thief.actor, thief.attribution is not None) == ("category", "actor of thief", True)
    assert (ledger.stops[2].actor, ledger.stops[2].attribution) == (None, None)


@CLOCKS
async def test_one_wallet_at_two_distances_is_two_stops(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("thief", "m", 1), pay("m", "a", 1))

    assert told(await stops_of(graph, taxonomy, "a", clock=clock)) == [
        ("thief", 1, "scam", 0.5),
        ("thief", 2, "scam", 0.5),
    ]


@CLOCKS
async def test_what_is_beyond_the_limit_is_told_as_rest(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await label(graph, taxonomy, n9="scam")
    await land(graph, *(pay(f"n{i}", "a", i) for i in range(1, 11)))

    ledger = await stops_of(graph, taxonomy, "a", limit=2, clock=clock)
    whole = await stops_of(graph, taxonomy, "a", limit=10, clock=clock)

    assert told(ledger) == [("n10", 1, "origin", pytest.approx(10 / 55)), ("n9", 1, "scam", pytest.approx(9 / 55))]
    assert (ledger.rest.count, ledger.rest.share, ledger.rest.value) == (8, pytest.approx(36 / 55), 36_000_000)
    assert [name for name, *_ in told(whole)] == [f"n{i}" for i in range(10, 0, -1)]
    assert (whole.rest.count, whole.rest.value) == (0, 0)


@CLOCKS
async def test_values_are_whole_and_add_up_where_shares_do_not(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await land(graph, *(pay(name, "m", 1) for name in "stu"), pay("m", "a", 0.00001))

    ledger = await stops_of(graph, taxonomy, "a", clock=clock)
    two = await stops_of(graph, taxonomy, "a", clock=clock, limit=2)

    assert len(told(ledger)) == 3 and sorted(stop.value for stop in ledger.stops) == [3, 3, 4]
    assert len(told(two)) == 2 and two.rest.count == 1


@CLOCKS
async def test_dust_is_told_at_the_wallet_whose_small_inflows_were_not_followed(
    graph: Graph, taxonomy: Taxonomy, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(graph, pay("x", "a", 1), pay("y", "a", 1), pay("m", "a", 98), pay("o", "m", 97), pay("x", "m", 1))
    await land(graph, transfer({"x": 1, "y": 1}, {"m": 2, "z": 0.5}))
    limits = ExposureLimits(timeout_s=30, dust=0.03)

    ledger = await stops_of(graph, taxonomy, "a", clock=clock, limits=limits)

    assert told(ledger) == [
        ("o", 2, "origin", pytest.approx(0.98 * 0.97)),
        ("m", 1, "dust", pytest.approx(0.98 * 0.03)),
        ("a", 0, "dust", pytest.approx(0.02)),
    ]
    assert shares(await exposed(graph, taxonomy, "a", clock=clock, limits=limits))["dust"] == pytest.approx(0.0494)


@CLOCKS
async def test_where_a_limit_cut_is_told(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await land(graph, pay("x", "a", 1), pay("m", "a", 3), *(pay(f"x{i}", "m", 1) for i in range(9)))
    given = {"clock": clock, "limits": ExposureLimits(timeout_s=30, max_flows=5)}

    ledger = await stops_of(graph, taxonomy, "a", **given)

    # the history cannot know that x has no inflow before it looks
    x = "limit" if clock else "origin"
    assert (told(ledger), ledger.exact) == ([("m", 1, "limit", 0.75), ("x", 1, x, 0.25)], False)


async def test_the_ledger_and_the_exposure_agree(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", d="dex", ex="exchange")
    await land(graph, transfer({"thief": 1, "x": 2, "a": 1}, {"b": 3, "d": 1}), pay("d", "b", 1), pay("b", "a", 2))
    await land(graph, pay("a", "b", 1), pay("ex", "a", 1), pay("a", "a", 4))

    for direction in ("source", "destination"):
        for hops in range(1, 7):
            found = await exposed(graph, taxonomy, "a", hops=hops, direction=direction)
            summed: dict[str, float] = defaultdict(float)
            for _, _, name, share in told(await stops_of(graph, taxonomy, "a", hops=hops, direction=direction)):
                summed[name] += share
            assert summed == pytest.approx(shares(found))


async def test_a_wallet_without_inflow_has_no_stops(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("x", "a", 1))

    ledger = await stops_of(graph, taxonomy, "x")

    assert (ledger.stops, ledger.rest.count, ledger.total_value, ledger.exact) == ((), 0, 0, True)
    assert told(await stops_of(graph, taxonomy, "x", direction="destination")) == [("a", 1, "unspent", 1.0)]
    with pytest.raises(NotFound):
        await stops_of(graph, taxonomy, "nobody")
    assert ledger.wallet == key("x")
