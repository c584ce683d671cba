"""What a wallet's severity hangs on: the smallest set of attributions, or flows, without which it is gone."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.entities import SaidView
from api.exposure import MaxFlows, Way
from api.lifespan import GivenServices
from api.parameters import Hops, WalletKey, canonical_wallet
from graph.entities import has_change
from graph.minimal_sets import Found
from graph.model import Direction, Severity
from jobs.supposing import Counterfactual, Removing, counterfactual_of

What = Annotated[Removing, QueryParameter(description="What may be removed")]
Level = Annotated[
    Severity | None,
    QueryParameter(description="The severity to get under: that which the wallet has now if left out"),
]


class RemovedFlow(Struct, frozen=True):
    """A flow between two wallets."""

    source: str
    target: str


class CounterfactualView(Struct, frozen=True, kw_only=True):
    """A set whose removal brings the score of one side of a wallet under `threshold`, that of `severity`.

    Exactly one of `attributions` and `flows` is asked for; it is null where no such set was found, and empty
    where the wallet is under the threshold already. `minimal`: no proper subset does, each was tried. `smallest`: no
    smaller set does (where none was found: none at all), each was tried. `cut`: the search ended before it knew, after
    `tried` of the sets of its `candidates`. `exact` is false where not all flows in reach were read.
    """

    wallet: str
    direction: Direction
    hops: int
    watermark: int
    removing: Removing
    severity: Severity
    threshold: float
    score: float
    score_without: float
    attributions: tuple[SaidView, ...] | None
    flows: tuple[RemovedFlow, ...] | None
    minimal: bool
    smallest: bool
    cut: bool
    candidates: int
    tried: int
    exact: bool
    change_not_clustered: bool


@get(
    "/wallets/{key:str}/counterfactual",
    operation_id="get_wallet_counterfactual",
    summary="What a wallet's severity hangs on",
)
async def get_wallet_counterfactual(
    services: GivenServices,
    key: WalletKey,
    *,
    removing: What = "attributions",
    severity: Level = None,
    direction: Way = "source",
    hops: Hops = 3,
    max_flows: MaxFlows = None,
) -> CounterfactualView:
    """Search for the smallest set of illicit attributions, or of flows, that carries a wallet over its threshold.

    The score is of one side: severity times share of illicit categories. Without an attribution what it outranked
    decides, or tracing goes on behind the wallet; without a flow the others make up the whole. The search takes some
    seconds at most and says what it did not try.
    """
    wallet = canonical_wallet(key)
    tracing = services.tracing(direction, hops, limits=services.limits_of(max_flows))
    found = await counterfactual_of(services, tracing, wallet, removing, severity)
    return counterfactual_view(wallet, direction, hops, removing, found)


def counterfactual_view(
    wallet: str, direction: Direction, hops: int, removing: Removing, found: Counterfactual
) -> CounterfactualView:
    """Return what was found as it is on the wire."""
    searched: Found[str] | Found[tuple[str, str]] | None = found.attributions or found.flows
    assert searched is not None
    flows = found.flows.members if found.flows else None
    return CounterfactualView(
        wallet=wallet,
        direction=direction,
        hops=hops,
        watermark=found.watermark,
        removing=removing,
        severity=found.severity,
        threshold=found.threshold,
        score=searched.before,
        score_without=searched.after,
        attributions=None if found.said is None else tuple(SaidView.from_attribution(one) for one in found.said),
        flows=None if flows is None else tuple(RemovedFlow(*pair) for pair in flows),
        minimal=searched.is_minimal,
        smallest=searched.is_smallest,
        cut=searched.cut,
        candidates=searched.candidates,
        tried=searched.tried,
        exact=found.exact,
        change_not_clustered=has_change(wallet),
    )
