"""What features are computed from: movements sorted by wallet, flows as sparse rows; each made once, when asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct

from ml.features.rows import Events, Side, added, newest
from ml.movements import Attributed, Floats, Integers, Movements

T = TypeVar("T")


class Flows(Struct, frozen=True):
    """All movements from one wallet to another as one row, sorted by source, then target; places are wallets'.

    `values` are micro-units, `counts` movements, `first_at` and `last_at` microseconds.
    """

    sources: Integers
    targets: Integers
    values: Floats
    counts: Integers
    first_at: Integers
    last_at: Integers

    def __len__(self) -> int:
        return len(self.sources)


class Context:
    """Movements and what is known of wallets, in the orders that features need.

    A wallet's rows are `order[starts[w] : starts[w + 1]]` of the arrays named beside; rows are in order of time
    within a wallet. Nothing is computed before it is asked for, and nothing twice.
    """

    def __init__(self, movements: Movements, attributed: Attributed) -> None:
        self.movements, self.attributed = movements, attributed
        self.wallets = movements.wallets
        self._values: dict[Callable[[Context], Any], Any] = {}

    def value(self, compute: Callable[[Context], T]) -> T:
        """Return what a feature, or what several features have in common, computes: once for each."""
        if compute not in self._values:
            self._values[compute] = compute(self)
        found: T = self._values[compute]
        return found

    @cached_property
    def paid_order(self) -> Integers:
        """Movements sorted by payer, then time."""
        return np.argsort(self.movements.payers, kind="stable")

    @cached_property
    def got_order(self) -> Integers:
        """Movements sorted by payee, then time."""
        return np.argsort(self.movements.payees, kind="stable")

    @cached_property
    def paid_starts(self) -> Integers:
        """Where each wallet's rows begin in `paid_order`, and at last where they end."""
        return starts(self.movements.payers, self.wallets)

    @cached_property
    def got_starts(self) -> Integers:
        """Where each wallet's rows begin in `got_order`, and at last where they end."""
        return starts(self.movements.payees, self.wallets)

    @cached_property
    def paid(self) -> Side:
        """What each wallet paid, its newest movements only (`ml.features.rows.WINDOW`)."""
        moved = self.movements
        return Side(moved, moved.payers, moved.payees, newest(self.paid_order, self.paid_starts))

    @cached_property
    def got(self) -> Side:
        """What each wallet was paid, its newest movements only."""
        moved = self.movements
        return Side(moved, moved.payees, moved.payers, newest(self.got_order, self.got_starts))

    @cached_property
    def events(self) -> Events:
        """The transactions of each wallet within `paid` and `got`."""
        return Events(self.paid, self.got)

    @cached_property
    def _pairs(self) -> tuple[Integers, Integers]:
        """Each movement's pair of wallets as one number, and the movements sorted by it."""
        pairs = self.movements.payers * max(1, self.wallets) + self.movements.payees
        return pairs, np.argsort(pairs, kind="stable")

    @cached_property
    def flows(self) -> Flows:
        """One row per ordered pair of wallets."""
        pairs, order = self._pairs
        keys, first = np.unique(pairs[order], return_index=True)
        counts = np.diff(np.append(first, len(order)))
        values = added(self.flow_of, self.movements.values, len(keys))
        times = self.movements.times[order]
        last = first + counts - 1
        n = max(1, self.wallets)
        return Flows(keys // n, keys % n, values, counts, times[first], times[last])

    @cached_property
    def flow_of(self) -> Integers:
        """The flow of each movement."""
        pairs, order = self._pairs
        found = np.empty(len(pairs), np.int64)
        ordered = pairs[order]
        found[order] = np.cumsum(np.diff(ordered, prepend=ordered[:1]) != 0)
        return found

    @cached_property
    def out_starts(self) -> Integers:
        """Where each wallet's flows out begin in `flows`, and at last where they end."""
        return starts(self.flows.sources, self.wallets)

    @cached_property
    def in_order(self) -> Integers:
        """Flows sorted by target, then source."""
        return np.argsort(self.flows.targets, kind="stable")

    @cached_property
    def in_starts(self) -> Integers:
        """Where each wallet's flows in begin in `in_order`, and at last where they end."""
        return starts(self.flows.targets, self.wallets)

    @cached_property
    def reverse(self) -> Integers:
        """Of each flow the one that goes the other way between the same two; -1 if there is none."""
        flows, n = self.flows, max(1, self.wallets)
        keys, wanted = flows.sources * n + flows.targets, flows.targets * n + flows.sources
        at = np.searchsorted(keys, wanted).clip(max=max(0, len(keys) - 1))
        return np.where(keys[at] == wanted, at, -1)


def starts(places: Integers, wallets: int) -> Integers:
    """Where the rows of each place begin once they are sorted by it: one more than there are wallets."""
    return np.concatenate(([0], np.cumsum(np.bincount(places, minlength=wallets)))).astype(np.int64)
