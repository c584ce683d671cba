"""Exposure: where a wallet's value came from or went to, computed when asked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.parameters import AsOf, Hops, KnownAt, WalletKey, canonical_wallet, read_clock
from api.splits import RangeView, SourceView
from graph.entities import has_change
from graph.errors import FieldError, InvalidInput
from graph.methods.comparing import Told, split_exposure_by
from graph.model import ActorShare, CategoryClass, CategoryShare, Direction, Hub, Method, Residual
from graph.money import format_micro
from graph.split import Range

Way = Annotated[Direction, QueryParameter(description="`source`: where value came from; `destination`: where it went")]
How = Annotated[
    Method,
    QueryParameter(description="How money is traced through a wallet; `…/methods` has all of them side by side"),
]
PoolAbove = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=1_000_000_000,
        description="Stop at unattributed wallets of more counterparties than this; never if left out",
    ),
]
MaxFlows = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=1_000_000_000,
        description="Flows to expand at most: more than usual, up to what this server allows, or fewer",
    ),
]


class CategoryShareView(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """The part that traces to one category; `direct_share` is what was found at the first hop.

    `before_designation_share` moved before the attribution that decides became valid, `after_designation_share` since
    (all, where it is not said since when it is); null where it could not be told in time. `confidence` is how sure the
    share is, from the confidence of the attributions that decide; null where that was not asked.
    """

    category: str
    class_: CategoryClass
    share: float
    value: str
    direct_share: float
    indirect_share: float
    shortest_hops: int
    before_designation_share: float | None
    after_designation_share: float | None
    actors: tuple[ActorShare, ...]
    confidence: RangeView | None

    @classmethod
    def from_share(cls, part: CategoryShare, sure: Range | None = None) -> CategoryShareView:
        """Return the part as it is on the wire."""
        return cls(
            category=part.category,
            class_=part.class_,
            share=part.share,
            value=format_micro(part.value),
            direct_share=part.direct_share,
            indirect_share=part.indirect_share,
            shortest_hops=part.shortest_hops,
            before_designation_share=part.before_share,
            after_designation_share=part.after_share,
            actors=part.actors,
            confidence=None if sure is None else RangeView.from_range(sure),
        )


class ResidualView(Struct, frozen=True):
    """Value not followed to a category, and why: origin, unspent, hop_limit, dust, limit or pooled."""

    reason: str
    share: float
    value: str

    @classmethod
    def from_residual(cls, residual: Residual) -> ResidualView:
        """Return the residual as it is on the wire."""
        return cls(residual.reason, residual.share, format_micro(residual.value))


class PassedThroughView(Struct, frozen=True):
    """What met a pass-through wallet (dex, bridge, contract) on its way; outside the 100 %."""

    share: float
    value: str


class ExposureView(Struct, frozen=True, kw_only=True):
    """Shares of categories and residuals add up to 1 unless there is no value at all.

    `exact` is false when a limit cut the answer: then shares are lower bounds. `flows` were counted on the way (under a
    clock: transactions), with those of the level that was not expanded because they pass `max_flows`; the same question
    with a larger `max_flows` tells more. `coverage` below 0.9 means
    that the graph has not seen all of the wallet's money; null when nothing went the other way. `hubs` are
    wallets of very many counterparties that nobody attributed and that tracing passed: behind an unlabelled service
    everybody's money is mixed, so what was found there may not be the wallet's; `pool_above` stops there instead.
    `as_of`, `known_at` and `pool_above` are as they were asked, null where they were not. `sources` split what
    categories add up to by who says so, and `illicit` is what is in illicit ones, by how sure that is. On networks
    with change, hops are counted between entities; `change_not_clustered` where they are between wallets, so that a
    wallet's own change may be a hop: until wallets are clustered, under a clock, and by methods that respect time.
    """

    wallet: str
    direction: Direction
    hops: int
    method: str
    total_value: str
    watermark: int
    exact: bool
    categories: tuple[CategoryShareView, ...]
    residuals: tuple[ResidualView, ...]
    passed_through: PassedThroughView
    coverage: float | None
    hubs: tuple[Hub, ...]
    as_of: datetime | None
    known_at: datetime | None
    pool_above: int | None
    flows: int | None
    max_flows: int | None
    sources: tuple[SourceView, ...]
    illicit: RangeView
    change_not_clustered: bool

    @classmethod
    def from_told(cls, told: Told) -> ExposureView:
        """Return the exposure as it is on the wire."""
        exposure, split = told.exposure, told.split
        passed = exposure.passed_through
        return cls(
            wallet=exposure.wallet,
            direction=exposure.direction,
            hops=exposure.hops,
            method=exposure.method,
            total_value=format_micro(exposure.total_value),
            watermark=exposure.watermark,
            exact=exposure.exact,
            categories=tuple(
                CategoryShareView.from_share(c, split.categories[c.category]) for c in exposure.categories
            ),
            residuals=tuple(map(ResidualView.from_residual, exposure.residuals)),
            passed_through=PassedThroughView(passed, format_micro(part_of(exposure.total_value, passed))),
            coverage=exposure.coverage,
            hubs=exposure.hubs,
            as_of=exposure.as_of,
            known_at=exposure.known_at,
            pool_above=exposure.pool_above,
            flows=exposure.flows,
            max_flows=exposure.max_flows,
            sources=tuple(map(SourceView.from_share, split.sources)),
            illicit=RangeView.from_range(split.illicit),
            change_not_clustered=has_change(exposure.wallet) and not told.between_entities,
        )


def part_of(total: int, share: float) -> int:
    """A share of an integer value, rounded down."""
    # In integers: a float times an amount would lose the last digits of a large one.
    return min(total, total * int(share * (1 << 60)) >> 60)


@get("/wallets/{key:str}/exposure", operation_id="get_wallet_exposure", summary="Exposure of a wallet, live")
async def get_wallet_exposure(
    services: GivenServices,
    key: WalletKey,
    *,
    direction: Way = "source",
    hops: Hops = 3,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    method: How = "haircut",
    pool_above: PoolAbove = None,
    max_flows: MaxFlows = None,
) -> ExposureView:
    """Trace all value of a wallet over at most `hops` flows, back or forth, by haircut unless another method is asked.

    A known wallet without any value in that direction has a total of "0" and empty lists. `as_of` asks what had moved
    by then, with attributions valid then; `known_at` what had been recorded by then: 404 when that was nothing. A level
    that would pass `max_flows` is not expanded: the answer comes at once and says so. By `poison` shares do not add up.
    """
    clock, limits = read_clock(as_of, known_at), services.limits_of(max_flows)
    asked = services.tracing(direction, hops, limits=limits, clock=clock, pool_above=pool_above)
    if pool_above is not None and method not in ("haircut", "poison"):
        raise InvalidInput(FieldError("pool_above", f"must be left out: {method} knows no pools"))
    return ExposureView.from_told(await split_exposure_by(asked, canonical_wallet(key), method))
