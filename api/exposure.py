"""Exposure: where a wallet's value came from or went to, computed when asked."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.parameters import Hops, WalletKey, canonical_wallet
from graph.exposure import get_exposure
from graph.model import ActorShare, CategoryClass, CategoryShare, Direction, Exposure, Residual
from graph.money import format_micro

Way = Annotated[Direction, QueryParameter(description="`source`: where value came from; `destination`: where it went")]


class CategoryShareView(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """The part that traces to one category; `direct_share` is what was found at the first hop."""

    category: str
    class_: CategoryClass
    share: float
    value: str
    direct_share: float
    indirect_share: float
    shortest_hops: int
    actors: tuple[ActorShare, ...]

    @classmethod
    def from_share(cls, part: CategoryShare) -> CategoryShareView:
        """Return the part as it is on the wire."""
        return cls(
            category=part.category,
            class_=part.class_,
            share=part.share,
            value=format_micro(part.value),
            direct_share=part.direct_share,
            indirect_share=part.indirect_share,
            shortest_hops=part.shortest_hops,
            actors=part.actors,
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

    `exact` is false when a limit cut the answer: then shares are lower bounds. `coverage` below 0.9 means
    that the graph has not seen all of the wallet's money; null when nothing went the other way.
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

    @classmethod
    def from_exposure(cls, exposure: Exposure) -> ExposureView:
        """Return the exposure as it is on the wire."""
        passed = exposure.passed_through
        return cls(
            wallet=exposure.wallet,
            direction=exposure.direction,
            hops=exposure.hops,
            method=exposure.method,
            total_value=format_micro(exposure.total_value),
            watermark=exposure.watermark,
            exact=exposure.exact,
            categories=tuple(map(CategoryShareView.from_share, exposure.categories)),
            residuals=tuple(map(ResidualView.from_residual, exposure.residuals)),
            passed_through=PassedThroughView(passed, format_micro(_part(exposure.total_value, passed))),
            coverage=exposure.coverage,
        )


def _part(total: int, share: float) -> int:
    # In integers: a float times an amount would lose the last digits of a large one.
    return min(total, total * int(share * (1 << 60)) >> 60)


@get("/wallets/{key:str}/exposure", operation_id="get_wallet_exposure", summary="Exposure of a wallet, live")
async def get_wallet_exposure(
    services: GivenServices, key: WalletKey, direction: Way = "source", hops: Hops = 3
) -> ExposureView:
    """Trace all value of a wallet over at most `hops` flows, back or forth, by the haircut method.

    A known wallet without any value in that direction has a total of "0" and empty lists.
    """
    exposure = await get_exposure(
        services.graph,
        canonical_wallet(key),
        direction=direction,
        hops=hops,
        taxonomy=services.taxonomy,
        limits=services.limits,
    )
    return ExposureView.from_exposure(exposure)
