"""Methods side by side: the same wallet, hops and clock, and whether it matters which is taken."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.exposure import CategoryShareView, MaxFlows, PassedThroughView, ResidualView, Way, part_of
from api.lifespan import GivenServices
from api.parameters import AsOf, Hops, KnownAt, WalletKey, canonical_wallet, read_clock
from graph.entities import has_change
from graph.model import Direction, Method, Severity
from graph.money import format_micro
from jobs.method_opinions import CONSERVING, MethodOpinions, opinions_of
from jobs.supposing import Weighed

Held = Annotated[
    Severity | None,
    QueryParameter(description="Whose threshold scores are held against: `high`, as alerts are, if left out"),
]


class MethodView(Struct, frozen=True, kw_only=True):
    """An exposure by one method. `conserves`: shares add up to 1, as they do by all but poison.

    `score` is severity times share of illicit categories, by poison the severity of the worst; `above` says that it
    reaches the threshold. Where `exact` is false a limit cut the answer.
    """

    method: Method
    conserves: bool
    score: float
    severity: Severity
    above: bool
    illicit_share: float
    categories: tuple[CategoryShareView, ...]
    residuals: tuple[ResidualView, ...]
    passed_through: PassedThroughView
    exact: bool


class MethodsView(Struct, frozen=True, kw_only=True):
    """A wallet by every method; `sensitive_to_method` when scores fall on different sides of `threshold`."""

    wallet: str
    direction: Direction
    hops: int
    total_value: str
    watermark: int
    severity: Severity
    threshold: float
    sensitive_to_method: bool
    methods: tuple[MethodView, ...]
    as_of: datetime | None
    known_at: datetime | None
    change_not_clustered: bool


@get("/wallets/{key:str}/methods", operation_id="compare_wallet_methods", summary="A wallet by every method")
async def compare_wallet_methods(
    services: GivenServices,
    key: WalletKey,
    *,
    direction: Way = "source",
    hops: Hops = 3,
    severity: Held = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    max_flows: MaxFlows = None,
) -> MethodsView:
    """Trace a wallet's value by haircut, time-ordered haircut, FIFO and poison.

    The haircut takes shares over all time; the time-ordered one, and FIFO, go through the transfers in order: what was
    received later was not paid earlier. FIFO takes the oldest units first. Poison counts all of what anything illicit
    reaches, and is the most there can be by any method.
    """
    clock, limits = read_clock(as_of, known_at), services.limits_of(max_flows)
    tracing = services.tracing(direction, hops, limits=limits, clock=clock)
    return methods_view(canonical_wallet(key), await opinions_of(services, tracing, canonical_wallet(key), severity))


def methods_view(wallet: str, found: MethodOpinions) -> MethodsView:
    """Return the opinions as they are on the wire."""
    haircut = found.by_method["haircut"].exposure
    return MethodsView(
        wallet=wallet,
        direction=haircut.direction,
        hops=haircut.hops,
        total_value=format_micro(haircut.total_value),
        watermark=haircut.watermark,
        severity=found.severity,
        threshold=found.threshold,
        sensitive_to_method=found.is_sensitive,
        methods=tuple(_method(one, found.threshold) for one in found.by_method.values()),
        as_of=haircut.as_of,
        known_at=haircut.known_at,
        change_not_clustered=has_change(wallet),
    )


def _method(weighed: Weighed, threshold: float) -> MethodView:
    exposure = weighed.exposure
    passed = exposure.passed_through
    return MethodView(
        method=exposure.method,
        conserves=exposure.method in CONSERVING,
        score=weighed.score,
        severity=weighed.severity,
        above=weighed.score >= threshold,
        illicit_share=min(1.0, sum(one.share for one in exposure.categories if one.class_ == "illicit")),
        categories=tuple(map(CategoryShareView.from_share, exposure.categories)),
        residuals=tuple(map(ResidualView.from_residual, exposure.residuals)),
        passed_through=PassedThroughView(passed, format_micro(part_of(exposure.total_value, passed))),
        exact=exposure.exact,
    )
