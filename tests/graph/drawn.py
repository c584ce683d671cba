"""What the exposure tests ask, in one line each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from graph.clock import NOW, Clock
from graph.exposure import ExposureLimits, Payment, Tracing, get_exposure, get_stops, payment_exposures
from graph.model import Exposure, Transaction
from graph.session import Graph
from graph.stops import StopLedger
from graph.sums import payment_sides
from graph.taxonomy import Taxonomy
from tests.builders import START, key

PATIENT = ExposureLimits(timeout_s=30)  # these tests are about numbers; test_session.py is about time


def day(number: float) -> datetime:
    """The time that `pay(..., day=number)` gives."""
    return START + timedelta(days=number)


async def exposed(
    graph: Graph,
    taxonomy: Taxonomy,
    name: str,
    *,
    hops: int = 3,
    direction="source",
    limits: ExposureLimits = PATIENT,
    clock: Clock = NOW,
    pool_above: int | None = None,
) -> Exposure:
    given: dict[str, Any] = {"direction": direction, "limits": limits, "clock": clock, "pool_above": pool_above}
    return await get_exposure(Tracing(graph=graph, hops=hops, taxonomy=taxonomy, **given), key(name))


async def stops_of(graph: Graph, taxonomy: Taxonomy, name: str, *, direction="source", **more) -> StopLedger:
    given = {"hops": 3, "limits": PATIENT} | more
    limit = given.pop("limit", 100)
    return await get_stops(
        Tracing(graph=graph, direction=direction, taxonomy=taxonomy, **given), key(name), limit=limit
    )


async def of_payments(
    graph: Graph, taxonomy: Taxonomy, *paid: Transaction, hops: int = 3, direction="source"
) -> list[Exposure]:
    asked = [Payment(t.key, t.at, *payment_sides(t)) for t in paid]
    tracing = Tracing(graph=graph, direction=direction, hops=hops, taxonomy=taxonomy, limits=PATIENT)
    return await payment_exposures(tracing, asked)


def shares(exposure: Exposure) -> dict[str, float]:
    """Category or residual -> share, after checking that nothing is lost and nothing is made."""
    named = {c.category: c.share for c in exposure.categories} | {r.reason: r.share for r in exposure.residuals}
    if exposure.total_value:
        assert sum(named.values()) == pytest.approx(1, abs=1e-9)
        assert sum(part.value for part in (*exposure.categories, *exposure.residuals)) == exposure.total_value
    for category in exposure.categories:
        assert sum(actor.share for actor in category.actors) == pytest.approx(category.share, abs=1e-12)
        assert category.direct_share + category.indirect_share == pytest.approx(category.share, abs=1e-12)
        if category.before_share is not None:
            assert category.before_share + category.after_share == pytest.approx(category.share, abs=1e-12)
    return named
