"""Elliptic: Bitcoin transactions in 49 time steps, by structure alone, and with its own features if they are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from bench.ground import BenchError
from bench.models.csv_columns import find_csv, parsed, read_columns, read_numbers
from bench.models.sets import DAY_S, SECOND, Sample, Split, movements_of, need_both
from graph.model import MICRO
from ml.movements import FeatureTable

NODES, EDGES, FEATURES = "nodes.csv", "elliptic_txs_edgelist.csv", "elliptic_txs_features.csv"
LAST_LEARNED = 34
STEP_DAYS = 14


def is_elliptic(folder: Path) -> bool:
    """Whether nodes and edges are there."""
    return all(find_csv(folder, name) for name in (NODES, EDGES))


def read_elliptic(folder: Path, seed: int) -> Iterator[Sample]:
    """Each transaction stands for a wallet, each edge for a payment of one unit; steps do not touch each other."""
    ids, told, classes = read_columns(folder, NODES, ("txId", "time_step", "class"))
    givers, takers = read_columns(folder, EDGES, ("txId1", "txId2"))
    place = {id_: at for at, id_ in enumerate(ids)}
    step = np.array(parsed(told, int, f"{folder}: time_step in {NODES} must be a whole number"), np.int64)
    payers = np.array([place[id_] for id_ in givers], np.int64)
    payees = np.array([place[id_] for id_ in takers], np.int64)
    times = step[payers] * STEP_DAYS * DAY_S * SECOND
    movements, places = movements_of(ids, payers, payees, np.full(len(payers), MICRO), times)
    # Where wallet number n of the file stands among keys in order.
    order = np.argsort(places)
    illicit = np.array([name == "1" for name in classes])[order]
    labelled = np.array([name in {"1", "2"} for name in classes])[order]
    steps = step[order]
    need_both(illicit[labelled], str(folder))
    early = steps <= LAST_LEARNED
    split = f"learned from steps 1-{LAST_LEARNED}, measured on the later ones"
    sample = Sample(
        name="Elliptic by structure",
        movements=movements,
        illicit=illicit,
        splits=[Split(seed, np.flatnonzero(labelled & early), np.flatnonzero(labelled & ~early))],
        note=f"{split}, without the features that come with the set: near chance is what to expect",
        steps=steps,
    )
    yield sample
    if find_csv(folder, FEATURES):
        given = _given(folder, movements.keys)
        note = f"{split}; every model but isolation has the {len(given.names)} features of the set besides"
        yield replace(sample, name="Elliptic with its features", given=given, note=note)


def _given(folder: Path, keys: list[str]) -> FeatureTable:
    """The set's own features in order of key; a row is an id, a step, and numbers. Raises BenchError."""
    rows = read_numbers(folder, FEATURES)
    place = {str(int(id_)): at for at, id_ in enumerate(rows[:, 0])}
    if missing := [key for key in keys if key not in place]:
        raise BenchError(f"{folder}: {FEATURES} has no row of txId {missing[0]}, which is in {NODES}")
    values = rows[[place[key] for key in keys], 2:]
    return FeatureTable(tuple(f"given_{number}" for number in range(1, values.shape[1] + 1)), values)
