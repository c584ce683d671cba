"""Transfers that are kept are those that reading all of them finds, whatever happened since; only news are read."""

from __future__ import annotations

import random

import numpy as np
import pytest

from graph import sums
from graph.kept_transfers import Current, KeptTransfers
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.transfers import read_transfers
from graph.withdrawal import withdraw_transaction
from tests.builders import key, label, land, pay, transfer

NAMES = "abcdefgh"


async def checked(kept: KeptTransfers, graph: Graph, taxonomy: Taxonomy) -> Current:
    """Compare every column with a reading of everything."""
    current = await kept.current(graph, taxonomy)
    expected, watermark = await read_transfers(graph, taxonomy)
    found = current.transfers
    assert (found.keys, found.categories, current.watermark) == (expected.keys, expected.categories, watermark)
    for name in ("payers", "payees", "values", "times"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    return current


@pytest.mark.parametrize("seed", range(4))
async def test_kept_transfers_are_those_there_are(
    graph: Graph, taxonomy: Taxonomy, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Landings in any order of time, of many parties and of pools; withdrawals, landings again, attributions."""
    monkeypatch.setattr(sums, "MAX_PAIRS", 5)
    chance, kept, landed = random.Random(seed), KeptTransfers(), list[str]()
    for step in range(10):
        for number in range(chance.randrange(4)):
            inputs, outputs = (
                {name: chance.randrange(1, 9) for name in chance.sample(NAMES, chance.randrange(1, 4))}
                for _ in range(2)
            )
            landed.append(f"t{step}_{number}")
            await land(graph, transfer(inputs, outputs, id=landed[-1], day=chance.randrange(5)))
        if landed and chance.random() < 0.2:
            await withdraw_transaction(graph, key(chance.choice(landed)))
        if landed and chance.random() < 0.2:
            again = chance.choice(landed)
            await withdraw_transaction(graph, key(again))
            await land(graph, pay("a", "b", 3, id=again, day=2))
        if chance.random() < 0.3:
            await label(graph, taxonomy, **{chance.choice(NAMES): chance.choice(["scam", "exchange"])})
        await checked(kept, graph, taxonomy)


async def test_only_what_landed_since_is_read(graph: Graph, taxonomy: Taxonomy) -> None:
    kept = KeptTransfers()
    await land(graph, pay("a", "b", 5, id="first", day=3), pay("b", "c", 2, day=4))
    first = await checked(kept, graph, taxonomy)
    await land(graph, pay("0", "a", 5, day=1))
    second = await checked(kept, graph, taxonomy)
    third = await checked(kept, graph, taxonomy)
    await withdraw_transaction(graph, key("first"))
    fourth = await checked(kept, graph, taxonomy)

    assert [one.landed for one in (first, second, third, fourth)] == [2, 1, 0, 3]


async def test_another_graph_is_read_anew(graph: Graph, taxonomy: Taxonomy) -> None:
    """As after a restore: the numbers go on, and what was kept is not there."""
    kept = KeptTransfers()
    await land(graph, pay("a", "b", 5, day=3), pay("b", "c", 2, day=4))
    await checked(kept, graph, taxonomy)
    await graph.batched("empty_graph")
    await land(graph, pay("x", "y", 1, day=1))

    assert (await checked(kept, graph, taxonomy)).landed == 1
