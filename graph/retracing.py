"""Some wallets counted again out of what is stored of the others: from all of their flows, or from what changed.

A wallet whose own flows or category changed takes what all of its payers give. One further on has met what it is stored
with; what the wallets that changed gave it then is taken off, and what they give now is put in its place. All of it is
integers on the grid, so that either way ends with what a count of the whole graph would find, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from msgspec import Struct

from graph.batch import Integers, Side
from graph.levels import Given, LevelFormat, Unpacked, unpack
from graph.model import Direction
from graph.pushing import Mask, Pusher
from graph.recount import recount_side
from graph.surroundings import Surroundings, joined
from graph.taxonomy import Taxonomy


class Retraced(Struct, frozen=True):
    """One direction of some wallets, in order of `keys`, and their levels as they are stored."""

    keys: list[str]
    categories: list[str]
    in_values: list[int]
    out_values: list[int]
    side: Side
    levels: list[bytes]


def retrace(found: Surroundings, *, direction: Direction, hops: int, taxonomy: Taxonomy, run: str) -> Retraced | None:
    """Compute wallets from their surroundings as a batch would, to the bit; None where levels of `run` are missing."""
    given = _given(found, LevelFormat.of(taxonomy, hops), direction, run)
    if given is None:
        return None
    network = joined(found.whole, found.felt)
    side = recount_side(network, found.wallets, direction=direction, hops=hops, taxonomy=taxonomy, given=given)
    n = len(found.stored)
    names = ("keys", "categories", "in_values", "out_values")
    return Retraced(**{name: found.row[name] for name in names}, side=side.at(np.arange(n)), levels=side.packed(n, run))


def without_store(
    found: Surroundings, *, direction: Direction, hops: int, taxonomy: Taxonomy, run: str
) -> frozenset[str]:
    """Wallets further on that have to be counted from all of their flows.

    What they have met is not stored, or not what one of those that changed gave them.
    """
    head = LevelFormat.of(taxonomy, hops).head(run)
    bad = np.asarray([not one.startswith(head) for one in found.stored] + [False] * len(found.given), dtype=bool)
    keys, further = found.row["keys"], bad.nonzero()[0]
    felt = chain(further[further >= found.counted].tolist(), _takers(found, bad, direction))
    return frozenset(keys[place] for place in felt)


def _takers(found: Surroundings, givers: Mask, direction: Direction) -> Iterator[int]:
    """Who feels a change of these givers."""
    gives, takes = found.felt.ends(direction)
    yield from takes[givers[gives]].tolist()
    for pool in found.felt.pools:
        giving, taking = pool.sides(direction)
        if givers[giving.wallets].any():
            yield from taking.wallets.tolist()


def _given(found: Surroundings, form: LevelFormat, direction: Direction, run: str) -> Given | None:
    """What those around give, and what those further on met of others; None where that is not known."""
    head = form.head(run)
    around = unpack(form, run, found.given)
    # A changed wallet without a vector is a new one, or felt by none that keeps what it has met.
    stored = unpack(
        form, run, [one if i >= found.counted or one.startswith(head) else head for i, one in enumerate(found.stored)]
    )
    if around is None or stored is None:
        return None
    base = _unchanged(found, stored, around, direction)
    # A term below 0 shows that what is stored does not go with the flows.
    return None if (base < 0).any() else Given(form, len(found.stored), around.given, base)


def _unchanged(found: Surroundings, stored: Unpacked, around: Unpacked, direction: Direction) -> Integers:
    """What the first places met, as (level, kind, place), less what came by the ways that are felt."""
    base = stored.met.copy()
    base[:, :, : found.counted] = 0
    push, gave = Pusher(found.felt, found.wallets, direction), np.concatenate([stored.given, around.given], axis=2)
    for level in range(1, len(base)):
        base[level] -= push.pass_on(gave[level - 1])[:, : base.shape[2]]
    return base
