"""Suppositions about the graph that are never written: other categories, sources or flows left out, other hops."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import numpy as np
from msgspec import Struct

from graph.model import Attribution
from graph.pushing import Mask
from graph.taxonomy import Taxonomy, deciding_attribution
from graph.vicinity import Labelled, Opens, Vicinity


class Overlay(Struct, frozen=True, kw_only=True):
    """What is supposed. `categories` says what wallets are, whatever is said of them; None is not attributed.

    Attributions of `without_sources` and those of the ids in `without_attributions` count as withdrawn; a flow in
    `without_flows`, (source, target), as never moved. `hops` None leaves them as they are asked.
    """

    categories: dict[str, str | None] = {}
    without_sources: frozenset[str] = frozenset()
    without_attributions: frozenset[str] = frozenset()
    without_flows: frozenset[tuple[str, str]] = frozenset()
    hops: int | None = None


AS_IS = Overlay()


class Said(Struct, frozen=True):
    """What a wallet is, and who says so; both None where it is supposed."""

    category: str
    actor: str | None = None
    attribution: str | None = None


class Supposition(Struct, frozen=True):
    """An overlay over a vicinity: where tracing stops or passes by place, what is said there, which flows are gone."""

    stops: Mask
    passes: Mask
    said: dict[int, Said]
    gone: Mask


def suppose_over(vicinity: Vicinity, overlay: Overlay, taxonomy: Taxonomy, now: datetime | None = None) -> Supposition:
    """Decide for every wallet of the vicinity, at this instant unless told, what it is under the overlay."""
    now = now or datetime.now(UTC)
    found = {place: say(one, overlay, taxonomy, now) for place, one in vicinity.labelled.items()}
    found |= {
        vicinity.places[key]: None if category is None else Said(category)
        for key, category in overlay.categories.items()
        if key in vicinity.places
    }
    said = {place: one for place, one in found.items() if one is not None}
    stops, passes = (np.zeros(len(vicinity.keys), bool) for _ in range(2))
    for place, one in said.items():
        (stops if taxonomy.get(one.category).stops else passes)[place] = True
    gone = np.zeros(len(vicinity.values), bool)
    gone[[row for pair in overlay.without_flows if (row := vicinity.flow(*pair)) is not None]] = True
    return Supposition(stops, passes, said, gone)


def say(labelled: Labelled, overlay: Overlay, taxonomy: Taxonomy, now: datetime) -> Said | None:
    """What a wallet is by its attributions that the overlay leaves; None if nothing is left."""
    left = [one for one in labelled.attributions if not _leaves_out(overlay, one)]
    if len(left) == len(labelled.attributions):
        # As decided when it was last looked at: what live answers take.
        by = next((one for one in left if one.id == labelled.attribution), None)
        return Said(labelled.category, by.actor if by else None, labelled.attribution)
    one = deciding_attribution(left, now, taxonomy)
    return None if one is None else Said(one.category, one.actor, one.id)


def opens_under(overlays: Collection[Overlay], taxonomy: Taxonomy) -> Opens:
    """Which wallets tracing passes under any of the overlays, or as they are."""
    asked, now = (AS_IS, *overlays), datetime.now(UTC)

    def opens(key: str, labelled: Labelled | None) -> bool:
        for overlay in asked:
            if key in overlay.categories:
                category = overlay.categories[key]
            else:
                said = say(labelled, overlay, taxonomy, now) if labelled else None
                category = said.category if said else None
            if category is None or not taxonomy.get(category).stops:
                return True
        return False

    return opens


def _leaves_out(overlay: Overlay, one: Attribution) -> bool:
    return one.source in overlay.without_sources or one.id in overlay.without_attributions
