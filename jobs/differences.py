"""Two full computations of the same wallets compared: which wallets move, and from what to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.batch import Floats
from graph.columns import Network
from graph.model import Direction, Severity
from graph.recount import Recount, recount
from graph.taxonomy import Taxonomy
from jobs.score_table import ScoreTable
from risk.causes import LEAST
from risk.decision import ALERT_FROM
from risk.policy import Policy

Mask = NDArray[np.bool_]


class Step(Struct, frozen=True):
    """A number before and after."""

    before: float
    after: float


class CategoryStep(Struct, frozen=True):
    """The share of one category on one side, before and after."""

    direction: Direction
    category: str
    before: float
    after: float


class MovedWallet(Struct, frozen=True, kw_only=True):
    """A wallet whose answer differs; `counterparties` is 0 for one that no money has touched."""

    wallet: str
    counterparties: int
    category_before: str | None
    category_after: str | None
    score: Step
    severity_before: Severity
    severity_after: Severity
    hop_score: Step
    illicit_source_share: Step
    illicit_destination_share: Step
    categories: tuple[CategoryStep, ...]


class Computed(Struct, frozen=True):
    """A full computation: the batch, and the scores made of it."""

    batch: Recount
    table: ScoreTable


def compute(
    network: Network, hops: int, taxonomy: Taxonomy, policy: Policy, shares: Mapping[str, float] = {}
) -> Computed:
    """Compute every wallet of a network, as a scoring run would; `shares` is what models add to some."""
    batch = recount(network, hops=hops, taxonomy=taxonomy)
    table = ScoreTable(batch.wallets, batch.sides, taxonomy, policy)
    if shares:
        table.raise_by(np.asarray([shares.get(key, 0.0) for key in batch.wallets.keys]))
    return Computed(batch, table)


class Differences:
    """What differs between two computations over the same list of wallets."""

    def __init__(self, before: Computed, after: Computed, policy: Policy) -> None:
        self._before, self._after, self._policy = before, after, policy
        self.keys = before.batch.wallets.keys
        wallets = before.batch.wallets
        self._degrees = wallets.in_degrees + wallets.out_degrees
        self._shares = list(_shares(before.batch, after.batch))
        self.moved: Mask = self._moved()

    def ranked(self, limit: int) -> list[MovedWallet]:
        """The wallets that move most: those with money first, then by score, then by illicit shares, then by key."""
        there = np.flatnonzero(self.moved)
        score, source, destination = (np.abs(self._delta(name))[there] for name in ("scores", "source", "destination"))
        order = np.lexsort((there, -(source + destination), -score, self._degrees[there] == 0))
        return [self._wallet(int(i)) for i in there[order][:limit]]

    def rising(self) -> list[tuple[str, float]]:
        """Wallets with counterparties whose severity rises to one for an alert, with their score; riskiest first."""
        before, after = self._ranks(self._before), self._ranks(self._after)
        there = np.flatnonzero((after > before) & self._alerts(after) & (self._degrees > 0))
        scores = self._after.table.scores[there]
        return [(self.keys[there[i]], float(scores[i])) for i in np.lexsort((there, -scores))]

    def falling(self) -> dict[str, float]:
        """Wallets whose severity falls below that of an alert, with their score then."""
        before, after = self._ranks(self._before), self._ranks(self._after)
        there = np.flatnonzero(self._alerts(before) & ~self._alerts(after))
        return {self.keys[i]: float(self._after.table.scores[i]) for i in there}

    def _moved(self) -> Mask:
        moved = np.zeros(len(self.keys), bool)
        for name in ("scores", "hop_scores", "source", "destination"):
            moved |= np.abs(self._delta(name)) > LEAST
        for _, _, old, new in self._shares:
            moved |= np.abs(new - old) > LEAST
        before, after = self._before.batch.wallets, self._after.batch.wallets
        moved |= (before.hop_counts != after.hop_counts).any(axis=1)
        renamed = (old != new for old, new in zip(before.categories, after.categories, strict=True))
        moved |= np.fromiter(renamed, bool, len(self.keys))
        return moved

    def _delta(self, name: str) -> Floats:
        delta: Floats = getattr(self._after.table, name) - getattr(self._before.table, name)
        return delta

    def _ranks(self, computed: Computed) -> NDArray[np.int64]:
        levels = sorted(self._policy.thresholds.values())
        return np.searchsorted(levels, computed.table.scores, side="right")

    def _alerts(self, ranks: NDArray[np.int64]) -> Mask:
        lowest = min(self._policy.thresholds[severity] for severity in ALERT_FROM)
        over: Mask = ranks >= np.searchsorted(sorted(self._policy.thresholds.values()), lowest, side="right")
        return over

    def _wallet(self, i: int) -> MovedWallet:
        old, new = self._before, self._after

        def step(name: str) -> Step:
            return Step(float(getattr(old.table, name)[i]), float(getattr(new.table, name)[i]))

        score = step("scores")
        return MovedWallet(
            wallet=self.keys[i],
            counterparties=int(self._degrees[i]),
            category_before=old.batch.wallets.categories[i] or None,
            category_after=new.batch.wallets.categories[i] or None,
            score=score,
            severity_before=self._policy.severity(score.before),
            severity_after=self._policy.severity(score.after),
            hop_score=step("hop_scores"),
            illicit_source_share=step("source"),
            illicit_destination_share=step("destination"),
            categories=tuple(
                CategoryStep(direction, name, float(was[i]), float(now[i]))
                for direction, name, was, now in self._shares
                if abs(now[i] - was[i]) > LEAST
            ),
        )


def _shares(before: Recount, after: Recount) -> Iterator[tuple[Direction, str, Any, Any]]:
    """Share of every category on either side in both, as columns; zeros where a category does not occur."""
    none = np.zeros(len(before.wallets.keys))
    for direction, side in before.sides.items():
        other = after.sides[direction]
        for name in sorted(set(side.categories) | set(other.categories)):
            columns = [one.categories[name].share if name in one.categories else none for one in (side, other)]
            yield direction, name, columns[0], columns[1]
