"""What methods that respect time go by, and what they find: transfers in order, and what each wallet is."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.batch import Floats, Integers
from graph.methods.loops import Loops, compiled_loops
from graph.model import Direction
from graph.transfers import Transfers

# What a wallet is, where it is not a kind of stop.
OPEN, PASSES, CUT = -1, -2, -3
# Cells to write below which interpreting takes less than compiling: about a second.
MANY = 300_000
# A part of a wallet's whole below which it is what rounding has left.
LEAST = 1e-12
_PAYS_AND_IS_PAID = 3


class Met(Struct, frozen=True, dict=True):
    """Micro-units of all that each wallet was given: `end` and each of `kinds` have a row a wallet, a column a hop.

    `end` is what no transfer brought (`origin`), or none took on (`unspent`); at hop 1 there is none. `limit` comes
    from wallets whose transfers were not read. Integers by FIFO; by haircut shares of integers. `passed` is what met a
    pass-through wallet; `totals` are integers: all that a wallet was given.
    """

    end: NDArray[Any]
    kinds: tuple[NDArray[Any], ...]
    limit: NDArray[Any]
    passed: Floats
    totals: Integers

    @cached_property
    def hop_limit(self) -> NDArray[Any]:
        """What came from beyond the last hop: all the rest. Less than rounding can leave is none."""
        left = self.totals - self.limit
        for units in (self.end, *self.kinds):
            for hop in range(units.shape[1]):
                left = left - units[:, hop]
        found: NDArray[Any] = np.where(left < LEAST * self.totals, 0, left)
        return found


class Ground(Struct, frozen=True):
    """What both methods go by: who gives and who takes in each transfer, and what each wallet is.

    `kinds` are numbers of stops, or OPEN, PASSES or CUT; `taken` is how much of each payment its payer had, `ways` its
    weights by haircut; `holds` who was given something that he gave on.
    """

    givers: NDArray[np.int32]
    takers: NDArray[np.int32]
    values: Integers
    kinds: Integers
    taken: Integers
    ways: Floats
    totals: Integers
    holds: NDArray[np.bool_]
    direction: Direction
    hops: int
    loops: Loops

    @property
    def width(self) -> int:
        """Kinds of stops, and the end."""
        return int(max(-1, self.kinds.max(initial=-1))) + 2

    @property
    def bounds(self) -> Integers:
        """As the loops take them."""
        return np.asarray([self.width, self.hops, self.direction == "destination"], np.int64)


def lay_ground(
    transfers: Transfers, kinds: Integers | list[int], *, direction: Direction, hops: int, compiled: bool | None = None
) -> Ground:
    """Match payments with what their payers had. `kinds` tells of each wallet what it is, as in Ground.

    `compiled` None compiles the loops where there is much to do; the answer is the same to the bit.
    """
    is_source, given, count = direction == "source", np.asarray(kinds, np.int64), len(transfers.values)
    many = count * hops * (given.max(initial=0) + 2) > MANY if compiled is None else compiled
    loops = compiled_loops() if many else Loops()
    payers, payees, values = transfers.payers, transfers.payees, transfers.values
    taken, ways, roles = np.empty(count, np.int64), np.empty((count, 2)), np.zeros(len(kinds), np.int8)
    balances, totals = np.zeros(len(kinds), np.int64), np.zeros(len(kinds), np.int64)
    loops.match(payers, payees, values, given, not is_source, balances, taken, ways, roles, totals)
    givers, takers = (payers, payees) if is_source else (payees, payers)
    holds = (roles == _PAYS_AND_IS_PAID) & ((given == OPEN) | (given == PASSES))
    return Ground(givers, takers, values, given, taken, ways, totals, holds, direction, hops, loops)
