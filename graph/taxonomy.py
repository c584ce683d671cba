"""The one table of categories, and which of several attributions decides what a wallet is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from graph.errors import NotFound
from graph.model import Attribution, Category, CategoryClass

OFFICIAL_CATEGORY = "sanctions"
LEAST_CONFIDENCE = 0.5


class Taxonomy:
    """All categories by name, in the order of the table."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self.categories = {category.name: category for category in categories}

    def get(self, name: str) -> Category:
        """Return the category of that name; raises NotFound."""
        if name not in self.categories:
            raise NotFound("category", name)
        return self.categories[name]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every category, in the order of the table."""
        return tuple(self.categories)

    @cached_property
    def illicit(self) -> frozenset[str]:
        """Categories at which tracing stops and which make exposure illicit."""
        return self._of("illicit")

    @cached_property
    def services(self) -> frozenset[str]:
        """Categories at which tracing stops without any reproach."""
        return self._of("service")

    @cached_property
    def passing(self) -> frozenset[str]:
        """Categories that tracing passes through as if the wallet were unattributed."""
        return self._of("neutral")

    def _of(self, class_: CategoryClass) -> frozenset[str]:
        return frozenset(c.name for c in self.categories.values() if c.class_ == class_)


@lru_cache(1)
def load_taxonomy() -> Taxonomy:
    """Read the table that lies beside this file."""
    table = tomllib.loads((Path(__file__).parent / "categories.toml").read_text("utf-8"))
    return Taxonomy(
        Category(name=row["name"], class_=row["class"], severity=row["severity"], title=row["title"])
        for row in table["category"]
    )


def current_attribution(
    attributions: Iterable[Attribution],
    now: datetime,
    taxonomy: Taxonomy | None = None,
    *,
    known_at: datetime | None = None,
) -> Attribution | None:
    """Return the attribution that decides what a wallet is at `now`, None if none is in force."""
    return next(iter(ranked_attributions(attributions, now, taxonomy, known_at=known_at)), None)


def ranked_attributions(
    attributions: Iterable[Attribution],
    now: datetime,
    taxonomy: Taxonomy | None = None,
    *,
    known_at: datetime | None = None,
) -> list[Attribution]:
    """Return the attributions of one wallet in force at `now`, the deciding one first.

    An official sanctions listing decides, then illicit categories of confidence 0.5 or more by severity,
    then confidence; equals by id. A category that is not in the table never decides. `known_at` is as in `is_in_force`.
    """
    in_force = [attribution for attribution in attributions if is_in_force(attribution, now, known_at)]
    return _ranked(in_force, taxonomy or load_taxonomy())


def deciding_attribution(standing: Iterable[Attribution], valid_at: datetime, taxonomy: Taxonomy) -> Attribution | None:
    """Return which of attributions that are not withdrawn decides for `valid_at`, whenever they were recorded."""
    valid = [attribution for attribution in standing if is_valid(attribution, valid_at)]
    return next(iter(_ranked(valid, taxonomy)), None)


def is_in_force(attribution: Attribution, now: datetime, known_at: datetime | None = None) -> bool:
    """Whether it says something about `now` and was recorded, and not withdrawn, at `known_at`: `now` too if None.

    Spans exclude their end.
    """
    known_at = now if known_at is None else known_at
    return (
        attribution.recorded_at is not None
        and attribution.recorded_at <= known_at
        and (attribution.withdrawn_at is None or known_at < attribution.withdrawn_at)
        and is_valid(attribution, now)
    )


def is_valid(attribution: Attribution, valid_at: datetime) -> bool:
    """Whether it says something about that instant, whether or not it was known."""
    return (attribution.valid_from is None or attribution.valid_from <= valid_at) and (
        attribution.valid_to is None or valid_at < attribution.valid_to
    )


def _ranked(attributions: Iterable[Attribution], taxonomy: Taxonomy) -> list[Attribution]:
    known = [attribution for attribution in attributions if attribution.category in taxonomy.categories]
    return sorted(known, key=lambda attribution: _rank(attribution, taxonomy))


def _rank(attribution: Attribution, taxonomy: Taxonomy) -> tuple[int, float, float, str]:
    """Smaller decides: tier, then severity (of illicit ones), then confidence, then id."""
    category, confidence = taxonomy.categories[attribution.category], attribution.confidence
    if attribution.official and attribution.category == OFFICIAL_CATEGORY:
        return 0, 0.0, -confidence, attribution.id
    if category.class_ == "illicit" and confidence >= LEAST_CONFIDENCE:
        return 1, -category.severity, -confidence, attribution.id
    return 2, 0.0, -confidence, attribution.id
