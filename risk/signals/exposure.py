"""The exposure signal: how much of a payment's money, on either side, is tied to illicit wallets, by severity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.model import Category, CategoryShare, Contribution, Exposure, Signal

NAME = "exposure"


def exposure_signal(
    exposures: Sequence[Exposure],
    categories: Mapping[str, Category],
    weight: float,
    spared: frozenset[str] = frozenset(),
) -> Signal:
    """Combine both sides: 1 - Π (1 - Σ severity x share) over illicit categories.

    `spared` categories on the source side are dusting: they contribute nothing to the value.
    """
    clean = 1.0
    contributions: list[Contribution] = []
    for exposure in exposures:
        parts = [c for c in illicit(exposure) if exposure.direction != "source" or c.category not in spared]
        clean *= 1.0 - min(1.0, sum(categories[part.category].severity * part.share for part in parts))
        for part in parts:
            contributions += _contributions(part, exposure, categories[part.category].severity)
    ordered = sorted(contributions, key=lambda c: (-c.value, c.reason, c.detail))
    return Signal(name=NAME, value=1.0 - clean, weight=weight, contributions=tuple(ordered))


def illicit(exposure: Exposure) -> list[CategoryShare]:
    """The illicit part of an exposure, in its order."""
    return [part for part in exposure.categories if part.class_ == "illicit" and part.share > 0]


def _contributions(part: CategoryShare, exposure: Exposure, severity: float) -> list[Contribution]:
    shares = (("DIRECT", part.direct_share), ("INDIRECT", part.indirect_share))
    return [
        Contribution(
            reason=f"EXPOSURE_{part.category.upper()}_{kind}",
            value=severity * share,
            share=share,
            detail=exposure.direction,
        )
        for kind, share in shares
        if share > 1e-12
    ]
