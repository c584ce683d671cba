"""The simulator's own typologies: instances of each pattern among wallets that do nothing special, and near misses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.models.sets import SECOND, Sample, Split, movements_of
from jobs.simulation import simulate_columns
from jobs.typologies import plant_typologies
from ml.splits import split_at_random

WALLETS, TRANSACTIONS, INSTANCES = 10_000, 60_000, 25
LEARNED = 0.7
PLANTED = "against near misses"


def draw_simulated(seeds: Sequence[int]) -> Sample:
    """Draw a graph with the first seed; a party to an instance is illicit, one to a near miss is not."""
    columns, planted = plant_typologies(simulate_columns(seeds[0], WALLETS, TRANSACTIONS), seeds[0], INSTANCES)
    movements, places = movements_of(
        columns.addresses, columns.sender, columns.receiver, columns.value, columns.at * SECOND
    )
    place = {address: at for at, address in enumerate(movements.keys)}
    illicit, near = np.zeros(len(place), np.bool_), np.zeros(len(place), np.bool_)
    known = {places[at]: category for at, category in enumerate(columns.category) if category}
    for one in planted:
        parties = [place[address] for address in one.wallets if place[address] not in known]
        (near if one.is_near_miss else illicit)[parties] = True
    labelled = np.array([at for at in range(len(place)) if at not in known], np.int64)
    return Sample(
        name="Simulated typologies",
        movements=movements,
        illicit=illicit,
        splits=[Split(seed, *split_at_random(labelled, illicit[labelled], LEARNED, seed)) for seed in seeds],
        note=f"{INSTANCES} instances of each of six patterns, half as many near misses, 70/30 of wallets, so that "
        "others of the same instance may be known; near misses have the same amounts",
        known=known,
        parts={PLANTED: illicit | near},
    )
