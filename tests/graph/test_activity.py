"""What moved over time: each movement in its bucket, once, and nothing told in part."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graph.activity import Bucket, Unit, wallet_activity
from graph.errors import NotFound
from graph.session import Graph
from graph.wallets import get_wallet
from graph.withdrawal import withdraw_transaction
from tests.builders import START, key, land, pay, transfer

MICRO = 1_000_000


def on(month: int, day: int) -> datetime:
    return datetime(2020, month, day, tzinfo=UTC)


async def test_what_moves_on_a_day_is_one_bucket_of_both_sides(graph: Graph) -> None:
    await land(graph, pay("x", "a", 2), pay("y", "a", 3, day=0.9), pay("a", "z", 4, day=0.5), pay("a", "z", 1, day=40))

    found = await wallet_activity(graph, key("a"), unit="day")

    assert found.cut_before is None
    assert found.buckets == (
        Bucket(on(1, 1), 5 * MICRO, 4 * MICRO, 2, 1),
        Bucket(on(2, 10), 0, 1 * MICRO, 0, 1),
    )


@pytest.mark.parametrize(
    ("unit", "starts"),
    [
        ("day", [on(1, 1), on(1, 5), on(1, 6), on(2, 1)]),
        ("week", [datetime(2019, 12, 30, tzinfo=UTC), on(1, 6), on(1, 27)]),
    ],
)
async def test_weeks_begin_on_monday_and_months_on_the_first(graph: Graph, unit: Unit, starts: list[datetime]) -> None:
    await land(graph, *(pay("x", "a", 1, day=day) for day in (0, 4.99, 5, 31)))

    found = await wallet_activity(graph, key("a"), unit=unit)
    months = await wallet_activity(graph, key("a"), unit="month")

    assert [one.starts_at for one in found.buckets] == starts
    assert [(one.starts_at, one.in_count) for one in months.buckets] == [(on(1, 1), 3), (on(2, 1), 1)]


async def test_it_adds_up_to_the_sums_of_the_wallet(graph: Graph) -> None:
    await land(
        graph,
        pay("a", "a", 9),
        transfer({"a": 5, "b": 5}, {"a": 2, "c": 8}, day=1),
        transfer({}, {"a": 7}, day=2),
        transfer({f"p{i}": 1 for i in range(8)} | {"a": 2}, {"a": 1} | {f"q{i}": 1 for i in range(9)}, day=3),
        pay("a", "z", 1, day=4, id="undone"),
    )
    await withdraw_transaction(graph, "acct:undone", reason=None)

    found = await wallet_activity(graph, key("a"), unit="month")
    wallet = await get_wallet(graph, key("a"))

    assert sum(one.in_value for one in found.buckets) == wallet.in_value
    assert sum(one.out_value for one in found.buckets) == wallet.out_value


async def test_a_stretch_of_time_is_told_alone(graph: Graph) -> None:
    await land(graph, *(pay("x", "a", 1, day=day) for day in range(5)))

    found = await wallet_activity(graph, key("a"), unit="day", since=on(1, 2), until=on(1, 3))

    assert [one.starts_at for one in found.buckets] == [on(1, 2), on(1, 3)]


async def test_a_day_that_was_cut_is_left_out_with_all_before_it(graph: Graph) -> None:
    await land(graph, *(pay("x", "a", 1, day=day / 2) for day in range(10)), pay("a", "y", 1), pay("a", "y", 1, day=4))

    found = await wallet_activity(graph, key("a"), unit="day", most=5)

    assert on(1, 1) == START
    assert found.cut_before == on(1, 4)
    assert [(one.starts_at, one.in_count, one.out_count) for one in found.buckets] == [
        (on(1, 4), 2, 0),
        (on(1, 5), 2, 1),
    ]


async def test_an_unknown_wallet_has_no_activity(graph: Graph) -> None:
    with pytest.raises(NotFound, match="wallet acct:nobody"):
        await wallet_activity(graph, key("nobody"), unit="day")
