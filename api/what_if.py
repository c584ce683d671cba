"""What if: one side of a wallet as it is and as supposed, side by side; nothing is written."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from msgspec import Struct

from api.bodies import read_body
from api.exposure import CategoryShareView, MaxFlows, PassedThroughView, ResidualView, part_of
from api.lifespan import GivenServices
from api.overlays import WhatIfInput, overlay_of
from api.parameters import WalletKey, canonical_wallet
from graph.entities import has_change
from graph.model import Direction, Severity
from graph.money import format_micro
from jobs.supposing import Supposed, Weighed, suppose_of_wallet


class SupposedView(Struct, frozen=True, kw_only=True):
    """An exposure; `score` is what this side of the wallet scores by it and `severity` what that is by the policy.

    The score is the sum of severity times share over illicit categories, at most 1. `exact` is false when a limit cut
    what was read: then shares are lower bounds.
    """

    hops: int
    total_value: str
    exact: bool
    score: float
    severity: Severity
    categories: tuple[CategoryShareView, ...]
    residuals: tuple[ResidualView, ...]
    passed_through: PassedThroughView
    coverage: float | None

    @classmethod
    def from_weighed(cls, weighed: Weighed) -> SupposedView:
        """Return the exposure as it is on the wire."""
        exposure = weighed.exposure
        passed = exposure.passed_through
        return cls(
            hops=exposure.hops,
            total_value=format_micro(exposure.total_value),
            exact=exposure.exact,
            score=weighed.score,
            severity=weighed.severity,
            categories=tuple(map(CategoryShareView.from_share, exposure.categories)),
            residuals=tuple(map(ResidualView.from_residual, exposure.residuals)),
            passed_through=PassedThroughView(passed, format_micro(part_of(exposure.total_value, passed))),
            coverage=exposure.coverage,
        )


class WhatIfView(Struct, frozen=True, kw_only=True):
    """The same wallet at the same watermark, before and after what was supposed.

    `unmet` names the wallets, and flows as `source>target`, that are nowhere in reach: they change nothing.
    """

    wallet: str
    direction: Direction
    watermark: int
    before: SupposedView
    after: SupposedView
    unmet: tuple[str, ...]
    change_not_clustered: bool


@post(
    "/wallets/{key:str}/what-if",
    operation_id="suppose_of_wallet",
    summary="A wallet's exposure if something were different",
    status_code=200,
)
async def suppose_wallet(
    request: Request[Any, Any, Any], services: GivenServices, key: WalletKey, max_flows: MaxFlows = None
) -> WhatIfView:
    """Trace a wallet's value as it is and under a supposition, by haircut, now. Nothing is written.

    "X is a service", "X is sanctioned", "X is nothing", "without what this source says", "without this flow", "over
    four hops": all that is supposed holds together. `POST /cases/{case}/what-ifs` keeps one with a case.
    """
    asked = read_body(await request.body(), WhatIfInput)
    wallet, overlay = canonical_wallet(key), overlay_of(asked.suppose, services.taxonomy)
    tracing = services.tracing(asked.direction, asked.hops, limits=services.limits_of(max_flows))
    return supposed_view(wallet, asked.direction, await suppose_of_wallet(services, tracing, wallet, overlay))


def supposed_view(wallet: str, direction: Direction, found: Supposed) -> WhatIfView:
    """Return the answer as it is on the wire."""
    return WhatIfView(
        wallet=wallet,
        direction=direction,
        watermark=found.before.exposure.watermark,
        before=SupposedView.from_weighed(found.before),
        after=SupposedView.from_weighed(found.after),
        unmet=found.unmet,
        change_not_clustered=has_change(wallet),
    )
