"""Exposure by haircut over the arrays of a vicinity: as the queries tell it (design §4), under any supposition."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from msgspec.structs import replace

from graph.assembly import assemble, coverage_of, traced_row
from graph.batch import END, Floats
from graph.model import Exposure
from graph.overlays import Said, Supposition
from graph.session import Row
from graph.tracing import Tracing
from graph.vicinity import Vicinity


def expose(tracing: Tracing, vicinity: Vicinity, supposed: Supposition) -> Exposure:
    """The exposure of the wallet that the vicinity is of, over the hops of `tracing`: at most those that were read.

    `before_share` of categories is None. Flows that are supposed to be gone are left out of `total_value` too.
    """
    total = vicinity.total - round(vicinity.values[supposed.gone & (vicinity.takers == 0)].sum())
    found = assemble(
        haircut_rows(tracing, vicinity, supposed) if total else [],
        subject=vicinity.keys[0],
        tracing=tracing,
        first_hop=1,
        total=total,
        coverage=coverage_of(total, vicinity.other),
        watermark=vicinity.watermark,
    )
    return replace(found, flows=vicinity.flows, max_flows=vicinity.max_flows)


def haircut_rows(tracing: Tracing, vicinity: Vicinity, supposed: Supposition) -> list[Row]:
    """Where tracing ended, level by level, in the shape of the rows that the queries return."""
    values = np.where(supposed.gone, 0.0, vicinity.values)
    n = len(vicinity.keys)
    totals = np.bincount(vicinity.takers, weights=values, minlength=n)
    shares = values / np.where(totals > 0, totals, 1.0)[vicinity.takers]
    mass, clean = np.zeros(n), np.zeros(n)
    mass[0] = clean[0] = 1.0
    opens, rows = np.arange(n) == 0, list[Row]()
    for level in range(1, tracing.hops + 1):
        weights = shares * opens[vicinity.takers]
        mass, clean = (vicinity.gathered(weights * given[vicinity.takers]) for given in (mass, clean))
        rows.append(traced_row(level, "followed", 0.0, passed=float(clean[supposed.passes].sum())))
        clean[supposed.passes] = 0.0
        stops = supposed.stops & (mass > 0)
        rows += _named(level, mass, [(int(place), supposed.said[int(place)]) for place in stops.nonzero()[0]])
        opens = ~supposed.stops & ~vicinity.cut & (totals > 0)
        ended = mass[~supposed.stops & ~opens & ~vicinity.cut].sum()
        if level == tracing.hops:
            rows.append(traced_row(level, "hop_limit", float(mass[~supposed.stops].sum())))
        else:
            rows.append(traced_row(level, END[vicinity.direction], float(ended)))
            rows.append(traced_row(level, "limit", float(mass[vicinity.cut & ~supposed.stops].sum())))
    if vicinity.cut[0]:
        return [traced_row(0, "limit", 1.0)]
    return [row for row in rows if row["share"] or row["passed"]]


def _named(level: int, mass: Floats, met: list[tuple[int, Said]]) -> list[Row]:
    """A row for each attribution where tracing stopped."""
    by: dict[Said, float] = defaultdict(float)
    for place, said in met:
        by[said] += float(mass[place])
    return [
        traced_row(level, "category", share, category=said.category, actor=said.actor, attribution=said.attribution)
        for said, share in by.items()
    ]
