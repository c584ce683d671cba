"""A folder of AMLSim, or of the same form: accounts with a flag, and payments between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.ground import BenchError
from bench.models.csv_columns import find_csv, parsed, read_columns
from bench.models.sets import Flags, Sample, Split, amount, moment, movements_of, need_both
from graph.model import MICRO
from ml.movements import Integers, Movements
from ml.splits import split_at_random

LEARNED = 0.7
# The shortcut of the published sets: amounts below this, and pairs that pay again, touch only flagged accounts.
SMALL = 100 * MICRO
MISSED = "missed by the rule"
_FLAGS = {"0": False, "1": True, "false": False, "true": True}


def is_amlsim(folder: Path) -> bool:
    """Whether both files are there."""
    return all(find_csv(folder, name) for name in ("nodes.csv", "transactions.csv"))


def read_amlsim(folder: Path, seeds: Sequence[int]) -> Sample:
    """Read accounts and payments; of the columns of accounts only number and flag, since another tells when it acts."""
    ids, flags = read_columns(folder, "nodes.csv", ("nodeid", "isFraud"))
    place = {id_.strip(): at for at, id_ in enumerate(ids)}
    if len(place) < len(ids):
        raise BenchError(f"{folder}: nodes.csv has the same nodeid more than once")
    illicit = np.array(parsed(flags, _flag, f"{folder}: isFraud in nodes.csv must be 0 or 1"))
    need_both(illicit, str(folder))
    movements, places = _payments(folder, list(place), place)
    labels = np.empty(len(ids), np.bool_)
    labels[places] = illicit
    found = rule_finds(movements)
    return Sample(
        name=f"AMLSim ({folder.name})",
        movements=movements,
        illicit=labels,
        splits=[_split(labels, seed) for seed in seeds],
        note=f"70/30 of accounts at random, seeds {', '.join(map(str, seeds))}; the rule: an account with a payment "
        "below 100 or more than one to the same account, which in the published set only flagged ones have",
        parts={MISSED: ~found},
        rule=found,
    )


def rule_finds(movements: Movements) -> Flags:
    """Accounts with a payment below 100, or more than one to the same account."""
    pairs = movements.payers * movements.wallets + movements.payees
    _, place, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    rows = (movements.values < SMALL) | (counts[place] > 1)
    found = np.zeros(movements.wallets, np.bool_)
    found[movements.payers[rows]] = found[movements.payees[rows]] = True
    return found


def _payments(folder: Path, ids: list[str], place: dict[str, int]) -> tuple[Movements, Integers]:
    columns = read_columns(folder, "transactions.csv", ("sourceNodeId", "targetNodeId", "value", "time"))
    said = f"{folder}: {{}} in transactions.csv must be {{}}"

    def account(name: str, texts: list[str]) -> Integers:
        return np.array(parsed(texts, lambda text: _known(place, text), said.format(name, "a nodeid of nodes.csv")))

    payers, payees = account("sourceNodeId", columns[0]), account("targetNodeId", columns[1])
    values = parsed(columns[2], amount, said.format("value", "an amount of at least 0"))
    times = parsed(columns[3], moment, said.format("time", "a step, seconds since 1970, or a date"))
    if not values:
        raise BenchError(f"{folder}: transactions.csv has no rows")
    return movements_of(ids, payers, payees, np.array(values), np.array(times))


def _split(illicit: Flags, seed: int) -> Split:
    return Split(seed, *split_at_random(np.arange(len(illicit)), illicit, LEARNED, seed))


def _known(place: dict[str, int], text: str) -> int:
    if text not in place:
        raise ValueError(text)
    return place[text]


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text.lower()]
