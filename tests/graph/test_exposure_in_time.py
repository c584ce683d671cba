"""Exposure under two clocks: what had moved by as_of, what was known at known_at; each answer worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from graph.attributions import attribution_id, withdraw_attributions
from graph.clock import FOREVER, Clock
from graph.errors import NotFound
from graph.exposure import ExposureLimits, Tracing, get_exposures
from graph.live import hop_counts_of, hop_counts_of_many
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import attribute, key, label, land, pay, transfer
from tests.graph.drawn import PATIENT, day, exposed, shares


async def now_of(graph: Graph) -> datetime:
    """The time of the last change: what is known at it is all there is."""
    return (await graph.read("counter_now", now=datetime.now(UTC)))[0]["at"]


def said(name: str, category: str, **more) -> Attribution:
    drawn = Attribution(id="", wallet=key(name), category=category, source="drawn", **more)
    return replace(drawn, id=attribution_id(drawn))


async def test_as_of_sees_what_had_moved_by_then(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("clean", "a", 1, day=1), pay("thief", "a", 3, day=2), pay("a", "z", 8, day=3))

    asked = {n: await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(n))) for n in (0, 1, 2, 3)}

    assert [asked[n].total_value for n in asked] == [0, 1_000_000, 4_000_000, 4_000_000]
    assert shares(asked[0]) == {} and shares(asked[1]) == {"origin": 1}
    assert shares(asked[2]) == {"scam": 0.75, "origin": 0.25}, "at the very time counts"
    assert [asked[n].coverage for n in asked] == [None, 1.0, 1.0, 0.5]
    assert (asked[2].as_of, asked[2].known_at) == (day(2), None)


async def test_later_money_far_away_is_not_seen_and_sums_are_those_of_then(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "c", 1, day=1), pay("x", "c", 1, day=1), pay("c", "b", 2, day=2), pay("b", "a", 2))
    await land(graph, pay("y", "c", 8, day=9))

    then = await exposed(graph, taxonomy, "a", hops=4, clock=Clock(as_of=day(5)))

    assert shares(then) == {"scam": 0.5, "origin": 0.5}
    assert shares(await exposed(graph, taxonomy, "a", hops=4)) == pytest.approx({"scam": 0.1, "origin": 0.9})


async def test_a_bound_that_bounds_nothing_changes_nothing(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", d="dex", ex="exchange")
    await land(graph, transfer({"thief": 1, "x": 2, "a": 1}, {"b": 3, "d": 1}), pay("d", "b", 1), pay("b", "a", 2))
    await land(graph, pay("a", "b", 1), pay("ex", "a", 1), pay("a", "a", 4))

    for direction in ("source", "destination"):
        for hops in range(1, 7):
            live = await exposed(graph, taxonomy, "a", hops=hops, direction=direction)
            past = await exposed(graph, taxonomy, "a", hops=hops, direction=direction, clock=Clock(as_of=FOREVER))
            assert shares(past) == pytest.approx(shares(live), abs=1e-12)
            assert (past.total_value, past.coverage) == (live.total_value, live.coverage)
            assert past.passed_through == pytest.approx(live.passed_through)


async def test_known_at_tells_what_a_live_answer_told_then(graph: Graph, taxonomy: Taxonomy) -> None:
    told = []
    await land(graph, pay("x", "a", 1, id="first"), pay("thief", "a", 1, id="second", day=2))
    steps = (
        lambda: label(graph, taxonomy, thief="scam"),
        lambda: withdraw_transaction(graph, key("first")),
        lambda: withdraw_transaction(graph, key("second")),
        lambda: land(graph, pay("thief", "a", 1, id="second", day=7)),
        lambda: withdraw_attributions(graph, [said("thief", "scam", actor="actor of thief").id], taxonomy),
        lambda: land(graph, pay("y", "a", 3)),
    )
    for step in (lambda: land(graph, pay("thief", "z", 1)), *steps):
        await step()
        told.append((await now_of(graph), shares(await exposed(graph, taxonomy, "a"))))

    again = [shares(await exposed(graph, taxonomy, "a", clock=Clock(known_at=at))) for at, _ in told]

    assert [one for _, one in told] == again
    assert again[:4] == [{"origin": 1}, {"scam": 0.5, "origin": 0.5}, {"scam": 1}, {}]
    assert again[4:] == [{"scam": 1}, {"origin": 1}, {"origin": 1}]


async def test_each_landing_of_a_transaction_has_its_own_time(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("x", "a", 1, id="t", day=2))
    first = await now_of(graph)
    await withdraw_transaction(graph, key("t"))
    between = await now_of(graph)
    await land(graph, pay("x", "a", 1, id="t", day=7))

    async def total(as_of: float, known_at: datetime | None) -> int:
        clock = Clock(as_of=day(as_of), known_at=known_at)
        return (await exposed(graph, taxonomy, "a", clock=clock)).total_value

    assert [await total(1, first), await total(2, first), await total(7, between)] == [0, 1_000_000, 0]
    assert [await total(2, None), await total(7, None)] == [0, 1_000_000]


async def test_a_wallet_nobody_had_heard_of_then_is_not_found(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("x", "y", 1))
    early = await now_of(graph)
    await label(graph, taxonomy, listed="scam")
    labelled = await now_of(graph)
    await land(graph, pay("x", "a", 1, id="t"))

    for name, at in (("a", early), ("a", labelled), ("listed", early)):
        with pytest.raises(NotFound):
            await exposed(graph, taxonomy, name, clock=Clock(known_at=at))
        with pytest.raises(NotFound):
            await hop_counts_of(graph, key(name), Clock(known_at=at))
    assert (await exposed(graph, taxonomy, "listed", clock=Clock(known_at=labelled))).total_value == 0
    landed = await now_of(graph)
    await withdraw_transaction(graph, key("t"))
    assert (await exposed(graph, taxonomy, "a", clock=Clock(known_at=landed))).total_value == 1_000_000
    assert (await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(-1)))).total_value == 0, "known, but poor"


@pytest.mark.parametrize(
    ("given", "decides"),
    [
        ([said("u", "exchange"), said("u", "scam", confidence=0.5)], "scam"),
        ([said("u", "exchange", confidence=0.6), said("u", "scam", confidence=0.4)], "exchange"),
        ([said("u", "scam"), said("u", "theft", confidence=0.5)], "theft"),
        ([said("u", "child_abuse"), said("u", "sanctions", official=True, confidence=0.1)], "sanctions"),
        ([said("u", "child_abuse"), said("u", "mixer", official=True)], "child_abuse"),
        ([said("u", "dex"), said("u", "no such thing")], "origin"),
        ([said("u", "scam", valid_to=day(1)), said("u", "exchange")], "exchange"),
        ([said("u", "scam", valid_from=day(2)), said("u", "exchange")], "exchange"),
        ([said("u", "scam", valid_from=day(1), valid_to=day(2)), said("u", "exchange")], "scam"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
async def test_what_decides_is_what_was_valid_then_in_the_order_of_the_table(
    graph: Graph, taxonomy: Taxonomy, given: list[Attribution], decides: str
) -> None:
    await land(graph, pay("u", "a", 1))
    await attribute(graph, taxonomy, *given)

    found = await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(1)))

    assert shares(found) == {decides: 1.0}
    if decides != "origin":
        assert found.categories[0].actors[0].attributions == tuple(a.id for a in given if a.category == decides)


async def test_an_attribution_counts_from_when_it_was_recorded(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("u", "a", 1))
    before = await now_of(graph)
    await attribute(graph, taxonomy, said("u", "sanctions", official=True, valid_from=day(0)))

    could_know = await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(1), known_at=before))
    was_listed = await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(1)))

    assert (shares(could_know), shares(was_listed)) == ({"origin": 1.0}, {"sanctions": 1.0})


async def test_money_that_moved_before_a_listing_is_told_apart(graph: Graph, taxonomy: Taxonomy) -> None:
    await attribute(graph, taxonomy, said("u", "sanctions", valid_from=day(5)), said("v", "sanctions"))
    await land(graph, pay("u", "m", 1, day=4), pay("u", "m", 2, day=5), pay("x", "m", 1), pay("m", "a", 4, day=9))
    await land(graph, pay("u", "a", 1, day=1), pay("v", "a", 3, day=0))

    live = (await exposed(graph, taxonomy, "a")).categories[0]
    early = (await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(5)))).categories[0]

    # of 8: from u through m 3, of which 1 before; from u 1 before; from v 3, always a sanction
    assert (live.share, live.before_share, live.after_share) == pytest.approx((7 / 8, 2 / 8, 5 / 8))
    assert live.direct_share == 0.5
    assert (early.share, early.before_share) == pytest.approx((1.0, 0.25)), "m had paid nothing yet"


async def test_where_nothing_is_said_of_since_when_all_is_after(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1))

    for clock in (Clock(), Clock(as_of=day(1))):
        [scam] = (await exposed(graph, taxonomy, "a", clock=clock)).categories
        assert (scam.before_share, scam.after_share) == (0.0, 1.0)


async def test_the_split_is_not_told_where_the_transactions_are_too_many(graph: Graph, taxonomy: Taxonomy) -> None:
    await attribute(graph, taxonomy, said("u", "sanctions", valid_from=day(5)), said("v", "scam"))
    await land(graph, *(pay("u", "a", 1, day=n) for n in range(9)), pay("v", "a", 1))

    found = await exposed(graph, taxonomy, "a", limits=ExposureLimits(timeout_s=30, max_flows=3))

    assert found.exact and shares(found) == pytest.approx({"sanctions": 0.9, "scam": 0.1})
    assert [(c.before_share, c.after_share) for c in found.categories] == [(None, None), (0.0, pytest.approx(0.1))]


async def test_a_limit_in_the_past_is_told_with_what_had_moved(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, *(pay("thief", "m", 1, day=n) for n in range(3)), pay("m", "a", 2), pay("thief", "a", 2))
    clock = Clock(as_of=day(9))

    cut = await exposed(graph, taxonomy, "a", clock=clock, limits=ExposureLimits(timeout_s=30, max_flows=4))
    nothing = await exposed(graph, taxonomy, "a", clock=clock, limits=ExposureLimits(timeout_s=30, max_flows=1))

    assert (shares(cut), cut.exact) == ({"scam": 0.5, "limit": 0.5}, False)
    assert (cut.flows, cut.max_flows) == (5, 4), "2 transactions of a, 3 of m"
    assert (shares(nothing), nothing.total_value, nothing.exact) == ({"limit": 1.0}, 4_000_000, False)


async def test_dust_is_judged_by_the_sums_of_then(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("x", "a", 9), pay("x", "a", 990, day=9))
    limits = ExposureLimits(timeout_s=30, dust=0.05)

    assert shares(await exposed(graph, taxonomy, "a", limits=limits)) == pytest.approx({"dust": 0.001, "origin": 0.999})
    then = await exposed(graph, taxonomy, "a", limits=limits, clock=Clock(as_of=day(1)))
    assert shares(then) == {"scam": 0.1, "origin": 0.9}


async def test_many_wallets_are_answered_each_for_itself(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("a", "b", 1, day=2), pay("x", "b", 1))
    asked = [key(name) for name in ("b", "nobody", "a", "thief", "a")]
    tracing = Tracing(graph=graph, direction="source", hops=3, taxonomy=taxonomy, limits=PATIENT)

    found = await get_exposures(tracing, asked)
    then = await get_exposures(replace(tracing, clock=Clock(as_of=day(1))), asked)

    assert [e.wallet for e in found] == [key("a"), key("b"), key("thief")]
    assert found == [await exposed(graph, taxonomy, name) for name in ("a", "b", "thief")]
    assert [shares(e) for e in then] == [{"scam": 1}, {"origin": 1}, {}]
    assert await get_exposures(tracing, []) == []


async def test_hop_counts_are_those_of_then(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("thief", "m", 1), pay("m", "a", 1, day=2), pay("a", "robber", 1, day=4))
    unlabelled = await now_of(graph)
    await attribute(graph, taxonomy, said("thief", "scam"), said("robber", "theft", valid_from=day(6)))
    await label(graph, taxonomy, a="exchange")

    counts = {n: await hop_counts_of(graph, key("a"), Clock(as_of=day(n))) for n in (1, 2, 4, 6)}
    unknown = await hop_counts_of(graph, key("a"), Clock(known_at=unlabelled))
    now = await hop_counts_of(graph, key("a"))

    assert [(c.in_degree, c.out_degree, c.at_1, c.at_2) for c in counts.values()] == [
        (0, 0, 0, 0),
        (1, 0, 0, 1),
        (1, 1, 0, 1),
        (1, 1, 1, 1),
    ]
    assert (unknown.in_degree, unknown.at_1, unknown.at_2, unknown.category) == (1, 0, 0, None)
    assert (now, counts[6]) == (counts[6], now)
    assert (await hop_counts_of(graph, key("thief"), Clock(as_of=datetime.now(UTC)))).at_0 == 1
    many = await hop_counts_of_many(graph, [key("a"), key("nobody")])
    assert many == {key("a"): now}
