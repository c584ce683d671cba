"""The sentence that opens an alert, made of the decision's own numbers so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Mapping

from graph.model import Category, CategoryShare, format_micro
from risk.facts import DecisionInput
from risk.floors import DUSTING
from risk.fusing import Ground
from risk.signals.exposure import NAME as EXPOSURE
from risk.signals.exposure import illicit
from risk.signals.rules import CUT, NAME

_SIDE = {"source": ("comes", "from"), "destination": ("goes", "to")}


def explain(
    given: DecisionInput, categories: Mapping[str, Category], ground: Ground | None, spared: frozenset[str]
) -> str:
    """Say in one sentence what the decision rests on most; `ground` is what makes most of its score."""
    if ground is None or ground.reason == CUT:
        return _watched(given) or _nothing(given)
    if ground.signal == EXPOSURE:
        return _exposed(given, categories, ground, spared)
    if ground.signal == NAME:
        return f"This payment of {format_micro(given.payment.value)} meets the rule {ground.detail}."
    return f"{ground.detail}."


def _watched(given: DecisionInput) -> str | None:
    if not given.facts.watched:
        return None
    names = ", ".join(sorted({one.wallet for one in given.facts.watched}))
    return f"This payment of {format_micro(given.payment.value)} moved money of {names}, which is watched."


def _nothing(given: DecisionInput) -> str:
    return f"No part of this payment is tied to an illicit wallet within {given.facts.exposures[0].hops} hops."


def _exposed(given: DecisionInput, categories: Mapping[str, Category], ground: Ground, spared: frozenset[str]) -> str:
    """Say which share of the payment is tied to the category, on which side and how."""
    found = [
        (categories[part.category].severity * part.share, exposure, part)
        for exposure in given.facts.exposures
        for part in illicit(exposure)
        if part.category == ground.category
    ]
    _, exposure, part = max(found, key=lambda item: item[0])
    text = f"{percent(part.share)} of this payment {_way(part, *_SIDE[exposure.direction])}"
    if ground.reason == DUSTING and part.category in spared:
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
