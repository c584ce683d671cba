"""From the rows of an exposure query to an Exposure: group, order, and spread value without loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from graph.model import ActorShare, CategoryShare, Exposure, Hub, Residual
from graph.money import apportion
from graph.session import Row
from graph.taxonomy import Taxonomy
from graph.tracing import Tracing

MOST_HUBS = 20
_SCALE = 1 << 60


def assemble(
    rows: Sequence[Row],
    *,
    subject: str,
    tracing: Tracing,
    first_hop: int,
    total: int,
    coverage: float | None,
    watermark: int,
) -> Exposure:
    """Build the answer about a wallet or a payment; `first_hop` is the level of hop 1."""
    named: dict[str, list[Row]] = defaultdict(list)
    residual: dict[str, float] = defaultdict(float)
    for row in ended_rows(rows):
        if row["reason"] == "category":
            named[row["category"]].append(row)
        else:
            residual[row["reason"]] += row["share"]
    shares = [sum(row["share"] for row in part) for part in named.values()]
    values = spread(total, [*shares, *residual.values()])
    categories = [
        _category(name, part, value=value, first_hop=first_hop, taxonomy=tracing.taxonomy)
        for (name, part), value in zip(named.items(), values, strict=False)
    ]
    residuals = [
        Residual(reason, share, value)
        for (reason, share), value in zip(residual.items(), values[len(named) :], strict=True)
    ]
    return Exposure(
        wallet=subject,
        direction=tracing.direction,
        hops=tracing.hops,
        total_value=total,
        watermark=watermark,
        categories=tuple(sorted(categories, key=lambda c: (-c.share, c.category))),
        residuals=tuple(sorted(residuals, key=lambda r: (-r.share, r.reason))),
        passed_through=sum(row["passed"] for row in rows),
        coverage=coverage,
        exact=residual["limit"] == 0,
        as_of=tracing.clock.as_of,
        known_at=tracing.clock.known_at,
        pool_above=tracing.pool_above,
        hubs=_hubs(rows),
    )


def traced_row(level: int, reason: str, share: float, **more: Any) -> Row:
    """A row as the exposure queries return them, of what was traced otherwise; the rest of it is nothing."""
    named = {"category": None, "actor": None, "attribution": None, "place": None, "before": None, "passed": 0.0}
    return {"level": level, "reason": reason, "share": share, **named, **more}


def coverage_of(total: int, other: int) -> float | None:
    """How much of a wallet's money on the other side this side explains, at most 1; None without any money at all.

    A wallet that has not spent what it received has its money seen whole.
    """
    if other == 0:
        return 1.0 if total else None
    return min(1.0, total / other)


def spread(total: int, shares: Sequence[float]) -> list[int]:
    """Split an integer value by shares so that the parts add up to it exactly."""
    return apportion(total, [int(share * _SCALE) for share in shares]) if shares else []


def ended_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows where tracing stopped; what was traced further is counted where that ended."""
    return [row for row in rows if row["reason"] not in ("followed", "expanded")]


def _category(name: str, rows: list[Row], *, value: int, first_hop: int, taxonomy: Taxonomy) -> CategoryShare:
    actors: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        actors[row["actor"]].append(row)
    by_actor = [_actor(actor, part) for actor, part in actors.items()]
    before = [row["before"] for row in rows if row["before"] is not None]
    return CategoryShare(
        category=name,
        class_=taxonomy.get(name).class_,
        share=sum(row["share"] for row in rows),
        value=value,
        direct_share=sum(row["share"] for row in rows if row["level"] == first_hop),
        shortest_hops=min(row["level"] for row in rows) - first_hop + 1,
        actors=tuple(sorted(by_actor, key=lambda a: (-a.share, a.actor or ""))),
        before_share=sum(before) if len(before) == len(rows) else None,
    )


def _actor(actor: str | None, rows: list[Row]) -> ActorShare:
    attributions = sorted({row["attribution"] for row in rows if row["attribution"]})
    return ActorShare(actor, sum(row["share"] for row in rows), tuple(attributions))


def _hubs(rows: Sequence[Row]) -> tuple[Hub, ...]:
    """The wallets passed that came for themselves, each once, however often it was passed."""
    found: dict[str, Hub] = {}
    for row in rows:
        if row["reason"] == "followed" and row["place"] is not None:
            before = found.get(row["place"])
            share = row["share"] + (before.share if before else 0.0)
            found[row["place"]] = Hub(row["place"], row["counterparties"], share)
    return tuple(sorted(found.values(), key=lambda hub: (-hub.share, hub.wallet))[:MOST_HUBS])
