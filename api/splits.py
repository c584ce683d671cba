"""How an exposure splits by source and by confidence, as it is sent."""

from __future__ import annotations

from msgspec import Struct

from graph.money import format_micro
from graph.split import Range, SourceShare


class RangeView(Struct, frozen=True):
    """A share if all attributions below confidence 1 were wrong, the mean over what may be wrong, and if none were."""

    low: float
    likely: float
    high: float

    @classmethod
    def from_range(cls, given: Range) -> RangeView:
        """Return the range as it is on the wire."""
        return cls(given.low, given.likely, given.high)


class SourceView(Struct, frozen=True, kw_only=True):
    """What ends at wallets whose deciding attribution is of one source; `illicit` is the part in illicit categories.

    Shares of sources add up to those of categories, their values to the total less the residuals.
    """

    source: str | None
    share: float
    value: str
    illicit: RangeView
    categories: dict[str, float]
    attributions: tuple[str, ...]

    @classmethod
    def from_share(cls, part: SourceShare) -> SourceView:
        """Return the part as it is on the wire."""
        return cls(
            source=part.source,
            share=part.share,
            value=format_micro(part.value),
            illicit=RangeView.from_range(part.illicit),
            categories=part.categories,
            attributions=part.attributions,
        )
