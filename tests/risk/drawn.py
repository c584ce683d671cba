"""Exposures and payments drawn for the tests of this room, without any graph."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graph.model import (
    MICRO,
    ActorShare,
    Alert,
    CategoryShare,
    Decision,
    Direction,
    Exposure,
    History,
    Residual,
    WalletHistory,
    Window,
)
from graph.taxonomy import load_taxonomy
from risk.cascade import Basis
from risk.conditions import CompiledRule, compile_rule
from risk.decision import alert_of, decide
from risk.facts import DecisionInput, Facts, Payment
from risk.policy import DEFAULT_POLICY, Policy
from risk.rules import Rule

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


def habit(wallet: str = "acct:a", *, count: int = 0, value: int = 0, sampled: int = 0, **more: Any) -> WalletHistory:
    """A wallet that sent `count` payments of `value` in all within the velocity window."""
    return WalletHistory(wallet=wallet, sent_window=Window(count, value, min(count, 1)), sampled=sampled, **more)


def payment(
    *exposures: Exposure,
    value: int = 100 * MICRO,
    key: str = "acct:t",
    payers: dict[str, int] | None = None,
    history: History | None = None,
    **facts: Any,
) -> DecisionInput:
    """acct:a, without any history unless told otherwise, pays acct:b."""
    paying = {"acct:a": value} if payers is None else payers
    return DecisionInput(
        payment=Payment(
            key=key,
            network="acct",
            asset="USD",
            at=NOON,
            value=value,
            amount=str(value // MICRO),
            payers=paying,
            payees={"acct:b": value},
        ),
        content="c" * 64,
        text_digest=None,
        facts=Facts(
            exposures=exposures or (exposure(), exposure(direction="destination")),
            history=history or History(payers=tuple(map(habit, paying)), payees=(habit("acct:b"),)),
            seq=9,
            **facts,
        ),
    )


def basis(policy: Policy = DEFAULT_POLICY, *rules: Rule) -> Basis:
    return Basis(policy, tuple(compiled(rule) for rule in rules), TAXONOMY.categories)


def compiled(rule: Rule) -> CompiledRule:
    return compile_rule(rule)


def decided(given: DecisionInput, policy: Policy = DEFAULT_POLICY, *rules: Rule, trace_id: str = "trace") -> Decision:
    return decide(given, basis(policy, *rules), trace_id=trace_id, latency_ms=1.5, decided_at=NOON)


def alerted(given: DecisionInput, policy: Policy = DEFAULT_POLICY, *rules: Rule) -> Alert | None:
    return alert_of(decided(given, policy, *rules), given)
