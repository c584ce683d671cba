"""Clustering beside a bare union-find over the same columns."""

from __future__ import annotations

import numpy as np

from bench.figures import Figure, Sizes, Watch, times_as_long
from bench.ground import Ground
from graph.batch import Integers
from graph.clustering import Clusters, Payments, cluster, components, links_of

NAME = "clustering"
# Rounds of which the first two, which also fault the memory in, are left out.
ROUNDS, WARM = 9, 2


async def measure_clustering(_ground: Ground, sizes: Sizes) -> list[Figure]:
    """Cluster as many inputs as there are `transactions`: links of both heuristics, CoinJoin guard, confidence.

    The bare one joins every input to the first of its transaction with scipy's connected components, and does nothing
    else: no guard, no change, no confidence. Both in numpy and scipy, in one thread, in turn.
    """
    given = draw_payments(sizes.transactions, sizes.seed)
    ours, bare = Watch(), Watch()
    for _ in range(ROUNDS):
        with ours:
            found = cluster_payments(given)
        with bare:
            plain = join_inputs(given)
    del ours.times[:WARM], bare.times[:WARM]
    entities, parts = len(np.unique(found.first)), int(plain.max()) + 1
    note = f"{len(given.paying):,} inputs, {len(given.taking):,} outputs, {len(given.kinds):,} wallets in {entities:,}"
    note += f" clusters; the bare one, without change and guard, {parts:,}"
    return [times_as_long(NAME, "clustering of inputs", ours.median, bare.median, 3, note=note)]


def cluster_payments(given: Payments) -> Clusters:
    """Links of both heuristics, and the clusters of those sure enough."""
    return cluster(len(given.kinds), links_of(given))


def join_inputs(given: Payments) -> Integers:
    """The number of the part that each wallet is in, by inputs alone."""
    first = np.zeros(given.transactions, np.int64)
    first[given.paying[::-1]] = given.payers[::-1]
    return components(len(given.kinds), first[given.paying], given.payers)


def draw_payments(inputs: int, seed: int) -> Payments:
    """Columns of seeded payments: 2.5 inputs and 2 outputs each in the mean, some wallets far busier than others."""
    rng = np.random.default_rng(seed)
    wallets, transactions = max(2, inputs * 3 // 5), max(1, inputs * 2 // 5)
    busy = (rng.pareto(1.2, inputs) * wallets / 600).astype(np.int64) % wallets
    # As the graph gives them: in order, each wallet of a transaction once.
    pairs = np.sort(np.sort(rng.integers(0, transactions, inputs)) * wallets + busy)
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    taking = np.sort(rng.integers(0, transactions, 2 * transactions))
    outputs = len(taking)
    return Payments(
        transactions=transactions,
        paying=pairs // wallets,
        payers=pairs % wallets,
        taking=taking,
        payees=rng.integers(0, wallets, outputs),
        amounts=rng.integers(0, 1_000_000, outputs),
        round=rng.random(outputs) < 0.3,
        seen=rng.random(outputs) < 0.7,
        kinds=rng.integers(1, 4, wallets),
    )
