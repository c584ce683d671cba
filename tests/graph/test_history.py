"""What the parties of a payment had done before it; each answer worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import neo4j
import pytest
from msgspec.structs import replace

from graph import sums
from graph.catalog import load_catalog
from graph.history import MOST_PARTIES
from graph.model import MICRO, Transaction, WalletHistory, Window
from graph.session import Graph
from graph.withdrawal import withdraw_transaction
from tests.builders import START, key, land, pay, transfer
from tests.graph.telling import told

MINUTE = 1 / 1440
NOTHING = Window()


def window(count: int, units: float, parties: int) -> Window:
    return Window(count, round(units * MICRO), parties)


async def payer(graph: Graph, paid: Transaction, **looking: int) -> WalletHistory:
    """What the one payer of a payment had done."""
    [history] = await told(graph, paid, **looking)
    [found] = history.payers
    return found


async def test_wallets_that_nobody_has_seen_have_an_empty_history(graph: Graph) -> None:
    [found] = await told(graph, pay("a", "b", 1))

    assert (found.payers, found.payees) == ((WalletHistory(wallet=key("a")),), (WalletHistory(wallet=key("b")),))
    assert (found.paid_before, found.left_out) == (False, 0)


async def test_nothing_asked_is_nothing_told(graph: Graph) -> None:
    assert await told(graph) == []


async def test_windows_end_at_the_payment_and_begin_just_after_their_length_before(graph: Graph) -> None:
    ago = {
        "now": 0,
        "within 5 min": 4,
        "5 min": 5,
        "within the hour": 59,
        "hour": 60,
        "within the day": 1439,
        "day": 1440,
    }
    await land(
        graph, *(pay("a", name.replace(" ", ""), 2**i, day=5 - m * MINUTE) for i, (name, m) in enumerate(ago.items()))
    )

    found = await payer(graph, pay("a", "z", 1, day=5))

    assert (found.sent_window, found.sent_hour) == (window(2, 3, 2), window(4, 15, 4))
    assert (found.sent_day, found.sent_count) == (window(6, 63, 6), 7)
    assert (found.received_hour, found.received_day) == (NOTHING, NOTHING)


async def test_the_window_is_as_long_as_the_policy_says(graph: Graph) -> None:
    await land(graph, *(pay("a", "b", 1, day=1 - minutes * MINUTE) for minutes in (1, 9, 11, 100)))

    found = [(await payer(graph, pay("a", "z", 1, day=1), window_s=s)).sent_window.count for s in (60, 600, 86_400)]

    assert found == [0, 2, 4]


async def test_a_counterparty_counts_once(graph: Graph) -> None:
    await land(graph, pay("b", "a", 1), pay("b", "a", 1, day=MINUTE), pay("c", "a", 1))

    found = await payer(graph, pay("a", "z", 1, day=2 * MINUTE))

    assert (found.received_hour, found.received_count) == (window(3, 3, 2), 3)


async def test_what_moves_later_is_not_seen(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1, day=2), pay("b", "a", 1, day=2))

    assert await payer(graph, pay("a", "b", 1, day=1)) == WalletHistory(wallet=key("a"))


async def test_preview_and_post_agree(graph: Graph) -> None:
    await land(graph, pay("a", "b", 3), pay("a", "c", 4))
    paid = pay("a", "b", 5)

    before = await told(graph, paid)
    await land(graph, paid)

    assert await told(graph, paid) == before
    assert before[0].payers[0].sent_window == window(2, 7, 2)


async def test_a_payment_is_left_out_by_its_key_though_it_landed_at_another_time(graph: Graph) -> None:
    await land(graph, paid := pay("a", "b", 5), pay("a", "c", 1, day=1))

    found = await payer(graph, replace(paid, at=START + timedelta(days=1.5)))

    assert (found.sent_count, found.mean, found.first_at) == (1, MICRO, START + timedelta(days=1))


async def test_change_and_what_moves_nothing_are_no_payments(graph: Graph) -> None:
    await land(graph, transfer({"a": 10}, {"b": 3, "a": 7}), pay("a", "a", 50), pay("a", "c", 0))

    found = await payer(graph, pay("a", "z", 1))

    assert (found.sent_day, found.received_day) == (window(1, 3, 1), NOTHING)
    assert (found.sent_count, found.received_count, found.mean, found.first_at) == (1, 0, 3 * MICRO, START)


async def test_of_many_parties_each_has_its_own_value(graph: Graph) -> None:
    await land(graph, transfer([("a", 1), ("b", 2), ("a", 1)], [("c", 2), ("d", 1), ("c", 1)]))

    [found] = await told(graph, transfer({"a": 1, "b": 1}, {"c": 2}))

    sent = {one.wallet: one.sent_day for one in found.payers}
    assert sent == {key("a"): window(1, 2, 2), key("b"): window(1, 2, 2)}
    assert found.payees[0].received_day == window(1, 3, 2)


async def test_what_is_newly_made_is_received_from_nobody(graph: Graph) -> None:
    await land(graph, transfer({}, {"a": 6}))

    found = await payer(graph, pay("a", "z", 1))

    assert (found.received_day, found.received_count, found.first_at) == (window(1, 6, 0), 1, START)


async def test_what_is_withdrawn_is_passed_over_and_counts_when_it_lands_again(graph: Graph) -> None:
    await land(graph, gone := pay("a", "b", 3), pay("a", "c", 1))
    await withdraw_transaction(graph, gone.key)
    without = await payer(graph, pay("a", "b", 1, day=1))

    await land(graph, replace(gone, at=START + timedelta(days=1)))
    after = await told(graph, pay("a", "b", 1, day=1), pay("a", "b", 1, day=0.9))

    assert (without.sent_count, without.sent_hour) == (1, NOTHING)
    assert [one.payers[0].sent_hour for one in after] == [window(1, 3, 1), NOTHING]
    assert [(one.payers[0].sent_count, one.paid_before) for one in after] == [(2, True), (1, False)]


async def test_mean_and_deviation_are_of_the_payments_sent(graph: Graph) -> None:
    await land(graph, pay("a", "b", 2), pay("a", "b", 4, day=0.1), pay("b", "a", 1_000, day=0.1))

    found = await payer(graph, pay("a", "z", 99, day=50))

    assert (found.sampled, found.mean, found.deviation) == (2, 3 * MICRO, 1 * MICRO)


async def test_payments_just_below_the_threshold_are_counted_for_a_day(graph: Graph) -> None:
    units = [8.999999, 9, 9.5, 9.999999, 10]
    await land(graph, *(pay("a", "b", each, day=2) for each in units), pay("a", "b", 9.5, day=1))

    assert (await payer(graph, pay("a", "z", 1, day=2))).near_threshold == 3
    assert (await payer(graph, pay("b", "z", 1, day=2))).near_threshold == 0


@pytest.mark.parametrize("is_pool", [False, True])
@pytest.mark.parametrize(("hours", "paid"), [(-1, True), (0, True), (1, False)])
async def test_paid_before_means_until_then_and_in_that_direction(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, is_pool: bool, hours: int, paid: bool
) -> None:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3 if is_pool else 4)
    await land(graph, transfer({"a": 1, "b": 1}, {"c": 1, "a": 1}, day=5 + hours / 24))

    asked = [pay("a", "c", 1, day=5), pay("c", "a", 1, day=5), pay("b", "b", 1, day=5), pay("b", "a", 1, day=5)]
    found = await told(graph, *asked)

    assert [one.paid_before for one in found] == [paid, False, False, paid]


async def test_a_payment_is_not_its_own_forerunner(graph: Graph) -> None:
    await land(graph, paid := pay("a", "b", 1), apart := pay("c", "d", 1))
    await withdraw_transaction(graph, apart.key)

    found = await told(graph, paid, pay("c", "d", 1))

    assert [one.paid_before for one in found] == [False, False]


async def test_the_ten_most_valuable_of_a_side_are_told_and_the_rest_counted(graph: Graph) -> None:
    names = [f"n{i:02}" for i in range(13)]
    paid = transfer({name: 1 + i for i, name in enumerate(names)}, {"z": 91})

    [found] = await told(graph, paid)

    assert [one.wallet for one in found.payers] == [key(name) for name in reversed(names[3:])]
    assert found.left_out == 3


async def test_more_than_a_thousand_payments_are_cut_and_say_so(graph: Graph) -> None:
    early, late = 30, 1_001
    await land(
        graph,
        *(pay("a", f"x{i}", 7, day=i / 100) for i in range(early)),
        *(pay("a", f"y{i}", 1, day=5 + i * MINUTE) for i in range(late)),
    )

    cut, whole, within = [await payer(graph, pay("a", "z", 1, day=day)) for day in (5.9, 10, 5 + 999 * MINUTE)]

    assert (cut.is_cut, cut.sent_day, cut.sent_hour.count) == (True, window(1_000, 1_000, 1_000), 0)
    assert (cut.sampled, cut.mean, cut.sent_count, cut.first_at) == (1_000, MICRO, early + late, START)
    assert (whole.is_cut, whole.sent_day, whole.sampled) == (False, NOTHING, 1_000)
    assert (within.is_cut, within.sent_day.count) == (False, 1_000)


async def test_a_crowd_is_counted_and_not_looked_into(graph: Graph) -> None:
    crowd = {f"n{i}": 1 for i in range(MOST_PARTIES + 1)}
    await land(graph, transfer({"a": len(crowd)}, crowd), pay("a", "n1", 1), pay("b", "n1", 1))

    [found] = await told(graph, transfer({"a": 2, "b": 1}, {"z": 3}))

    busy, quiet = found.payers
    assert (busy.sent_day, busy.is_cut) == (window(2, len(crowd) + 1, len(crowd)), True)
    assert (quiet.sent_day, quiet.is_cut) == (window(1, 1, 1), False)


async def test_payments_far_apart_are_told_as_each_by_itself(graph: Graph) -> None:
    paid = [pay("hub", f"x{i}", 1 + i % 7, day=i / 24) for i in range(2_100)]
    await land(graph, *paid)
    asked = [paid[0], paid[700], paid[1_400], paid[2_099], pay("hub", "x5", 1, day=60)]

    together = await told(graph, *asked)
    alone = [(await told(graph, one))[0] for one in asked]

    assert together == alone
    assert [one.payers[0].sampled for one in together] == [0, 700, 1_000, 1_000, 1_000]
    assert [one.payers[0].sent_day.count for one in together] == [0, 23, 23, 23, 24]


def operators(cypher: neo4j.Session, text: str) -> set[str]:
    """The names of the operators in a query's plan."""
    plan = cypher.run(f"EXPLAIN {text}").consume().plan  # type: ignore[arg-type]
    return set(_names(plan or {}))


def _names(plan: dict) -> Iterator[str]:
    yield plan["operatorType"].partition("@")[0]
    for child in plan.get("children", []):
        yield from _names(child)


async def test_the_last_payments_are_read_in_the_order_of_the_index(graph: Graph, cypher: neo4j.Session) -> None:
    await land(graph, *(pay("hub", f"x{i}", 1, day=i) for i in range(300)))
    text = load_catalog()["get_histories"].text
    by_value = text.replace("ORDER BY s.wallet DESC, s.at_us DESC, s.net DESC", "ORDER BY s.net DESC, s.at_us DESC")

    assert {"DirectedRelationshipIndexSeek", "Limit"} <= operators(cypher, text)
    assert not {"Sort", "Top", "DirectedRelationshipTypeScan"} & operators(cypher, text)
    assert "Top" in operators(cypher, by_value)


async def test_a_plan_made_on_an_empty_graph_serves_a_full_one(graph: Graph, cypher: neo4j.Session) -> None:
    # Payments of one moment are compared one by one; a plan that gathers them for each payment would fill the memory.
    cypher.run("CALL db.clearQueryCaches()").consume()
    paid = [pay("a", "b", 1) for _ in range(2_500)]
    await told(graph, paid[0])
    for first in range(0, len(paid), 500):
        await land(graph, *paid[first : first + 500])

    assert all(one.paid_before for one in await told(graph, *paid[:500]))
    assert not any("Join" in name for name in operators(cypher, load_catalog()["get_histories"].text))
