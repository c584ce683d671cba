"""What wallets give on, level by level: all that their counterparties need when only those are computed again.

What a wallet met at exactly level l is what its payers give at level l - 1, haircut. So whoever knows what all payers
of a wallet give knows the wallet, and need not trace further. At level 0 a wallet gives itself, if something ends
there; at level l what it met there, unless tracing stops at it. Units are those of the grid of `graph.batch`, so that
what is computed from stored levels is what a batch would compute, to the bit. What a wallet met and does not give on is
stored as well: with it a wallet is known before and after a change of what some of its payers give, without the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.taxonomy import Taxonomy

WHOLE = 1 << 60
END_KIND, PASSED_KIND = "end", "passed"
_ENTRY = np.dtype([("level", "u1"), ("kind", "u1"), ("units", "<i8")])
_HEAD = 8
_FORM = "2"  # of the vectors; another release's are known by it and not used
_KEPT = 0x80  # set in a level: met there, and not given on
Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]


class LevelFormat(Struct, frozen=True):
    """How levels of runs over `hops` flows are written; kinds are numbered.

    First come the categories at which tracing stops, then wallets where the money ends, then those it passed through.
    """

    kinds: tuple[str, ...]
    hops: int

    @classmethod
    def of(cls, taxonomy: Taxonomy, hops: int) -> LevelFormat:
        """The format of runs over so many flows."""
        stopping = [name for name in taxonomy.names if name in taxonomy.illicit or name in taxonomy.services]
        return cls((*stopping, END_KIND, PASSED_KIND), hops)

    @property
    def stopping(self) -> tuple[str, ...]:
        """The categories at which tracing stops, in the order of the table."""
        return self.kinds[:-2]

    def is_given(self, level: int, kinds: Sequence[str]) -> bool:
        """Whether anybody asks what wallets give at a level; an end must be met one flow before the hop limit."""
        return level < self.hops - (END_KIND in kinds)

    def head(self, run: str) -> bytes:
        """What every vector begins with: what another run, or one of other categories or hops has stored is known."""
        return blake2b("\n".join((_FORM, run, str(self.hops), *self.kinds)).encode(), digest_size=_HEAD).digest()


class Levels(Struct, frozen=True):
    """What many wallets give, gathered in any order; wallets are places in somebody's list."""

    form: LevelFormat
    stops: Mask
    passes: Mask
    places: list[Integers]
    entries: list[NDArray[np.void]]

    @classmethod
    def of(cls, form: LevelFormat, taxonomy: Taxonomy, categories: Sequence[str], known: Integers) -> Levels:
        """Begin with level 0 of wallets with these categories; `known` is 0 where their money ends."""
        numbers = {name: number for number, name in enumerate(form.stopping)}
        passed = {name: len(form.kinds) for name in taxonomy.passing}
        codes = np.asarray([numbers.get(name, passed.get(name, -1)) for name in categories], dtype=np.int64)
        levels = cls(form, (codes >= 0) & (codes < len(numbers)), codes == len(form.kinds), [], [])
        stops, ends = levels.stops.nonzero()[0], ((known == 0) & ~levels.stops).nonzero()[0]
        levels._take(0, codes[stops], stops, np.full(len(stops), WHOLE))
        levels._take(0, np.full(len(ends), len(form.kinds) - 2), ends, np.full(len(ends), WHOLE))
        passes = levels.passes.nonzero()[0]
        levels._take(0, np.full(len(passes), len(form.kinds) - 1), passes, np.full(len(passes), WHOLE))
        return levels

    def add(self, level: int, kinds: Sequence[str], places: Integers, units: Integers) -> None:
        """Take in what places have met at a level: a row of `units` a kind, a column a place."""
        held = self.stops[places] | self.passes[places] if PASSED_KIND in kinds else self.stops[places]
        kept = np.where(held | (not self.form.is_given(level, kinds)), level | _KEPT, level)
        numbers = np.asarray([self.form.kinds.index(kind) for kind in kinds], dtype=np.int64)
        rows, columns = units.nonzero()
        self._take(kept[columns], numbers[rows], places[columns], units[rows, columns])

    def _take(self, level: int | Integers, kinds: Integers, places: Integers, units: Integers) -> None:
        entries = np.empty(len(places), _ENTRY)
        entries["level"], entries["kind"], entries["units"] = level, kinds, units
        self.places.append(places)
        self.entries.append(entries)

    def pack(self, n: int, run: str) -> list[bytes]:
        """Write what the first n places give, one value each."""
        head, places, entries = self.form.head(run), np.concatenate(self.places), np.concatenate(self.entries)
        order = np.argsort(places, kind="stable")
        bounds = (np.searchsorted(places[order], np.arange(n + 1)) * _ENTRY.itemsize).tolist()
        data = entries[order].tobytes()
        return [head + data[first:last] for first, last in pairwise(bounds)]


class Given(Struct, frozen=True):
    """What is known of some wallets beforehand, in arrays (level, kind, place).

    `units` is all that the places from `first` on give: their own flows are not looked at. `base` is what those before
    have met of others than the flows and pools at hand.
    """

    form: LevelFormat
    first: int
    units: Integers
    base: Integers

    def wallets(self, n: int) -> Mask:
        """Which of n places are not looked at."""
        return np.arange(n) >= self.first

    def fill(self, level: int, kinds: Sequence[str], met: Integers) -> None:
        """Write what is known of a level into an array of everybody, a row a kind."""
        rows = [self.form.kinds.index(kind) for kind in kinds]
        met[:, : self.first] += self.base[level, rows]
        if self.form.is_given(level, kinds):
            met[:, self.first :] = self.units[level, rows]


class Unpacked(Struct, frozen=True):
    """Stored vectors read back, in arrays (level, kind, place) of levels 0 to the hop limit."""

    given: Integers
    met: Integers


def unpack(form: LevelFormat, run: str, written: Sequence[bytes]) -> Unpacked | None:
    """Read vectors; None if one was written otherwise, or not at all."""
    head = form.head(run)
    if not all(one.startswith(head) for one in written):
        return None
    entries = np.frombuffer(b"".join([one[_HEAD:] for one in written]), _ENTRY)
    counts = (np.fromiter(map(len, written), np.int64, len(written)) - _HEAD) // _ENTRY.itemsize
    places, levels = np.repeat(np.arange(len(written)), counts), entries["level"] & ~np.uint8(_KEPT)
    shape = (form.hops + 1, len(form.kinds), len(written))
    given, met = (
        _spread(shape, levels, entries, places, chosen) for chosen in (entries["level"] == levels, levels > 0)
    )
    return Unpacked(given, met)


def _spread(
    shape: tuple[int, int, int], levels: NDArray[np.uint8], entries: NDArray[np.void], places: Integers, chosen: Mask
) -> Integers:
    units = np.zeros(shape, np.int64)
    units[levels[chosen], entries["kind"][chosen], places[chosen]] = entries["units"][chosen]
    return units
