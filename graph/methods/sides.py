"""What a method traced, of all wallets, in the shape that the batch of the haircut has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.batch import END, Floats, Integers, Pushed, Side
from graph.methods.ground import OPEN, PASSES, Met
from graph.model import Direction
from graph.taxonomy import Taxonomy


def kinds_of(categories: Sequence[str], taxonomy: Taxonomy) -> tuple[Integers, list[str]]:
    """The number of each wallet's stop among those that there are, and their names in the order of the table."""
    there = set(categories)
    names = [name for name in taxonomy.names if name in there and taxonomy.get(name).stops]
    numbers = {name: number for number, name in enumerate(names)} | dict.fromkeys(taxonomy.passing, PASSES)
    kinds = (numbers.get(category, OPEN) for category in categories)
    return np.fromiter(kinds, np.int64, len(categories)), names


def side_of(met: Met, names: Sequence[str], direction: Direction) -> Side:
    """Shares of what each wallet was given, by category and by residual; 0 for one that was given nothing."""
    totals = np.maximum(1, met.totals)
    residuals = {END[direction]: met.end.sum(axis=1) / totals, "hop_limit": met.hop_limit / totals}
    categories = {name: _pushed(met.kinds[kind] / totals[:, None]) for kind, name in enumerate(names)}
    return Side(categories, residuals, met.passed / totals)


def _pushed(by_hop: Floats) -> Pushed:
    there = by_hop > 0
    nearest = np.where(there.any(axis=1), there.argmax(axis=1) + 1, 0).astype(np.int8)
    return Pushed(by_hop.sum(axis=1), by_hop[:, 0], nearest)
