"""What the models are measured on: movements, what wallets are, and how labels are parted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.ground import BenchError
from graph.model import MICRO
from graph.taxonomy import load_taxonomy
from ml.movements import Attributed, FeatureTable, Integers, Labels, Movements

Flags = NDArray[np.bool_]
SECOND = 1_000_000
DAY_S = 86_400
# What wallets known to be illicit are taken for; nothing here tells of which kind.
ILLICIT = "scam"
# Numbers below are steps of a simulation, a day each; above, seconds since 1970.
MOST_STEPS = 1_000_000


class Split(Struct, frozen=True):
    """Places learned from, and places measured, of one seed."""

    seed: int
    learned: Integers
    measured: Integers


class Sample(Struct, frozen=True, kw_only=True):
    """A set: `illicit` of each wallet, of which only those in splits are known.

    `known` are categories that are no labels; `parts` are wallets that are measured apart as well, by what they are;
    `rule` are wallets that a plain rule finds; `given` are features that come with the set. `note` is
    what a reader must know of the figures.
    """

    name: str
    movements: Movements
    illicit: Flags
    splits: Sequence[Split]
    note: str
    known: Mapping[int, str] = {}
    parts: Mapping[str, Flags] = {}
    rule: Flags | None = None
    steps: Integers | None = None
    given: FeatureTable | None = None


def movements_of(
    wallets: Sequence[str], payers: Integers, payees: Integers, values: Integers, times: Integers
) -> tuple[Movements, Integers]:
    """Movements in order of time between wallets in order of key, and the place of each wallet given.

    Payments to oneself and of nothing are left out.
    """
    order = np.array(sorted(range(len(wallets)), key=wallets.__getitem__), np.int64)
    places = np.empty(len(wallets), np.int64)
    places[order] = np.arange(len(wallets))
    moved = np.flatnonzero((payers != payees) & (values > 0))
    moved = moved[np.lexsort((payees[moved], payers[moved], values[moved], times[moved]))]
    keys = [wallets[place] for place in order]
    rows = places[payers[moved]], places[payees[moved]], values[moved], times[moved]
    return Movements(keys, *rows, np.arange(len(moved))), places


def attributed_of(sample: Sample, labels: Labels) -> Attributed:
    """What is known of wallets when these labels are: a model's features never see its own wallet's."""
    categories = [""] * sample.movements.wallets
    for place, category in sample.known.items():
        categories[place] = category
    for place in labels.places[labels.illicit].tolist():
        categories[place] = ILLICIT
    return Attributed(categories, tuple(load_taxonomy().categories.values()))


def labels_of(sample: Sample, places: Integers) -> Labels:
    """The labels of some wallets, all known since the beginning."""
    return Labels(places, sample.illicit[places], np.zeros(len(places), np.int64))


def amount(text: str) -> int:
    """An amount as micro-units; raises ValueError for what is none, or below 0."""
    value = float(text)
    if not 0 <= value < 2**53 / MICRO:
        raise ValueError(text)
    return round(value * MICRO)


def moment(text: str) -> int:
    """A time in microseconds: a step (a day), seconds since 1970, or a date; raises ValueError."""
    try:
        number = float(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * SECOND)
    if not math.isfinite(number):
        raise ValueError(text)
    return round(number * (DAY_S if abs(number) < MOST_STEPS else 1) * SECOND)


def need_both(illicit: Flags, where: str, least: int = 20) -> None:
    """Raise BenchError unless there are enough wallets of each class to learn from and to measure."""
    found = int(np.count_nonzero(illicit))
    if min(found, len(illicit) - found) < least:
        raise BenchError(
            f"{where}: {found} illicit and {len(illicit) - found} other wallets; at least {least} of each are needed"
        )
