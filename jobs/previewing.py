"""Preview: what recording and withdrawing attributions would change, as the difference of two full computations."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from graph.bases import bases_of
from graph.columns import Network, read_network, with_categories
from graph.model import Attribution, Severity
from graph.supposing import Supposed, suppose
from jobs.closing import NOT_ILLICIT
from jobs.differences import Differences, MovedWallet, compute
from jobs.services import Services
from ledger import proposals
from ledger.runs import latest_run
from ledger.scores import model_shares


class LostBasis(Struct, frozen=True):
    """An alert that would be proposed for closing, and why."""

    alert: str
    reason: str


class Opening(Struct, frozen=True):
    """A wallet that would get a retro alert of this severity."""

    wallet: str
    severity: Severity
    score: float


class Preview(Struct, frozen=True, kw_only=True):
    """What would follow from the graph at `watermark`, over `hops`; lists hold the first, `…_total` counts them all."""

    watermark: int
    hops: int
    recorded: int
    withdrawn: int
    wallets_total: int
    wallets: Sequence[MovedWallet]
    alerts_total: int
    alerts: Sequence[Opening]
    lost_total: int
    lost: Sequence[LostBasis]


async def preview_attributions(
    services: Services, record: Sequence[Attribution], withdraw: Sequence[str], *, limit: int
) -> Preview:
    """Say which wallets and alerts `record` and `withdraw` would move, most moved first; nothing is written.

    Raises InvalidInput naming what cannot be withdrawn or superseded.
    """
    await services.current_book()
    supposed = await suppose(services.graph, record, withdraw, services.taxonomy)
    watermark = (await services.graph.settled())["seq"]
    async with services.ledger.read() as connection:
        run = await latest_run(connection)
        # What models said of a wallet stays with it, as it does when the change is made and wallets are re-screened.
        shares = await model_shares(connection, run.id) if run and run.models else {}
    hops = services.policy.hops if run is None else run.hops
    found = await _differences(services, supposed.categories, hops, shares)
    rising, lost = found.rising(), await _lost(services, supposed, found.falling())
    return Preview(
        watermark=watermark,
        hops=hops,
        recorded=supposed.recorded,
        withdrawn=supposed.withdrawn,
        wallets_total=int(found.moved.sum()),
        wallets=found.ranked(limit),
        alerts_total=len(rising),
        alerts=[Opening(wallet, services.policy.severity(score), score) for wallet, score in rising[:limit]],
        lost_total=len(lost),
        lost=lost[:limit],
    )


async def _differences(
    services: Services, categories: Mapping[str, str | None], hops: int, shares: Mapping[str, float]
) -> Differences:
    network = await read_network(services.graph, services.taxonomy)
    return await asyncio.to_thread(_compare, services, network, categories, hops, shares)


def _compare(
    services: Services,
    network: Network,
    categories: Mapping[str, str | None],
    hops: int,
    shares: Mapping[str, float],
) -> Differences:
    known = set(network.keys)
    # Wallets that are not in the graph yet come in on both sides, so that both are over the same list.
    same = with_categories(network, {key: None for key in categories if key not in known})
    pair = (same, with_categories(network, categories))
    before, after = (compute(one, hops, services.taxonomy, services.policy, shares) for one in pair)
    return Differences(before, after, services.policy)


async def _lost(services: Services, supposed: Supposed, falling: Mapping[str, float]) -> list[LostBasis]:
    """Open alerts that rest on something now and would not then."""
    async with services.ledger.read(timeout_s=30) as connection:
        live = await proposals.standing_on(connection, list(supposed.about), ()) if supposed.about else []
        retro = await proposals.standing_about(connection, list(falling)) if falling else []
    holds = (await bases_of(services.graph, {a for one in live for a in one.attributions}, ())).illicit
    illicit = {key for key, category in supposed.categories.items() if category in services.taxonomy.illicit}
    then = {a for a in holds if a not in supposed.about} | {a for a, of in supposed.about.items() if of in illicit}
    lost = [LostBasis(one.id, NOT_ILLICIT) for one in live if _loses(one.attributions, holds, then)]
    return lost + [
        LostBasis(one.id, f"the score of {wallet} would fall to {falling[wallet]:.2g}, below the threshold")
        for one in retro
        for wallet in one.wallets
        if wallet in falling
    ]


def _loses(evidence: Collection[str], now: Collection[str], then: Collection[str]) -> bool:
    return any(one in now for one in evidence) and not any(one in then for one in evidence)
