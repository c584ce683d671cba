"""The smallest set of attributions, or of flows, without which a wallet is under a threshold.

What is removed is removed from the arrays of a vicinity. Removing the set brings the score under the threshold and no
proper subset of it does: every one is tried. That it is the smallest of all such sets is claimed only where every
smaller set of candidates was tried as well. (Minimal sufficient counterfactuals: Wachter, Mittelstadt and Russell,
"Counterfactual explanations without opening the black box", 2018.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from time import monotonic
from typing import Generic, Literal, TypeVar

import numpy as np
from msgspec import Struct

from graph.batch import Floats
from graph.overlays import AS_IS, Overlay, Supposition, opens_under, say, suppose_over
from graph.pushing import Mask
from graph.taxonomy import Taxonomy
from graph.vicinity import Labelled, Opens, Vicinity

Kind = Literal["attributions", "flows"]
Item = TypeVar("Item")
# Every proper subset of a set of so many members is tried: 4,094 of them.
MOST_MEMBERS = 12
MOST_CANDIDATES = 2_000


class Found(Struct, Generic[Item], frozen=True, kw_only=True):
    """A set without which the score is under the threshold; `members` None where none was found.

    `is_minimal`: no proper subset will do, each was tried. `is_smallest`: no smaller set will do (without members: no
    set at all), each was tried; `cut`: the search was ended by its bounds before it knew. `tried` counts sets.
    """

    before: float
    after: float
    members: tuple[Item, ...] | None
    is_minimal: bool
    is_smallest: bool
    cut: bool
    candidates: int
    tried: int


class Scoring:
    """Severity times share of illicit categories, summed (1 at most), over the arrays of one vicinity."""

    def __init__(self, vicinity: Vicinity, taxonomy: Taxonomy) -> None:
        self._vicinity, self._n = vicinity, len(vicinity.keys)
        self.taxonomy = taxonomy
        self.base = suppose_over(vicinity, AS_IS, taxonomy)

    def severities(self, supposed: Supposition) -> Floats:
        """What each place counts where tracing stops at it."""
        found = np.zeros(self._n)
        for place, said in supposed.said.items():
            category = self.taxonomy.get(said.category)
            found[place] = category.severity if category.class_ == "illicit" else 0.0
        return found

    def score(self, values: Floats, stops: Mask, severities: Floats) -> float:
        """The score with these values of flows, stops by place and what stops count."""
        vicinity, n = self._vicinity, self._n
        totals = np.bincount(vicinity.takers, weights=values, minlength=n)
        shares = values / np.where(totals > 0, totals, 1.0)[vicinity.takers]
        mass, opens, score = (np.arange(n) == 0).astype(np.float64), np.arange(n) == 0, 0.0
        for _ in range(vicinity.hops):
            given = np.where(opens, mass, 0.0)
            mass = vicinity.gathered(shares * given[vicinity.takers])
            score += float((mass * severities)[stops].sum())
            opens = ~stops
        return min(1.0, score)


class Removal(Struct, Generic[Item], frozen=True):
    """What may be removed, and the score without some of it, given by place in that list."""

    candidates: list[Item]
    score: Callable[[Sequence[int]], float]


def opens_illicit(taxonomy: Taxonomy) -> Opens:
    """Which wallets tracing passes once any illicit attributions are removed."""
    as_is = opens_under([], taxonomy)

    def opens(key: str, labelled: Labelled | None) -> bool:
        return (labelled is not None and labelled.category in taxonomy.illicit) or as_is(key, labelled)

    return opens


def removal_of_attributions(vicinity: Vicinity, taxonomy: Taxonomy) -> Removal[str]:
    """Illicit attributions, by id: without one, what it outranked decides, or tracing goes on behind the wallet."""
    scoring, now = Scoring(vicinity, taxonomy), datetime.now(UTC)
    severities, values = scoring.severities(scoring.base), vicinity.values
    places = {
        one.id: place
        for place, labelled in vicinity.labelled.items()
        for one in labelled.attributions
        if one.category in taxonomy.illicit
    }
    candidates = sorted(places)

    def score(chosen: Sequence[int]) -> float:
        ids = frozenset(candidates[i] for i in chosen)
        stops, counted, without = scoring.base.stops.copy(), severities.copy(), Overlay(without_attributions=ids)
        for place in {places[one] for one in ids}:
            said = say(vicinity.labelled[place], without, taxonomy, now)
            category = taxonomy.get(said.category) if said else None
            stops[place] = category is not None and category.stops
            counted[place] = category.severity if category is not None and category.class_ == "illicit" else 0.0
        return scoring.score(values, stops, counted)

    return Removal(candidates, score)


def removal_of_flows(vicinity: Vicinity, taxonomy: Taxonomy) -> Removal[tuple[str, str]]:
    """Flows, as source and target, by which illicit money can come: without one the others make up the whole."""
    scoring = Scoring(vicinity, taxonomy)
    stops, severities = scoring.base.stops, scoring.severities(scoring.base)
    rows = _carrying(vicinity, stops, severities).nonzero()[0]
    keys, is_source = vicinity.keys, vicinity.direction == "source"
    ends = ((keys[vicinity.givers[row]], keys[vicinity.takers[row]]) for row in rows)
    candidates = [(giver, taker) if is_source else (taker, giver) for giver, taker in ends]

    def score(chosen: Sequence[int]) -> float:
        values = vicinity.values.copy()
        values[rows[list(chosen)]] = 0.0
        return scoring.score(values, stops, severities)

    return Removal(candidates, score)


def find_minimal_set(removal: Removal[Item], threshold: float, *, seconds: float) -> Found[Item]:
    """Look for a set without which the score is under `threshold`, for about so many seconds at most."""
    return _Search(removal, threshold, monotonic() + seconds).found()


class _Late(Exception):
    """The search has taken its time."""


class _Search(Generic[Item]):
    """First what helps most, until it suffices; then every subset of that; then every smaller set of candidates."""

    def __init__(self, removal: Removal[Item], threshold: float, until: float) -> None:
        self._removal, self._threshold, self._until = removal, threshold, until
        self._tried = 0
        self._before = removal.score(())

    def found(self) -> Found[Item]:
        """Search; whatever time allows is told."""
        if self._before < self._threshold:
            return self._answer((), is_minimal=True, is_smallest=True)
        every = range(len(self._removal.candidates))[:MOST_CANDIDATES]
        chosen, is_minimal, is_smallest = None, False, False
        try:
            order = sorted(every, key=lambda i: (self._score((i,)), i))
            chosen = self._enough(order)
            if chosen is not None and len(chosen) <= MOST_MEMBERS:
                chosen, is_minimal = self._first(chosen, len(chosen)), True
            if is_minimal or len(order) <= MOST_MEMBERS:
                smaller = self._first(order, len(chosen) - 1 if chosen else len(order))
                chosen, is_minimal = smaller or chosen, True
                is_smallest = len(every) == len(self._removal.candidates)
        except _Late:
            pass
        return self._answer(chosen, is_minimal=is_minimal, is_smallest=is_smallest)

    def _enough(self, order: Sequence[int]) -> tuple[int, ...] | None:
        """As many of what helps most as suffice, less each that can be spared; None if all of it does not suffice."""
        sizes = range(1, len(order) + 1)
        size = next((size for size in sizes if self._score(order[:size]) < self._threshold), None)
        if size is None:
            return None
        chosen = tuple(order[:size])
        for one in reversed(chosen):
            rest = tuple(i for i in chosen if i != one)
            chosen = rest if self._score(rest) < self._threshold else chosen
        return chosen

    def _first(self, among: Sequence[int], most: int) -> tuple[int, ...] | None:
        """The first set of at most so many members that suffices, smaller sets before larger ones."""
        sets = (one for size in range(1, most + 1) for one in combinations(among, size))
        return next((one for one in sets if self._score(one) < self._threshold), None)

    def _score(self, chosen: Sequence[int]) -> float:
        if monotonic() > self._until:
            raise _Late
        self._tried += 1
        return self._removal.score(chosen)

    def _answer(self, chosen: Sequence[int] | None, *, is_minimal: bool, is_smallest: bool) -> Found[Item]:
        items = self._removal.candidates
        return Found(
            before=self._before,
            after=self._before if chosen is None else self._removal.score(chosen),
            members=None if chosen is None else tuple(items[i] for i in chosen),
            is_minimal=is_minimal,
            is_smallest=is_smallest,
            cut=not is_smallest,
            candidates=len(items),
            tried=self._tried,
        )


def _carrying(vicinity: Vicinity, stops: Mask, severities: Floats) -> Mask:
    """The flows that illicit money can take: from a wallet that gives some on to one that takes it on."""
    takes = ~stops[vicinity.takers] | (vicinity.takers == 0)
    gives = stops & (severities > 0)
    for _ in range(vicinity.hops):
        gives[vicinity.takers[gives[vicinity.givers] & ~stops[vicinity.takers]]] = True
    carrying: Mask = gives[vicinity.givers] & takes
    return carrying
