"""Through pools: one hop, in proportion, what a wallet paid itself left out; each answer worked out by hand."""

from __future__ import annotations

import pytest

from graph import sums
from graph.clock import Clock
from graph.exposure import ExposureLimits, Payment
from graph.live import hop_counts_of, solicited
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.wallets import get_wallet, list_counterparties, search_wallets
from graph.withdrawal import withdraw_transaction
from tests.builders import attribute, key, label, land, pay, transfer
from tests.graph.drawn import day, exposed, of_payments, shares
from tests.graph.test_exposure_in_time import now_of, said

ALWAYS = (Clock(), Clock(as_of=day(1000)))
CLOCKS = pytest.mark.parametrize("clock", ALWAYS, ids=("live", "as_of"))


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)


@CLOCKS
async def test_a_pool_is_one_hop_in_proportion(graph: Graph, taxonomy: Taxonomy, clock: Clock) -> None:
    await label(graph, taxonomy, thief="scam", mixer="mixer")
    await land(graph, transfer({"thief": 1, "x": 3}, {"a": 2, "mixer": 1, "c": 1}), pay("a", "z", 2, day=1))

    source = await exposed(graph, taxonomy, "a", hops=1, clock=clock)
    beyond = await exposed(graph, taxonomy, "z", clock=clock)
    destination = await exposed(graph, taxonomy, "x", direction="destination", clock=clock)

    assert shares(source) == {"scam": 0.25, "hop_limit": 0.75}
    assert (source.total_value, source.categories[0].direct_share) == (2_000_000, 0.25)
    assert shares(beyond) == {"scam": 0.25, "origin": 0.75}
    assert (beyond.categories[0].direct_share, beyond.categories[0].shortest_hops) == (0.0, 2)
    assert shares(destination) == {"mixer": 0.25, "unspent": 0.75}


@CLOCKS
async def test_what_a_wallet_pays_itself_in_a_pool_does_not_count(
    graph: Graph, taxonomy: Taxonomy, clock: Clock
) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, transfer({"thief": 1, "a": 2, "x": 1}, {"a": 2, "b": 2}))

    a = await exposed(graph, taxonomy, "a", hops=1, clock=clock)
    b = await exposed(graph, taxonomy, "b", hops=2, clock=clock)

    assert (shares(a), a.total_value) == ({"scam": 0.5, "hop_limit": 0.5}, 1_000_000)
    # b has a quarter each from thief and x, and a half from a: half of that is the thief's
    assert (shares(b), b.total_value) == ({"scam": 0.5, "hop_limit": 0.25, "origin": 0.25}, 2_000_000)


@CLOCKS
async def test_a_wallet_alone_on_one_side_has_nothing_of_its_own_change(
    graph: Graph, taxonomy: Taxonomy, clock: Clock
) -> None:
    await land(graph, transfer([("a", 1), ("a", 1), ("a", 2)], {"a": 3, "b": 1}))

    assert (await exposed(graph, taxonomy, "a", clock=clock)).total_value == 0
    b = await exposed(graph, taxonomy, "b", clock=clock)
    assert (shares(b), b.total_value) == ({"origin": 1}, 1_000_000)


@pytest.mark.parametrize("direction", ["source", "destination"])
@CLOCKS
async def test_a_pool_answers_as_its_pairs_would(
    graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch, direction: str, clock: Clock
) -> None:
    drawing = (
        ({"thief": 3, "a": 4, "x": 5}, {"a": 5, "b": 6, "d": 1}),
        ({"a": 2, "b": 4, "d": 2}, {"b": 3, "a": 1, "ex": 4}),
        ({"b": 1}, {"a": 1}),
    )
    answers = []
    for max_pairs in (3, 100):
        monkeypatch.setattr(sums, "MAX_PAIRS", max_pairs)
        names = {name: f"{name}{max_pairs}" for sides in drawing for side in sides for name in side}
        await label(graph, taxonomy, **{names["thief"]: "scam", names["d"]: "dex", names["ex"]: "exchange"})
        await land(graph, *(transfer(*({names[n]: v for n, v in side.items()} for side in t)) for t in drawing))
        asked = [
            await exposed(graph, taxonomy, names[name], hops=hops, direction=direction, clock=clock)
            for name in ("a", "b", "d", "x", "thief")
            for hops in (1, 2, 3, 6)
        ]
        answers.append([shares(e) | {"passed": e.passed_through, "total": e.total_value / 1e6} for e in asked])

    assert len(answers[0]) == 20
    for pool, pairs in zip(*answers, strict=True):
        assert pool == pytest.approx(pairs, abs=1e-5)


async def test_flows_and_pools_between_the_same_wallets_add_up(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, transfer({"thief": 1, "x": 1}, {"a": 1, "b": 1}), pay("thief", "a", 1), pay("y", "a", 2))

    for clock in ALWAYS:
        found = await exposed(graph, taxonomy, "a", clock=clock)
        assert shares(found) == {"scam": 0.375, "origin": 0.625}  # (0.5 + 1) of 4


async def test_a_withdrawn_pool_no_longer_counts(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, transfer({"thief": 1, "x": 1}, {"a": 1, "b": 1}, id="pool", day=3), pay("x", "a", 1))
    counted = await now_of(graph)
    await withdraw_transaction(graph, key("pool"))

    now, then = [await exposed(graph, taxonomy, "a", clock=Clock(known_at=at)) for at in (None, counted)]
    early = await exposed(graph, taxonomy, "a", clock=Clock(as_of=day(2), known_at=counted))

    assert shares(now) == shares(early) == {"origin": 1.0}
    assert shares(then) == {"scam": 0.25, "origin": 0.75}
    wallet, counts = await get_wallet(graph, key("a")), await hop_counts_of(graph, key("a"))
    assert (wallet.in_degree, wallet.out_degree, counts.in_degree, counts.at_1, counts.at_2) == (1, 0, 1, 0, 0)


async def test_a_pool_before_a_listing_is_told_apart(graph: Graph, taxonomy: Taxonomy) -> None:
    await attribute(graph, taxonomy, said("u", "sanctions", valid_from=day(2)))
    await land(graph, *(transfer({"u": 1, "x": 1}, {"a": 1, "b": 1}, day=n) for n in (1, 2, 3)), pay("u", "a", 3))

    [found] = (await exposed(graph, taxonomy, "a")).categories

    assert (found.share, found.before_share) == pytest.approx((0.75, 3.5 / 6))


async def test_a_payment_sees_pools_until_its_time_and_not_itself(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, transfer({"thief": 1, "x": 1}, {"a": 1, "b": 1}, day=1))
    paid = [pay("a", "z", 1, day=n) for n in (0, 2)]
    pool = transfer({"a": 1, "c": 1}, {"c": 1, "q": 1}, day=5)
    [before] = await of_payments(graph, taxonomy, pool)
    await land(graph, *paid, pool)

    early, late, whole = await of_payments(graph, taxonomy, *paid, pool)

    assert [shares(e) for e in (early, late)] == [{"origin": 1.0}, {"scam": 0.5, "origin": 0.5}]
    assert shares(whole) == shares(before) == {"scam": 0.25, "origin": 0.75}, "c was not yet paid by a"


async def test_a_pool_is_dust_where_its_leg_is_small(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, transfer({"thief": 1, "x": 1}, {"a": 1, "b": 1}), pay("y", "a", 9), pay("b", "z", 1))
    limits = ExposureLimits(timeout_s=30, dust=0.2)

    for clock in ALWAYS:
        found = await exposed(graph, taxonomy, "a", limits=limits, clock=clock)
        assert shares(found) == pytest.approx({"dust": 0.1, "origin": 0.9})
        other = await exposed(graph, taxonomy, "b", limits=limits, clock=clock)
        assert shares(other) == {"scam": 0.5, "origin": 0.5}, "small as its parts may be"


async def test_counterparties_through_pools_are_counted_once(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam", robber="theft")
    pool = transfer({"a": 2, "x": 1, "thief": 1}, {"a": 1, "b": 2, "x": 1})
    await land(graph, pool, pay("a", "b", 1), pay("b", "robber", 1), pay("a", "a", 1))

    wallet, [found] = await get_wallet(graph, key("a")), await search_wallets(graph, key("a"), 1)
    counts = await hop_counts_of(graph, key("a"))
    then = await hop_counts_of(graph, key("a"), ALWAYS[1])

    assert (wallet.in_degree, wallet.out_degree) == (2, 2) == (found.in_degree, found.out_degree)
    assert (counts.in_degree, counts.out_degree, counts.at_0, counts.at_1, counts.at_2) == (2, 2, 0, 1, 1)
    assert counts == then
    far = await hop_counts_of(graph, key("robber"))
    assert (far.at_1, far.at_2) == (0, 1), "the thief is in the pool that paid b"


async def test_counterparties_through_pools_are_listed_with_their_part(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, transfer({"a": 2, "x": 1, "y": 1}, {"a": 2, "b": 2}, day=4), pay("x", "a", 1))

    found, after = await list_counterparties(graph, key("a"), direction=None, limit=2)
    rest, end = await list_counterparties(graph, key("a"), direction=None, limit=2, after=after)

    told = [(c.key, c.direction, c.value, c.count) for c in [*found, *rest]]
    assert told == [
        (key("x"), "source", 1_500_000, 2),
        (key("b"), "destination", 1_000_000, 1),
        (key("y"), "source", 500_000, 1),
    ]
    assert end is None and found[0].first_at == day(0) and found[0].last_at == day(4)


async def test_a_payee_that_paid_a_payer_in_a_pool_is_no_stranger(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, transfer({"a": 1, "x": 1}, {"thief": 1, "c": 1}, day=2))
    asked = [Payment(key(f"p{n}"), day(n), {key("thief"): 1}, {key("a"): 1}) for n in (1, 2)]
    strangers = [Payment(key("q"), day(9), {key("thief"): 1}, {key("c"): 1})]

    assert await solicited(graph, [*asked, *strangers]) == {key("p2")}
