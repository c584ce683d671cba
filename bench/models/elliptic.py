"""Elliptic: Bitcoin transactions in 49 time steps, by structure alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.models.csv_columns import find_csv, parsed, read_columns
from bench.models.sets import DAY_S, SECOND, Sample, Split, movements_of, need_both
from graph.model import MICRO

LAST_LEARNED = 34
STEP_DAYS = 14


def is_elliptic(folder: Path) -> bool:
    """Whether nodes and edges are there."""
    return all(find_csv(folder, name) for name in ("nodes.csv", "elliptic_txs_edgelist.csv"))


def read_elliptic(folder: Path, seed: int) -> Sample:
    """Each transaction stands for a wallet, each edge for a payment of one unit; steps do not touch each other."""
    ids, told, classes = read_columns(folder, "nodes.csv", ("txId", "time_step", "class"))
    givers, takers = read_columns(folder, "elliptic_txs_edgelist.csv", ("txId1", "txId2"))
    place = {id_: at for at, id_ in enumerate(ids)}
    step = np.array(parsed(told, int, f"{folder}: time_step in nodes.csv must be a whole number"), np.int64)
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
    return Sample(
        name="Elliptic by structure",
        movements=movements,
        illicit=illicit,
        splits=[Split(seed, np.flatnonzero(labelled & early), np.flatnonzero(labelled & ~early))],
        note=f"learned from steps 1-{LAST_LEARNED}, measured on the later ones, without the features that come with "
        "the set: near chance is what to expect",
        steps=steps,
    )
