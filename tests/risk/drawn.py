"""Exposures and payments drawn for the tests of this room, without any graph."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.model import MICRO, ActorShare, Alert, CategoryShare, Decision, Direction, Exposure, Residual
from graph.taxonomy import load_taxonomy
from risk.decision import DecisionInput, alert_of, decide
from risk.policy import DEFAULT_POLICY, Policy

TAXONOMY = load_taxonomy()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def part(category: str, share: float, *, direct: float | None = None, value: int = 0, hops: int = 1) -> CategoryShare:
    """All of the share is direct unless told otherwise."""
    return CategoryShare(
        category=category,
        class_=TAXONOMY.get(category).class_,
        share=share,
        value=value,
        direct_share=share if direct is None else direct,
        shortest_hops=hops,
        actors=(ActorShare(f"actor of {category}", share, (f"att_{category}",)),),
    )


def exposure(*parts: CategoryShare, direction: Direction = "source", total: int = 100 * MICRO) -> Exposure:
    rest = 1 - sum(p.share for p in parts)
    return Exposure(
        wallet="acct:t",
        direction=direction,
        hops=3,
        total_value=total,
        watermark=7,
        categories=parts,
        residuals=(Residual("origin", rest, round(rest * total)),) if rest > 0 else (),
        passed_through=0.0,
        coverage=None,
    )


def payment(
    *exposures: Exposure, value: int = 100 * MICRO, unsolicited: bool = False, key: str = "acct:t"
) -> DecisionInput:
    return DecisionInput(
        transaction=key,
        value=value,
        content="c" * 64,
        text_digest=None,
        exposures=exposures or (exposure(), exposure(direction="destination")),
        unsolicited=unsolicited,
        wallets=("acct:a", "acct:b"),
        seq=9,
    )


def decided(given: DecisionInput, policy: Policy = DEFAULT_POLICY, trace_id: str = "trace") -> Decision:
    return decide(given, policy, TAXONOMY.categories, trace_id=trace_id, latency_ms=1.5, decided_at=NOON)


def alerted(given: DecisionInput, policy: Policy = DEFAULT_POLICY) -> Alert | None:
    return alert_of(decided(given, policy), given)
