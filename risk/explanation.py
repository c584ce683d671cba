"""The sentence that opens an alert, made of the decision's own numbers so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.model import Category, CategoryShare, Exposure
from risk.signals.exposure import illicit

_SIDE = {"source": ("comes", "from"), "destination": ("goes", "to")}


def explain(exposures: Sequence[Exposure], categories: Mapping[str, Category], dusting: bool) -> str:
    """Say which share of the payment is tied to its worst category, on which side and how."""
    found = [(categories[part.category].severity * part.share, e, part) for e in exposures for part in illicit(e)]
    if not found:
        return f"No part of this payment is tied to an illicit wallet within {exposures[0].hops} hops."
    _, exposure, part = max(found, key=lambda item: item[0])
    text = f"{percent(part.share)} of this payment {_way(part, *_SIDE[exposure.direction])}"
    if dusting:
        return f"{text}; it is unsolicited and below the dusting value, so it is kept apart as dusting."
    return text + "."


def _way(part: CategoryShare, verb: str, preposition: str) -> str:
    """Name the wallets a share ends at, how far away they are, and the actors known for them."""
    category = part.category.replace("_", " ")
    actors = [actor.actor for actor in part.actors if actor.actor][:3]
    named = f" ({', '.join(actors)})" if actors else ""
    if part.indirect_share < 1e-12:
        return f"{verb} straight {preposition} wallets listed as {category}{named}"
    hops = f"{part.shortest_hops} hop{'s' if part.shortest_hops > 1 else ''}"
    return f"{verb} {preposition} wallets listed as {category}{named}, {hops} away at the nearest"


def percent(share: float) -> str:
    """Return a share in words: 0.312 is `31.2 %`, small ones keep two digits."""
    return f"{share * 100:.1f} %" if share >= 0.001 else f"{share * 100:.2g} %"
