"""The exposure of a payment: what moved until its time, itself left out; each answer worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.builders import START, label, land, pay, transfer
from tests.graph.drawn import of_payments, shares


async def test_a_payment_from_a_listed_wallet_is_direct(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, paid := pay("thief", "a", 2))

    [found] = await of_payments(graph, taxonomy, paid)

    assert shares(found) == {"scam": 1.0}
    assert (found.categories[0].direct_share, found.categories[0].shortest_hops) == (1.0, 1)
    assert (found.total_value, found.coverage) == (2_000_000, None)


async def test_a_payment_brings_its_senders_own_exposure_over_one_hop_less(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "b", 1), pay("b", "a", 1), paid := pay("a", "z", 1, day=1))

    found = {k: (await of_payments(graph, taxonomy, paid, hops=k))[0] for k in (1, 2, 3)}

    assert shares(found[1]) == shares(found[2]) == {"hop_limit": 1.0}
    assert shares(found[3]) == {"scam": 1.0}
    assert (found[3].categories[0].shortest_hops, found[3].categories[0].direct_share) == (3, 0.0)


async def test_a_coinbase_comes_from_nowhere(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, pool="miner")
    await land(graph, paid := transfer({}, {"pool": 6}))

    [source] = await of_payments(graph, taxonomy, paid)
    [destination] = await of_payments(graph, taxonomy, paid, direction="destination")

    assert (shares(source), source.total_value) == ({"origin": 1.0}, 6_000_000)
    assert shares(destination) == {"miner": 1.0}


async def test_many_inputs_are_their_mean_by_value(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "b", 1), pay("x", "b", 1))
    await land(graph, paid := transfer({"thief": 1, "b": 4, "clean": 5}, {"z": 10}, day=1))

    [found] = await of_payments(graph, taxonomy, paid)

    assert shares(found) == pytest.approx({"scam": 0.1 + 0.4 * 0.5, "origin": 0.5 + 0.4 * 0.5})
    assert (found.categories[0].direct_share, found.categories[0].shortest_hops) == (pytest.approx(0.1), 1)


async def test_many_outputs_are_their_mean_by_value(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, mixer="mixer")
    await land(graph, paid := transfer({"a": 10}, {"mixer": 1, "b": 3}))

    [found] = await of_payments(graph, taxonomy, paid, direction="destination")

    assert shares(found) == pytest.approx({"mixer": 0.25, "unspent": 0.75})
    assert found.total_value == 4_000_000


@pytest.mark.parametrize("hours", [-1, 0, 1])
async def test_only_money_until_a_payments_time_is_seen(graph: Graph, taxonomy: Taxonomy, hours: float) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("clean", "a", 1), pay("thief", "a", 1, day=5 + hours / 24), paid := pay("a", "z", 1, day=5))

    [found] = await of_payments(graph, taxonomy, paid)

    seen = {"scam": 0.5, "origin": 0.5} if hours <= 0 else {"origin": 1.0}
    assert shares(found) == pytest.approx(seen), "at the very time counts"


async def test_later_money_far_away_is_not_seen_either(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "c", 1, day=9), pay("clean", "c", 1), pay("c", "b", 1), pay("b", "a", 1))
    await land(graph, paid := pay("a", "z", 1, day=5))

    [found] = await of_payments(graph, taxonomy, paid, hops=6)

    assert shares(found) == pytest.approx({"origin": 1.0})


async def test_a_payment_does_not_see_itself_in_a_cycle(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("b", "a", 1))
    [before] = await of_payments(graph, taxonomy, paid := pay("a", "b", 1, day=1))

    await land(graph, paid)
    [after] = await of_payments(graph, taxonomy, paid)

    assert shares(after) == pytest.approx({"scam": 0.5, "origin": 0.5}), "with itself, b would lead back to a"
    assert shares(before) == pytest.approx(shares(after)), "preview and post agree"


async def test_an_earlier_payment_of_the_same_pair_is_seen(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 1), pay("b", "a", 1), pay("a", "b", 3), paid := pay("a", "b", 1, day=1))

    [found] = await of_payments(graph, taxonomy, paid)

    assert shares(found) == pytest.approx({"scam": 0.5, "hop_limit": 0.5})


async def test_past_money_of_many_parties_is_split_as_it_landed(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, transfer({"thief": 1, "clean": 2}, {"a": 1, "other": 2}), pay("thief", "a", 50, day=9))

    [found] = await of_payments(graph, taxonomy, pay("a", "z", 1, day=5))

    assert shares(found) == pytest.approx({"scam": 1 / 3, "origin": 2 / 3}, abs=1e-6)


async def test_payments_asked_together_are_answered_each_for_itself(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    paid = [pay("thief", "a", 1), pay("a", "b", 1, day=1), pay("x", "y", 1), transfer({}, {"m": 1}), pay("a", "c", 1)]
    await land(graph, *paid)

    together = await of_payments(graph, taxonomy, *paid)
    alone = [(await of_payments(graph, taxonomy, t))[0] for t in paid]

    assert [e.wallet for e in together] == [t.key for t in paid]
    assert [shares(e) for e in together] == [shares(e) for e in alone]
    assert [shares(e) for e in together] == [{"scam": 1}, {"scam": 1}, {"origin": 1}, {"origin": 1}, {"scam": 1}]


async def test_a_payment_of_no_value_is_judged_by_its_parties_alike(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, paid := transfer({"thief": 0, "clean": 0}, {"a": 0}))

    [found] = await of_payments(graph, taxonomy, paid)

    assert shares(found) == {"scam": 0.5, "origin": 0.5}
    assert (found.total_value, [c.value for c in found.categories]) == (0, [0])


async def test_an_instant_is_exact_to_the_microsecond(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    at = timedelta(microseconds=1) / timedelta(days=1)
    await land(graph, pay("clean", "a", 1), pay("thief", "a", 1, day=2 * at))

    [just_before, then] = await of_payments(graph, taxonomy, pay("a", "z", 1, day=at), pay("a", "z", 1, day=2 * at))

    assert then.total_value == 1_000_000 and START.microsecond == 0
    assert (shares(just_before), shares(then)) == ({"origin": 1.0}, {"scam": 0.5, "origin": 0.5})


UNSEEN = {"source": "origin", "destination": "unspent"}


@pytest.mark.parametrize("direction", UNSEEN)
async def test_a_party_that_the_graph_has_not_seen_is_a_wallet_without_flows(
    graph: Graph, taxonomy: Taxonomy, direction: str
) -> None:
    await label(graph, taxonomy, thief="scam")
    some, none = transfer({"thief": 1, "new": 3}, {"thief": 1, "newer": 3}), pay("new", "newer", 1)

    one_hop, _ = await of_payments(graph, taxonomy, some, none, direction=direction, hops=1)
    first = await of_payments(graph, taxonomy, some, none, direction=direction)
    await land(graph, some, none)
    landed = await of_payments(graph, taxonomy, some, none, direction=direction)

    assert shares(one_hop) == {"scam": 0.25, "hop_limit": 0.75}
    assert [shares(e) for e in first] == [{"scam": 0.25, UNSEEN[direction]: 0.75}, {UNSEEN[direction]: 1.0}]
    assert [shares(e) for e in first] == [shares(e) for e in landed], "preview and post agree"


async def test_a_party_not_seen_is_kept_apart_where_the_past_is_read(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("x", "a", 1), pay("thief", "a", 9, day=9))

    [found] = await of_payments(graph, taxonomy, transfer({"a": 1, "new": 1, "thief": 2}, {"z": 4}, day=1))

    assert shares(found) == {"scam": 0.5, "origin": 0.5}
