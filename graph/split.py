"""An exposure split by who said so: what each source of attributions accounts for, how sure that is, and what would
change without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from graph.assembly import spread
from graph.attribution_lists import attributions_of_ids
from graph.exposure import told_exposure
from graph.model import Attribution, Exposure
from graph.session import Row
from graph.tracing import Tracing


class Range(Struct, frozen=True):
    """A share if every attribution below certainty were wrong, the mean over what may be wrong, and if none were.

    An attribution is right with the probability that its confidence tells. What a wrong one accounts for is counted
    as untraced: nothing is put in its place.
    """

    low: float
    likely: float
    high: float


class SourceShare(Struct, frozen=True, kw_only=True):
    """What ends at wallets whose deciding attribution is of one source; `value` in micro-units.

    `illicit` is the part in illicit categories. `source` is None where no attribution is known to decide.
    """

    source: str | None
    share: float
    value: int
    illicit: Range
    categories: dict[str, float]
    attributions: tuple[str, ...]


class Split(Struct, frozen=True):
    """How an exposure splits: `sources` add up to its categories, most first; ranges by category, and of illicit."""

    sources: tuple[SourceShare, ...]
    categories: dict[str, Range]
    illicit: Range


class _Part(Struct, frozen=True):
    category: str
    attribution: str | None
    share: float


async def split_exposure(tracing: Tracing, key: str) -> tuple[Exposure, Split]:
    """Return an exposure and how it splits; raises NotFound. One more query where anything was found."""
    exposure, rows = await told_exposure(tracing, key)
    return exposure, await split_rows(rows, exposure, tracing)


async def split_rows(rows: Sequence[Row], exposure: Exposure, tracing: Tracing) -> Split:
    """Split what an exposure is made of; one query where anything was found."""
    named = [row for row in rows if row["reason"] == "category"] if exposure.total_value else []
    parts = [_Part(row["category"], row["attribution"], row["share"]) for row in named]
    ids = sorted({part.attribution for part in parts if part.attribution})
    said = {one.id: one for one in await attributions_of_ids(tracing.graph, ids)} if ids else {}
    return _split(parts, exposure, said, tracing)


def _split(parts: Sequence[_Part], exposure: Exposure, said: Mapping[str, Attribution], tracing: Tracing) -> Split:
    by: dict[str | None, list[_Part]] = defaultdict(list)
    for part in parts:
        one = said.get(part.attribution or "")
        by[one.source if one else None].append(part)
    illicit = tracing.taxonomy.illicit
    rest = sum(residual.share for residual in exposure.residuals)
    values = spread(exposure.total_value, [*(sum(p.share for p in of) for of in by.values()), rest])
    sources = [
        SourceShare(
            source=source,
            share=sum(part.share for part in of),
            value=value,
            illicit=_range((part for part in of if part.category in illicit), said),
            categories=_by_category(of),
            attributions=tuple(sorted({part.attribution for part in of if part.attribution})),
        )
        for (source, of), value in zip(by.items(), values, strict=False)
    ]
    return Split(
        tuple(sorted(sources, key=lambda one: (-one.share, one.source or ""))),
        {
            category.category: _range((part for part in parts if part.category == category.category), said)
            for category in exposure.categories
        },
        _range((part for part in parts if part.category in illicit), said),
    )


def _range(parts: Iterable[_Part], said: Mapping[str, Attribution]) -> Range:
    """Unknown is not certain: what no attribution is known for counts as at most possible."""
    low = likely = high = 0.0
    for part in parts:
        one = said.get(part.attribution or "")
        confidence = one.confidence if one else 0.0
        low += part.share if confidence >= 1.0 else 0.0
        likely += part.share * confidence
        high += part.share
    return Range(low, likely, high)


def _by_category(parts: Sequence[_Part]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for part in parts:
        found[part.category] += part.share
    return dict(found)
