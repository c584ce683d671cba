"""The time-ordered haircut: each payment is made of what its payer holds by then, in proportion."""

from __future__ import annotations

import numpy as np

from graph.batch import Floats, Integers
from graph.methods.ground import CUT, PASSES, Ground, Met

_NOTHING, _GIVES = -1, -2


def trace_haircut(ground: Ground) -> Met:
    """Trace every wallet."""
    # A row, from 1, for each that holds: what others hold plays no part.
    holders, width = np.where(ground.holds, np.cumsum(ground.holds), 0), ground.width
    # Kinds do not meet: some for each thread, whose cache then holds what it writes to and fro.
    at_once = -(-width // ground.loops.threads)
    groups = [range(first, min(first + at_once, width)) for first in range(0, width, at_once)]
    found = ground.loops.each(lambda group: _mixed(ground, holders, group), groups)
    by_kind = [by_hop[:, :, kind] for by_hop, _ in found for kind in range(by_hop.shape[2])]
    _, limit = found[0]
    return Met(by_kind[0], tuple(by_kind[1:]), limit, _passed(ground), ground.totals)


def _mixed(ground: Ground, holders: Integers, group: range) -> tuple[Floats, Floats]:
    """Micro-units given to each wallet of some kinds, by hop and kind, the first group with the end; and of `limit`."""
    n, width, hops = len(holders), len(group), ground.hops
    roles, column = np.where(ground.kinds >= 0, _NOTHING, holders), ground.kinds + 1 - group.start
    mine = (ground.kinds >= 0) & (column >= 0) & (column < width)
    roles[mine] = _GIVES - column[mine]
    roles[ground.kinds == CUT] = _GIVES - width * hops
    # Filled in order: memory that is first touched here and there takes the system ten times as long to give.
    held, met = np.empty((int(ground.holds.sum()) + 1, width * (hops - 1) + 1)), np.empty((n, width * hops + 1))
    held.fill(0.0)
    met.fill(0.0)
    has_end = group.start == 0
    if has_end and hops > 1 and ground.direction == "destination":
        held[:, 0] = 1.0
    bounds = np.asarray([width, hops, ground.direction == "destination", has_end], np.int64)
    rows = (ground.givers, ground.takers, ground.values, ground.ways)
    ground.loops.mix(*rows, roles.astype(np.int32), bounds, held, met)
    return met[:, :-1].reshape(n, hops, width), met[:, -1]


def _passed(ground: Ground) -> Floats:
    passed = np.zeros(len(ground.kinds))
    if (ground.kinds == PASSES).any():
        since = np.zeros((len(passed), ground.hops))
        rows = (ground.givers, ground.takers, ground.values, ground.ways, ground.kinds)
        ground.loops.pass_through(*rows, ground.direction == "destination", since, passed)
    return passed
