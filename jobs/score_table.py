"""The scores of all wallets of a batch as columns, as rows for the ledger, and the digest of those rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import numpy as np

from graph.assembly import coverage_of
from graph.batch import Floats, Integers, Side, WalletColumns
from graph.marks import Mark
from graph.model import Direction
from graph.score_store import store_scores
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.model_scores import SignalColumns
from ledger.scores import UNJUDGED, Judged, ScoreRow
from risk.model_signals import raised
from risk.policy import Policy
from risk.wallet_score import wallet_score


class ScoreTable:
    """One row per wallet, in order of key: a function of the batch, the taxonomy and the policy alone."""

    def __init__(
        self,
        wallets: WalletColumns,
        sides: dict[Direction, Side],
        taxonomy: Taxonomy,
        policy: Policy,
        signals: SignalColumns | None = None,
    ) -> None:
        self.wallets, self._sides, self._signals = wallets, sides, signals
        self.hop_scores = wallets.hop_scores(policy.hop_weights)
        self.source = _illicit(sides["source"], taxonomy, len(self), severe=False)
        self.destination = _illicit(sides["destination"], taxonomy, len(self), severe=False)
        own = np.asarray([severity_of(category, taxonomy) for category in wallets.categories], dtype=np.float64)
        severe = [_illicit(sides[side], taxonomy, len(self), severe=True) for side in ("source", "destination")]
        self.exposures: Floats = wallet_score(severe[0], severe[1], np.zeros(len(self)))
        self.scores: Floats = wallet_score(severe[0], severe[1], own)
        if signals is not None:
            self.raise_by(signals.share)
            self._disagreements = signals.disagreements(self.exposures)

    def raise_by(self, shares: Floats) -> None:
        """Add what models make of the wallets to the scores that their exposure gives."""
        self.scores = raised(self.scores, shares)

    def __len__(self) -> int:
        return len(self.wallets.keys)

    def rows(self, first: int, last: int) -> Iterator[ScoreRow]:
        """Yield the ledger's rows of a slice of wallets."""
        part = slice(first, min(last, len(self)))
        wallets = self.wallets
        sources = _documents(self._sides["source"], wallets.in_values, wallets.out_values, part)
        destinations = _documents(self._sides["destination"], wallets.out_values, wallets.in_values, part)
        yield from zip(
            wallets.keys[part],
            self.scores[part].tolist(),
            self.hop_scores[part].tolist(),
            [tuple(counts) for counts in wallets.hop_counts[part].tolist()],
            wallets.in_degrees[part].tolist(),
            wallets.out_degrees[part].tolist(),
            self.source[part].tolist(),
            self.destination[part].tolist(),
            [category or None for category in wallets.categories[part]],
            sources,
            destinations,
            [()] * len(sources) if self._signals is None else self._signals.rows(part),
            strict=True,
        )

    def judged(self, first: int, last: int) -> list[Judged]:
        """What models and exposure hold of a slice of wallets, for the queue of disagreements."""
        part = slice(first, min(last, len(self)))
        if self._signals is None:
            return [UNJUDGED] * len(self.wallets.keys[part])
        columns = (self.exposures, self._signals.values, self._signals.share, self._disagreements)
        return list(zip(*(_known(column[part]) for column in columns), strict=True))

    async def store(self, graph: Graph, run: str, watermark: int, *, disturbed: Mapping[str, Mark], claim: int) -> None:
        """Write score, hop score, illicit shares, illicit neighbours, levels and what models say to the wallets.

        Those that were marked meanwhile get no levels on a side that the mark tells of.
        """
        await store_scores(
            graph,
            keys=self.wallets.keys,
            scores=self.scores.tolist(),
            hop_scores=self.hop_scores.tolist(),
            sources=self.source.tolist(),
            destinations=self.destination.tolist(),
            illicit_neighbours=self.wallets.hop_counts[:, 1].tolist(),
            source_levels=self._packed("source", run, disturbed),
            destination_levels=self._packed("destination", run, disturbed),
            model_scores=[] if self._signals is None else _known(self._signals.values),
            run=run,
            watermark=watermark,
            claim=claim,
        )

    def _packed(self, direction: Direction, run: str, disturbed: Mapping[str, Mark]) -> list[bytes]:
        packed = self._sides[direction].packed(len(self), run)
        lost = {key for key, mark in disturbed.items() if mark.tells_of(direction)}
        return [b"" if key in lost else one for key, one in zip(self.wallets.keys, packed, strict=True)]


def severity_of(category: str, taxonomy: Taxonomy) -> float:
    """How bad it is to be such a wallet; only illicit categories count."""
    return taxonomy.get(category).severity if category in taxonomy.illicit else 0.0


def _known(values: Floats) -> list[float | None]:
    return [None if isnan(value) else value for value in values.tolist()]


def _illicit(side: Side, taxonomy: Taxonomy, n: int, *, severe: bool) -> Floats:
    """Σ of the illicit shares of every wallet, weighted by severity if `severe`; added in the order of the table."""
    total = np.zeros(n)
    for name in taxonomy.names:
        if name in taxonomy.illicit and name in side.categories:
            total += side.categories[name].share * (taxonomy.get(name).severity if severe else 1.0)
    return np.minimum(total, 1.0)


def _documents(side: Side, own: Integers, other: Integers, part: slice) -> list[dict[str, Any]]:
    """One side of each wallet of a slice, as stored: shares by category [share, direct, hops] and by residual."""
    documents: list[dict[str, Any]] = [
        {
            "total_value": total,
            "coverage": coverage_of(total, across),
            "passed_through": passed,
            "categories": {},
            "residuals": {},
        }
        for total, across, passed in zip(
            own[part].tolist(), other[part].tolist(), side.passed_through[part].tolist(), strict=True
        )
    ]
    for name, pushed in side.categories.items():
        share, direct, hops = pushed.share[part], pushed.direct[part], pushed.hops[part]
        there = share.nonzero()[0]
        parts = (column[there].tolist() for column in (share, direct, hops))
        for i, *entry in zip(there.tolist(), *parts, strict=True):
            documents[i]["categories"][name] = entry
    for name, values in side.residuals.items():
        there = values[part].nonzero()[0]
        for i, share in zip(there.tolist(), values[part][there].tolist(), strict=True):
            documents[i]["residuals"][name] = share
    return documents
