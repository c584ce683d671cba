"""Second opinions about one side of a wallet, weighed by the policy in force: what if, who says so, what carries it."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec import Struct

from graph.minimal_sets import (
    Found,
    find_minimal_set,
    opens_illicit,
    removal_of_attributions,
    removal_of_flows,
)
from graph.model import Attribution, Exposure, Severity
from graph.overlays import Overlay
from graph.revoking import revoke_sources
from graph.split import Split, split_exposure
from graph.tracing import Tracing
from graph.vicinity import Vicinity, read_vicinity
from graph.what_if import what_if
from jobs.services import Services
from risk.policy import Policy
from risk.wallet_score import side_score

Removing = Literal["attributions", "flows"]
SEARCH_S = 2.0


class Weighed(Struct, frozen=True):
    """An exposure and what one side of a wallet scores by it: Σ severity x share of illicit categories, at most 1."""

    exposure: Exposure
    score: float
    severity: Severity


class Supposed(Struct, frozen=True):
    """A side of a wallet as it is and as supposed; `unmet` is what was supposed of something out of reach."""

    before: Weighed
    after: Weighed
    unmet: tuple[str, ...]


class Counterfactual(Struct, frozen=True):
    """What a wallet's severity hangs on: a set without which its score is under `threshold`, that of `severity`.

    `exact` is false where not all flows in reach were read; `said` are the attributions of the set, in its order.
    """

    severity: Severity
    threshold: float
    watermark: int
    exact: bool
    attributions: Found[str] | None
    flows: Found[tuple[str, str]] | None
    said: tuple[Attribution, ...] | None


class SourceOpinion(Struct, frozen=True):
    """A wallet's exposure as it is, how it splits, and what each source would leave if it were revoked."""

    now: Weighed
    split: Split
    without: dict[str, Weighed]


def weigh(services: Services, exposure: Exposure) -> Weighed:
    """Weigh one side of a wallet by the policy of the book as last loaded."""
    score = side_score(exposure, services.taxonomy.categories)
    return Weighed(exposure, score, services.policy.severity(score))


async def suppose_of_wallet(services: Services, tracing: Tracing, key: str, overlay: Overlay) -> Supposed:
    """Tell what a wallet's exposure would be; raises NotFound for a wallet or category that there is not."""
    await services.current_book()
    found = await what_if(tracing, key, overlay)
    return Supposed(weigh(services, found.before), weigh(services, found.after), found.unmet)


async def counterfactual_of(
    services: Services, tracing: Tracing, key: str, removing: Removing, severity: Severity | None = None
) -> Counterfactual:
    """Find what has to go so that a wallet is under its threshold, or that of a severity; raises NotFound."""
    await services.current_book()
    vicinity = await read_vicinity(tracing, key, opens_illicit(services.taxonomy))

    def search() -> Counterfactual:
        attributions = removal_of_attributions(vicinity, services.taxonomy)
        reached = severity or _reached(services.policy, attributions.score(()))
        threshold = services.policy.thresholds[reached]
        by_attribution = removing == "attributions"
        flows = None if by_attribution else removal_of_flows(vicinity, services.taxonomy)
        named = find_minimal_set(attributions, threshold, seconds=SEARCH_S) if by_attribution else None
        return Counterfactual(
            reached,
            threshold,
            vicinity.watermark,
            not vicinity.cut.any(),
            named,
            find_minimal_set(flows, threshold, seconds=SEARCH_S) if flows else None,
            _said(vicinity, named.members) if named and named.members is not None else None,
        )

    # Seconds of arithmetic: other requests are answered meanwhile.
    return await asyncio.to_thread(search)


async def sources_of_wallet(services: Services, tracing: Tracing, key: str) -> SourceOpinion:
    """Split a wallet's exposure by source, and trace it again without each of them; raises NotFound."""
    await services.current_book()
    exposure, split = await split_exposure(tracing, key)
    named = [one.source for one in split.sources if one.source is not None]
    revoked = await revoke_sources(tracing, key, named) if named else []
    return SourceOpinion(weigh(services, exposure), split, {one.source: weigh(services, one.after) for one in revoked})


def _said(vicinity: Vicinity, ids: tuple[str, ...]) -> tuple[Attribution, ...]:
    said = {one.id: one for labelled in vicinity.labelled.values() for one in labelled.attributions}
    return tuple(said[id_] for id_ in ids)


def _reached(policy: Policy, score: float) -> Severity:
    """The severity that a score is of, the lowest that there is below all thresholds."""
    severity = policy.severity(score)
    return min(policy.thresholds, key=lambda name: policy.thresholds[name]) if severity == "none" else severity
