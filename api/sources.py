"""Who says so: a wallet's exposure by source of attribution, and what revoking each would change."""

from __future__ import annotations

from litestar import get
from msgspec import Struct

from api.exposure import MaxFlows, Way
from api.lifespan import GivenServices
from api.parameters import Hops, WalletKey, canonical_wallet
from api.splits import RangeView, SourceView
from graph.entities import has_change
from graph.model import Direction, Severity
from graph.money import format_micro
from jobs.supposing import SourceOpinion, Weighed, sources_of_wallet


class WithoutView(Struct, frozen=True, kw_only=True):
    """What is left without a source: what was outranked decides, and behind what only it named tracing goes on.

    `categories` are shares; `score_change` is that of this side, below 0 where the source raises it.
    """

    score: float
    score_change: float
    severity: Severity
    illicit_share: float
    categories: dict[str, float]
    exact: bool


class RevocableView(Struct, frozen=True, kw_only=True):
    """A source, what it accounts for, and what would be without it; null where nobody knows who decided."""

    part: SourceView
    without: WithoutView | None


class SourcesView(Struct, frozen=True, kw_only=True):
    """Sources, most first: their shares add up to those of the categories."""

    wallet: str
    direction: Direction
    hops: int
    total_value: str
    watermark: int
    exact: bool
    score: float
    severity: Severity
    illicit: RangeView
    sources: tuple[RevocableView, ...]
    change_not_clustered: bool


@get(
    "/wallets/{key:str}/sources",
    operation_id="list_wallet_sources",
    summary="A wallet's exposure by source, and without each",
)
async def list_wallet_sources(
    services: GivenServices,
    key: WalletKey,
    *,
    direction: Way = "source",
    hops: Hops = 3,
    max_flows: MaxFlows = None,
) -> SourcesView:
    """Split a wallet's exposure by the source of the attributions that decide, and trace it again without each."""
    wallet = canonical_wallet(key)
    tracing = services.tracing(direction, hops, limits=services.limits_of(max_flows))
    return sources_view(wallet, await sources_of_wallet(services, tracing, wallet))


def sources_view(wallet: str, found: SourceOpinion) -> SourcesView:
    """Return the opinion as it is on the wire."""
    exposure = found.now.exposure
    return SourcesView(
        wallet=wallet,
        direction=exposure.direction,
        hops=exposure.hops,
        total_value=format_micro(exposure.total_value),
        watermark=exposure.watermark,
        exact=exposure.exact,
        score=found.now.score,
        severity=found.now.severity,
        illicit=RangeView.from_range(found.split.illicit),
        sources=_revocable(found),
        change_not_clustered=has_change(wallet),
    )


def _revocable(found: SourceOpinion) -> tuple[RevocableView, ...]:
    return tuple(
        RevocableView(
            part=SourceView.from_share(part),
            without=_without(found.now, found.without[part.source]) if part.source in found.without else None,
        )
        for part in found.split.sources
    )


def _without(now: Weighed, after: Weighed) -> WithoutView:
    categories = after.exposure.categories
    return WithoutView(
        score=after.score,
        score_change=after.score - now.score,
        severity=after.severity,
        illicit_share=min(1.0, sum(one.share for one in categories if one.class_ == "illicit")),
        categories={one.category: one.share for one in categories},
        exact=after.exposure.exact,
    )
