"""Histories against counting by hand over random histories: late, withdrawn, landed again, many parties, pools."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from msgspec.structs import replace

from graph import stretch, sums
from graph.model import History, Transaction, WalletHistory, Window
from graph.session import Graph
from graph.withdrawal import withdraw_transaction
from tests.builders import land, pay, transfer
from tests.graph.telling import Telling, told

NAMES = "abcdefg"
UNITS = (1, 2.5, 9, 9.999999, 10, 0.000001, 0)
# Days at which much happens at once, on the edges of windows, and far apart.
DAYS = (0, 0, 1 / 24, 1 / 24, 2 / 24, 300 / 86_400, 299 / 86_400, 1, 1, 1.5, 2, 30)


def draw(dice: random.Random) -> Transaction:
    """A payment of one to one, a coinbase, or one of up to three payers and payees that may name a wallet twice."""
    day = dice.choice(DAYS)
    kind = dice.random()
    if kind < 0.5:
        return pay(dice.choice(NAMES), dice.choice(NAMES), dice.choice(UNITS), day=day)
    outputs = [(dice.choice(NAMES), dice.choice(UNITS)) for _ in range(dice.randint(1, 3))]
    if kind < 0.6:
        return transfer([], outputs, day=day)
    inputs = [(dice.choice(NAMES), dice.choice(UNITS)) for _ in range(dice.randint(1, 3))]
    inputs[0] = (inputs[0][0], inputs[0][1] + sum(units for _, units in outputs))
    return transfer(inputs, outputs, day=day)


async def live_through(graph: Graph, dice: random.Random, count: int) -> dict[str, Transaction]:
    """Land, withdraw and land again at another time; returns what counts in the end."""
    counting: dict[str, Transaction] = {}
    gone: list[Transaction] = []
    for _ in range(count):
        if counting and dice.random() < 0.2:
            key = dice.choice(sorted(counting))
            await withdraw_transaction(graph, key)
            gone.append(counting.pop(key))
        elif gone and dice.random() < 0.4:
            again = gone.pop(dice.randrange(len(gone)))
            counting[again.key] = replace(again, at=again.at + timedelta(seconds=dice.choice((0, 300, -3600))))
            await land(graph, counting[again.key])
        else:
            drawn = draw(dice)
            counting[drawn.key] = drawn
            await land(graph, drawn)
    return counting


def rounded(history: History) -> History:
    """Windows that are cut may have taken either of several payments alike, and so other parties."""
    sides = [tuple(_rounded(one) for one in side) for side in (history.payers, history.payees)]
    return replace(history, payers=sides[0], payees=sides[1])


def _rounded(one: WalletHistory) -> WalletHistory:
    if not one.is_cut:
        return one
    windows = {name: value for name in one.__struct_fields__ if isinstance(value := getattr(one, name), Window)}
    return replace(one, **{name: replace(value, parties=0) for name, value in windows.items()})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("most", "max_pairs"), [(1_000, 20_000), (3, 3)])
async def test_a_history_is_what_counting_gives(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, seed: int, most: int, max_pairs: int
) -> None:
    monkeypatch.setattr(stretch, "MOST", most)
    monkeypatch.setattr(sums, "MAX_PAIRS", max_pairs)
    dice = random.Random(seed)
    counting = await live_through(graph, dice, 50)
    asked = [*counting.values(), *(draw(dice) for _ in range(10))]

    found = await told(graph, *asked)
    alone = [(await told(graph, one))[0] for one in asked]

    reference = Telling(counting.values(), most=most, max_pairs=max_pairs)
    for one, together, by_itself in zip(asked, found, alone, strict=True):
        assert rounded(together) == rounded(reference.history(one)), f"seed {seed}: {one}"
        assert by_itself == together, f"seed {seed}: {one}"
    assert any(wallet.sent_day.count for one in found for wallet in one.payers)


async def test_the_reference_tells_histories_apart(graph: Graph) -> None:
    await land(graph, first := pay("a", "b", 1), second := pay("a", "b", 2, day=0.001))

    [found] = await told(graph, second)

    assert found == Telling([first, second]).history(second)
    assert found != Telling([second]).history(second)
    assert found != Telling([first, second]).history(first)
