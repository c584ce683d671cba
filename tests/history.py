"""What was true and known when, replayed from a list of changes: the reference for everything with a clock.

Like tests/reference.py it shares nothing with the project but the shapes of a Transaction and an Attribution.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from graph.model import Attribution, Transaction
from graph.taxonomy import Taxonomy
from tests.reference import Reference


@dataclass
class Change:
    """One numbered change of the graph: something began to count (`added`) or ceased to (`removed`)."""

    at: datetime
    added: list[Transaction | Attribution] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass
class History:
    """All changes in order; keys of transactions and ids of attributions are never the same."""

    taxonomy: Taxonomy
    max_pairs: int = 20_000
    changes: list[Change] = field(default_factory=list)

    def known(self, known_at: datetime | None = None) -> list[Transaction | Attribution]:
        """What counted once everything up to `known_at` had been recorded."""
        counted: dict[str, Transaction | Attribution] = {}
        for change in self.changes:
            if known_at is not None and change.at > known_at:
                break
            for name in change.removed:
                del counted[name]
            for one in change.added:
                counted[one.key if isinstance(one, Transaction) else one.id] = one
        return list(counted.values())

    def reference(self, now: datetime, *, as_of: datetime | None = None, known_at: datetime | None = None) -> Reference:
        """The graph as it was; `now` is when attributions must be valid unless a clock says otherwise."""
        known = self.known(known_at)
        moved = [t for t in known if isinstance(t, Transaction) and (as_of is None or t.at <= as_of)]
        return Reference(
            moved,
            self.categories([a for a in known if isinstance(a, Attribution)], as_of or known_at or now),
            stopping=set(self.taxonomy.illicit | self.taxonomy.services),
            passing=set(self.taxonomy.passing),
            max_pairs=self.max_pairs,
        )

    def categories(self, attributions: list[Attribution], valid_at: datetime) -> dict[str, str]:
        """What each wallet is: an official listing, else the worst credible accusation, else the surest word."""
        about: dict[str, list[Attribution]] = defaultdict(list)
        for one in attributions:
            begun = one.valid_from is None or one.valid_from <= valid_at
            if begun and (one.valid_to is None or valid_at < one.valid_to) and one.category in self.taxonomy.categories:
                about[one.wallet].append(one)
        return {wallet: self._deciding(found).category for wallet, found in about.items()}

    def _deciding(self, found: list[Attribution]) -> Attribution:
        found = sorted(found, key=lambda a: a.id)
        if listed := [a for a in found if a.official and a.category == "sanctions"]:
            return max(listed, key=lambda a: a.confidence)
        illicit = [a for a in found if a.category in self.taxonomy.illicit and a.confidence >= 0.5]
        if illicit:
            return max(illicit, key=lambda a: (self.taxonomy.get(a.category).severity, a.confidence))
        return max(found, key=lambda a: a.confidence)
