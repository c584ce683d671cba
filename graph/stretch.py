"""A stretch of one wallet's payments on one side, and what of it lies before a payment: exact, in integers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from math import sqrt
from typing import TypeVar

from msgspec import Struct

from graph.model import Window
from graph.session import Row

T = TypeVar("T")

# So many of a wallet's payments on a side make its history.
MOST = 1_000


class Stretch(Struct, frozen=True, kw_only=True):
    """Payments until a time, the latest first, as columns: time (microseconds since 1970), value, number of landing.

    `ago` is the times negated, so that they rise. `parties` has, for those that a window may reach, how many
    counterparties and their keys, none where they are too many to look into. `sums` and `squares` are running totals of
    value. `first_at` is of the very first payment, None without any; `total` counts all that the wallet ever moved on
    this side, and matters above MOST only.
    """

    at: list[int]
    ago: list[int]
    value: list[int]
    seq: list[int]
    parties: list[tuple[int, list[str]]]
    sums: list[int]
    squares: list[int]
    is_whole: bool
    first_at: int | None
    total: int

    @classmethod
    def of(cls, row: Row, most: int) -> Stretch:
        """From what was read of one side, at most `most` payments."""
        at, value = row["at_us"], row["net"]
        return cls(
            at=at,
            ago=[-one for one in at],
            value=value,
            seq=row["seq"],
            parties=row["parties"],
            sums=[0, *accumulate(value)],
            squares=[0, *accumulate(one * one for one in value)],
            is_whole=len(at) < most,
            first_at=next(iter(row["first_at_us"]), None),
            total=sum(row["total"]),
        )

    def until(self, at: int) -> int:
        """How many payments came later than `at`: the place of the first that did not."""
        return bisect_left(self.ago, -at)

    def before(self, at: int, own: int | None) -> Before:
        """What had happened at `at`, without the payment that landed as `own`, None if it is not there."""
        first = self.until(at)
        place = self.seq.index(own) if own is not None and own in self.seq else -1
        own_place = place if place >= first else None
        end = first + MOST
        last = min(end + (own_place is not None and own_place <= end), len(self.at))
        return Before(self, at, first, last, own_place)


class Before(Struct, frozen=True):
    """The part of a stretch from place `first` on; `own` is the place of the payment itself, None if not in it.

    `last` is the place after the last payment that the history takes.
    """

    stretch: Stretch
    at: int
    first: int
    last: int
    own: int | None

    @property
    def size(self) -> int:
        """How many payments were read."""
        return len(self.stretch.at) - self.first - (self.own is not None)

    @property
    def is_enough(self) -> bool:
        """Whether all was read that the history takes, and one more where there is one, to see where it is cut."""
        return self.stretch.is_whole or self.size > MOST

    @property
    def count(self) -> int:
        """Payments in all; from above MOST on as the wallet's own sums have it, later ones too."""
        if self.size <= MOST:
            return self.size
        return self.stretch.total - (0 if self.own is None else self.stretch.parties[self.own][0])

    @property
    def first_at(self) -> int | None:
        """The time of the first payment, None where there is none."""
        if not self.size:
            return None
        if self.stretch.first_at is not None:
            return self.stretch.first_at
        last = len(self.stretch.at) - 1
        return self.stretch.at[last - (last == self.own)]

    def windows(self, lengths: Iterable[int]) -> dict[int, Window]:
        """What lies within each length of time (microseconds); of payments not looked into, the largest counts."""
        found: dict[int, Window] = {}
        seen: set[str] = set()
        crowd, place = 0, self.first
        for length in sorted(lengths):
            end = self._end(length)
            for others, parties in self._of(self.stretch.parties, place, end):
                seen.update(parties)
                crowd = max(crowd, others if not parties else 0)
            place = end
            count = end - self.first - self._has_own(end)
            found[length] = Window(count, self._sum(self.stretch.sums, end), max(crowd, len(seen)))
        return found

    def between(self, low: int, high: int, length: int) -> int:
        """How many payments within a length of time had low <= value < high."""
        values = self._of(self.stretch.value, self.first, self._end(length))
        return sum(1 for value in values if low <= value < high)

    def habit(self) -> tuple[int, float | None, float | None]:
        """How many of the last payments make the habit, and the mean and deviation of their values."""
        end = self.last
        n = end - self.first - self._has_own(end)
        if not n:
            return 0, None, None
        total, squares = self._sum(self.stretch.sums, end), self._sum(self.stretch.squares, end)
        return n, total / n, sqrt(n * squares - total * total) / n

    def is_cut(self, length: int) -> bool:
        """Whether a window of that length has payments beyond what the history takes, or ones not looked into."""
        end = self._end(length)
        if self.last < len(self.stretch.at) and self.stretch.at[self.last] > self.at - length:
            return True
        return any(others and not parties for others, parties in self._of(self.stretch.parties, self.first, end))

    def _end(self, length: int) -> int:
        return min(self.stretch.until(self.at - length), self.last)

    def _has_own(self, end: int) -> bool:
        return self.own is not None and self.own < end

    def _sum(self, running: list[int], end: int) -> int:
        own = 0 if self.own is None or self.own >= end else running[self.own + 1] - running[self.own]
        return running[end] - running[self.first] - own

    def _of(self, column: list[T], start: int, end: int) -> list[T]:
        cut = column[start:end]
        if self.own is not None and start <= self.own < end:
            del cut[self.own - start]
        return cut
