"""Who shares an owner: hand-drawn transactions, each heuristic with the one that must not fire, and proofs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graph.clustering import CHANGE, COSPEND, MERGE_FROM, ROUND, SAME_KIND, Held, Links, cluster, prove, rebuild
from graph.linking import kind_of, said_by

Output = tuple[str, str, bool]


def said(inputs: Sequence[str], *outputs: Output, vetoed: Sequence[str] = ()) -> list[tuple[str, str, int]]:
    """What one transaction tells: pairs of names and a percentage; outputs are name, amount, seen before."""
    row: dict[str, Any] = {
        "key": "ltc:t",
        "inputs": [f"ltc:{name}" for name in inputs],
        "outputs": [f"ltc:{name}" for name, _, _ in outputs],
        "amounts": [amount for _, amount, _ in outputs],
        "seen": [is_seen for _, _, is_seen in outputs],
    }
    links = said_by([row], vetoed)
    return [(r["source"][4:], r["target"][4:], round(100 * r["confidence"])) for r in links]


def test_who_spends_together_shares_an_owner() -> None:
    assert said(["c", "a", "b", "a"], ("x", "1", True)) == [("a", "b", COSPEND), ("a", "c", COSPEND)]
    assert said(["a"], ("x", "1", True)) == said([], ("x", "1", False), ("y", "2", True)) == []


@pytest.mark.parametrize(
    ("inputs", "amounts", "merges"),
    [
        ("abc", ["1", "1", "1"], False),  # three get the same, three pay: a CoinJoin
        ("abcd", ["1", "1", "1", "0.31", "0.22"], False),  # with change for some of them
        ("abc", ["1", "1", "2"], True),  # two equal outputs are an ordinary payment
        ("ab", ["1", "1", "1"], True),  # one owner pays three people the same out of two wallets
        ("abc", ["1", "1", "1", "1"], True),  # more equal outputs than wallets that pay
    ],
)
def test_a_coinjoin_merges_nobody(inputs: str, amounts: list[str], merges: bool) -> None:
    outputs = [(f"o{i}", amount, True) for i, amount in enumerate(amounts)]

    assert bool(said(list(inputs), *outputs)) is merges


def test_equal_outputs_to_one_wallet_are_no_coinjoin() -> None:
    assert said(["a", "b", "c"], ("x", "1", True), ("x", "1", True), ("x", "1", True)) != []


@pytest.mark.parametrize(
    ("outputs", "percent"),
    [
        ([("x", "1.23456", True), ("y", "0.98765", False)], CHANGE),
        ([("x", "1.2", True), ("y", "0.98765", False)], CHANGE + ROUND),
        ([("x", "1.23456", True), ("a2", "0.98765", False)], CHANGE + SAME_KIND),
        ([("x", "1.2", True), ("a2", "0.98765", False)], CHANGE + ROUND + SAME_KIND),
        # Of two new ones the one that is not round.
        ([("x", "1.2", False), ("a2", "0.98765", False)], CHANGE + ROUND + SAME_KIND),
        # The other has the same kind of address: that tells nothing.
        ([("a3", "1.2", True), ("a2", "0.98765", False)], CHANGE + ROUND),
        ([("x", "1.23456", False), ("y", "0.98765", False)], None),  # two that are new
        ([("x", "1.2", True), ("y", "0.98765", True)], None),  # none that is new
        ([("y", "0.98765", False)], None),  # everything is moved: nothing is change
        ([("x", "1.2", True), ("y", "0.98765", False), ("a1", "1.11111", True)], None),  # the payer is its own change
    ],
)
def test_change_is_the_one_output_that_is_new(outputs: list[Output], percent: int | None) -> None:
    expected = (
        [] if percent is None else [("a1", next(name for name, _, s in outputs if not s and name != "x"), percent)]
    )

    assert said(["a1"], *outputs) == expected


def test_only_change_with_every_witness_merges() -> None:
    assert CHANGE + ROUND < MERGE_FROM and CHANGE + SAME_KIND < MERGE_FROM <= CHANGE + ROUND + SAME_KIND < COSPEND < 100


def test_kinds_of_address() -> None:
    kinds = [kind_of(f"btc:{a}") for a in ("1A1zP1", "3J98t1", "bc1q" + "w" * 38, "bc1q" + "w" * 58, "bc1p" + "w" * 58)]

    assert len(set(kinds)) == 5 and kind_of("bch:bitcoincash:qpm2") == kind_of("bch:qpm2") != kind_of("bch:ppm2")


def test_an_entity_is_as_sure_as_the_link_it_needs() -> None:
    """a-b surely, b-c and a-c less so twice: the cycle needs one of them; d-e stands by itself; f is alone."""
    links = Links(*(np.array(column) for column in ([0] * 4, [0, 1, 0, 3], [1, 2, 2, 4], [97, 95, 91, 91])))

    found = cluster(6, links)

    assert found.first.tolist() == [0, 0, 0, 3, 3, 5]
    assert found.percents.tolist() == [95, 95, 95, 91, 91, 100]


def drawn(seed: int) -> tuple[int, list[Held]]:
    rng = random.Random(seed)
    wallets = rng.randint(2, 30)
    return wallets, [
        Held(
            round(1 - rng.choice([0.91, 0.95, 0.97]), 4),
            f"ltc:t{i}",
            f"{rng.randrange(wallets):03}",
            f"{rng.randrange(wallets):03}",
            "cospend",
        )
        for i in range(rng.randint(0, 40))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_a_proof_alone_rebuilds_the_clusters(seed: int) -> None:
    """Columns and proof agree on members and confidence, and no link of a proof can be left out."""
    wallets, links = drawn(seed)
    columns = [[0] * len(links), [int(h.source) for h in links], [int(h.target) for h in links]]
    percents = [round(100 * h.confidence) for h in links]
    found = cluster(wallets, Links(*(np.asarray(column, np.int64) for column in (*columns, percents))))
    members: dict[int, set[str]] = {}
    for wallet, first in enumerate(found.first.tolist()):
        members.setdefault(first, set()).add(f"{wallet:03}")

    proof = prove(reversed(links))
    clusters = {min(group): group for group in rebuild(proof)}

    assert clusters == {min(group): group for group in members.values() if len(group) > 1}
    assert len(proof) == sum(len(group) - 1 for group in clusters.values())
    for first, group in clusters.items():
        least = min(round(100 * link.confidence) for link in proof if link.source in group)
        assert least == found.percents[int(first)] and {int(w) for w in group} == set(
            np.flatnonzero(found.first == int(first)).tolist()
        )
    for i in range(len(proof)):
        assert rebuild(proof[:i] + proof[i + 1 :]) != rebuild(proof)


def test_a_pair_may_be_linked_many_times() -> None:
    for count in (1, 128, 256, 65_536):
        links = Links(*(np.full(count, value) for value in (0, 0, 1, COSPEND)))

        assert cluster(3, links).first.tolist() == [0, 0, 2], count
