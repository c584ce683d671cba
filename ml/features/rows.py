"""Rows sorted by the wallet they belong to, with sums, extremes and quantiles per wallet; no loop over wallets."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml.movements import Floats, Integers, Movements

# A wallet's own features look at its newest movements only, so many on each side, in a batch as for a single payment:
# so both compute the same from the same rows, and a hub's payment costs no more than anybody's.
WINDOW = 500
SECOND = 1_000_000
# What a feature is where there is nothing to tell it from: no other value of it is below 0.
UNKNOWN = -1.0
Mask = NDArray[np.bool_]


class Rows:
    """Rows by owner, ascending; what is computed per wallet has one entry for each of `wallets`."""

    def __init__(self, wallets: int, owners: Integers) -> None:
        self.wallets, self.owners = wallets, owners

    def __len__(self) -> int:
        return len(self.owners)

    @cached_property
    def counts(self) -> Integers:
        """How many rows each wallet has."""
        return np.bincount(self.owners, minlength=self.wallets)

    @cached_property
    def starts(self) -> Integers:
        """Where the rows of each wallet begin."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def present(self) -> Integers:
        """The wallets that have rows."""
        return self.counts.nonzero()[0]

    @cached_property
    def begins(self) -> Mask:
        """Of each row, whether it is its wallet's first."""
        begins = np.zeros(len(self), np.bool_)
        begins[self.starts[self.present]] = True
        return begins

    def sum(self, values: Floats | Integers | Mask) -> Floats:
        """Add up each wallet's rows; 0 without any."""
        return added(self.owners, values, self.wallets)

    def mean(self, values: Floats | Integers | Mask) -> Floats:
        """Average each wallet's rows; unknown without any."""
        return ratio(self.sum(values), self.counts)

    def deviation(self, values: Floats) -> Floats:
        """The standard deviation of each wallet's rows; unknown for fewer than two."""
        away = values - self.mean(values)[self.owners]
        return np.where(self.counts > 1, np.sqrt(self.sum(away * away) / self.counts.clip(min=1)), UNKNOWN)

    def largest(self, values: Floats | Integers) -> Floats:
        """The largest of each wallet's rows; unknown without any."""
        return self._reduced(np.maximum, values)

    def least(self, values: Floats | Integers) -> Floats:
        """The least of each wallet's rows; unknown without any."""
        return self._reduced(np.minimum, values)

    def median(self, values: Floats | Integers) -> Floats:
        """The median of each wallet's rows; unknown without any."""
        found = np.full(self.wallets, UNKNOWN)
        ordered = values[np.lexsort((values, self.owners))]
        first, count = self.starts[self.present], self.counts[self.present]
        found[self.present] = (ordered[first + (count - 1) // 2] + ordered[first + count // 2]) / 2
        return found

    def _reduced(self, reduce: np.ufunc, values: Floats | Integers) -> Floats:
        found = np.full(self.wallets, UNKNOWN)
        if len(self):
            found[self.present] = reduce.reduceat(values, self.starts[self.present])
        return found


class Partners(Rows):
    """One row per wallet and counterparty on one side, with the value between them."""

    def __init__(self, wallets: int, owners: Integers, others: Integers, values: Floats) -> None:
        super().__init__(wallets, owners)
        self.others, self.values = others, values

    def held_by(self, other: Partners) -> Mask:
        """Of each row, whether the same two stand in another table as well."""
        n = max(1, self.wallets)
        return np.isin(self.owners * n + self.others, other.owners * n + other.others, assume_unique=True)


class Side(Rows):
    """Movements from the view of one of their two wallets, in order of time within a wallet.

    `others` are the counterparties, `values` micro-units, `times` whole seconds.
    """

    def __init__(self, moved: Movements, owners: Integers, others: Integers, rows: Integers) -> None:
        super().__init__(moved.wallets, owners[rows])
        self.others, self.values = others[rows], moved.values[rows].astype(np.float64)
        self.times, self.transactions = moved.times[rows] // SECOND, moved.transactions[rows]

    @cached_property
    def total(self) -> Floats:
        """What moved on this side of each wallet."""
        return self.sum(self.values)

    @cached_property
    def partners(self) -> Partners:
        """Its counterparties."""
        n = max(1, self.wallets)
        pairs, place = np.unique(self.owners * n + self.others, return_inverse=True)
        return Partners(self.wallets, pairs // n, pairs % n, added(place, self.values, len(pairs)))


class Events(Rows):
    """Each transaction that moved money of a wallet once, in order of time.

    `pays` is whether the wallet paid in it, `values` what it paid, or else was paid.
    """

    def __init__(self, paid: Side, got: Side) -> None:
        owners = np.concatenate((paid.owners, got.owners))
        times = np.concatenate((paid.times, got.times))
        transactions = np.concatenate((paid.transactions, got.transactions))
        pays = np.arange(len(owners)) < len(paid)
        order = np.lexsort((~pays, transactions, times, owners))
        ordered = owners[order], transactions[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = (np.diff(ordered[0]) != 0) | (np.diff(ordered[1]) != 0)
        kept = order[first]
        super().__init__(paid.wallets, owners[kept])
        self.times, self.pays = times[kept], pays[kept]
        event, values = np.cumsum(first) - 1, np.concatenate((paid.values, got.values))[order]
        self.values = added(event, values * (pays[order] == self.pays[event]), len(kept))

    @cached_property
    def follows(self) -> Mask:
        """Of each event, whether its wallet had one before."""
        return ~self.begins

    @cached_property
    def funded_by(self) -> Integers:
        """Of each event the latest before it, of the same wallet, that brought it money; -1 if there is none."""
        latest = np.maximum.accumulate(np.where(self.pays, -1, np.arange(len(self))))
        return np.where(latest >= self.starts[self.owners], latest, -1)

    @cached_property
    def gaps(self) -> Rows:
        """The rows of `gap_s`: one fewer than events of each wallet."""
        return Rows(self.wallets, self.owners[self.follows])

    @cached_property
    def gap_s(self) -> Floats:
        """Seconds from each event, but a wallet's first, back to the one before."""
        return np.diff(self.times, prepend=0)[self.follows].astype(np.float64)

    def within(self, seconds: int) -> Integers:
        """How many events of the same wallet lie in the span that begins with each event, itself included."""
        when = spread(self.owners, self.times)
        within: Integers = np.searchsorted(when, when + seconds, side="right") - np.arange(len(self))
        return within


def spread(owners: Integers, times: Integers) -> Integers:
    """One number per row that sorts by owner, then time, with room for a year between two owners.

    Two rows of one owner are as far apart as their times.
    """
    if not len(times):
        return owners
    room = int(times.max() - times.min()) + 366 * 86_400
    when: Integers = owners * room + (times - times.min())
    return when


def newest(order: Integers, starts: Integers) -> Integers:
    """The last WINDOW rows of each wallet, of rows sorted by wallet, then time."""
    counts = np.diff(starts)
    if not len(counts) or counts.max() <= WINDOW:
        return order
    ends = np.repeat(starts[1:], counts)
    kept: Integers = order[ends - np.arange(len(order)) <= WINDOW]
    return kept


def added(places: Integers, values: Floats | Integers | Mask, count: int) -> Floats:
    """Add up values by place, of which there are `count`; 0 where there is none."""
    return np.bincount(places, values, count).astype(np.float64, copy=False)


def ratio(above: Floats | Integers, below: Floats | Integers) -> Floats:
    """One divided by the other, unknown where there is nothing to divide by."""
    found = np.full(np.shape(below), UNKNOWN)
    np.divide(above, below, out=found, where=below > 0)
    return found
