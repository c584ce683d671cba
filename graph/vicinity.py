"""What the exposure of one wallet over some hops follows from, as arrays: flows, and all that is said of wallets.

It is read once, level by level, and can then be asked many questions: what if a wallet were something else, what if a
source were not believed, which flows carry it. What tracing would pass under any of them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
from msgspec import Struct

from graph.batch import Floats, Integers
from graph.errors import NotFound, QueryCut
from graph.model import Attribution, Direction
from graph.pushing import Mask
from graph.session import Row
from graph.tracing import Tracing


class Labelled(Struct, frozen=True):
    """What is said of a wallet: its category, the id of the attribution that decides, and all not withdrawn, by id."""

    category: str
    attribution: str | None
    attributions: tuple[Attribution, ...]


# Whether tracing goes on behind a wallet under any of the questions to come.
Opens = Callable[[str, Labelled | None], bool]


class Vicinity(Struct, frozen=True, dict=True):
    """Wallets by place, the one asked about at 0, and flows as a row each: who gives shares on, who takes, micro-units.

    `opened` are those whose flows are all here; those of `cut` were too many. `total` is what moved on the side
    asked for, `other` on the other; `flows` were counted, with those of a level that was not read.
    """

    direction: Direction
    hops: int
    keys: list[str]
    givers: Integers
    takers: Integers
    values: Floats
    opened: Mask
    cut: Mask
    labelled: dict[int, Labelled]
    total: int
    other: int
    flows: int
    max_flows: int
    watermark: int

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each wallet by key."""
        return {key: place for place, key in enumerate(self.keys)}

    def gathered(self, weights: Floats) -> Floats:
        """What each wallet gives by all of its flows, from a weight of each flow."""
        summed: Floats = np.bincount(self.givers, weights=weights, minlength=len(self.keys)).astype(np.float64)
        return summed

    def flow(self, source: str, target: str) -> int | None:
        """The row of a flow; None where it is not here."""
        ends = (source, target) if self.direction == "source" else (target, source)
        giver, taker = (self.places.get(key, -1) for key in ends)
        [rows] = ((self.givers == giver) & (self.takers == taker)).nonzero()
        return int(rows[0]) if len(rows) else None


async def read_vicinity(tracing: Tracing, key: str, opens: Opens) -> Vicinity:
    """Read what lies within `hops` flows of a wallet, now, behind those that `opens` lets tracing pass.

    Raises NotFound. A level that would pass the bound of flows, or takes too long, is not read: `cut` has its wallets.
    """
    gathered, level = Gathered(tracing), [key]
    for _ in range(tracing.hops):
        met = await gathered.ask(level)
        level = [one for one in met if opens(one, gathered.labelled.get(one))]
        if not level:
            break
    return gathered.vicinity(key)


class Gathered:
    """The answers so far, of each level."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing, self.rows = tracing, list[Row]()
        self._asked, self._cut = dict[str, None](), set[str]()
        self._flows = 0
        self.labelled = dict[str, Labelled]()

    async def ask(self, level: list[str]) -> list[str]:
        """Read the flows of a level; returns the wallets met that were not asked about."""
        tracing, limits = self._tracing, self._tracing.limits
        name = "inflows_of" if tracing.direction == "source" else "outflows_of"
        left = limits.max_flows - self._flows
        try:
            [row] = await tracing.graph.read(name, timeout_s=limits.timeout_s, keys=level, max_flows=left)
        except QueryCut:
            self._cut.update(level)
            return []
        if not row["known"]:
            raise NotFound("wallet", level[0])
        self._flows += row["flows"]
        self._asked.update(dict.fromkeys(level))
        if row["flows"] > left:
            self._cut.update(level)
        self.rows.append(row)
        self.labelled.update((one["key"], _labelled(one)) for one in row["labelled"])
        met = dict.fromkeys((*row["givers"], *row["pooled_givers"]))
        return [one for one in met if one not in self._asked]

    def vicinity(self, key: str) -> Vicinity:
        """Lay it out in arrays."""
        rows, is_source = self.rows, self._tracing.direction == "source"
        if not rows:
            raise QueryCut
        givers = [one for row in rows for one in (*row["givers"], *row["pooled_givers"])]
        takers = [one for row in rows for one in (*row["takers"], *row["pooled_takers"])]
        values = [one for row in rows for one in (*row["values"], *row["parts"])]
        index = {one: place for place, one in enumerate(dict.fromkeys((key, *takers, *givers)))}
        inflow, outflow = rows[0]["in_values"][0], rows[0]["out_values"][0]
        found = _joined(_places(index, givers), _places(index, takers), np.asarray(values, np.float64), len(index))
        cut = _mask(index, self._cut)
        return Vicinity(
            self._tracing.direction,
            self._tracing.hops,
            list(index),
            *found,
            _mask(index, self._asked) & ~cut,
            cut,
            {index[one]: said for one, said in self.labelled.items() if one in index},
            inflow if is_source else outflow,
            outflow if is_source else inflow,
            self._flows,
            self._tracing.limits.max_flows,
            rows[0]["watermark"],
        )


def _labelled(row: Row) -> Labelled:
    said = tuple(Attribution(**one) for one in row["attributions"])
    return Labelled(row["category"], row["attribution"], said)


def _joined(givers: Integers, takers: Integers, values: Floats, n: int) -> tuple[Integers, Integers, Floats]:
    """One row for each pair: what came through pools is added to what came without."""
    pairs, place = np.unique(givers * n + takers, return_inverse=True)
    summed = np.bincount(place, weights=values, minlength=len(pairs)).astype(np.float64)
    return pairs // n, pairs % n, summed


def _places(index: dict[str, int], keys: Iterable[str]) -> Integers:
    return np.asarray([index[key] for key in keys], dtype=np.int64)


def _mask(index: dict[str, int], keys: Iterable[str]) -> Mask:
    mask = np.zeros(len(index), bool)
    mask[[index[key] for key in keys if key in index]] = True
    return mask
