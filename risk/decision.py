"""Fusing signals under a policy into a Decision. Values in, values out: replaying it gives the same answer."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from graph.model import MICRO, Alert, Category, Contribution, Decision, Exposure, Severity, Signal, format_micro
from risk.explanation import explain
from risk.policy import Floor, Policy
from risk.signals.exposure import exposure_signal, illicit

ALERT_FROM: frozenset[Severity] = frozenset({"high", "critical"})
DUSTING = "SANCTIONS_DUSTING"


class DecisionInput(Struct, frozen=True, kw_only=True):
    """All that a decision depends on. `unsolicited` means that the payee never paid a payer before."""

    transaction: str
    value: int
    content: str
    text_digest: str | None
    exposures: tuple[Exposure, ...]
    unsolicited: bool
    wallets: tuple[str, ...]
    seq: int


def decide(
    given: DecisionInput,
    policy: Policy,
    categories: Mapping[str, Category],
    *,
    trace_id: str,
    latency_ms: float,
    decided_at: datetime,
) -> Decision:
    """Fuse the signals of one payment; severity high or above carries an alert id."""
    spared = _dusted(given, policy)
    signals = (exposure_signal(given.exposures, categories, policy.weights["exposure"], spared),)
    floors = _floors(given, policy, spared)
    score = max([_weighted(signals), *(floor.score for floor, _ in floors)])
    severity = policy.severity(score)
    contributions = [c for signal in signals for c in signal.contributions]
    reasons = dict.fromkeys([*(DUSTING for _ in spared), *(c.reason for c in contributions)])
    return Decision(
        id=_id("dec", given.transaction),
        transaction=given.transaction,
        risk_score=score,
        severity=severity,
        risk_category=_category(floors, contributions, spared),
        reason_codes=tuple(reasons),
        explanation=explain(given.exposures, categories, bool(spared)),
        signals=signals,
        evidence=tuple(_evidence(exposure) for exposure in given.exposures),
        policy=policy.id,
        rule_versions={},
        model_versions={},
        prompt_version=None,
        input_hash=input_hash(given.transaction, given.content, given.text_digest),
        watermark=max(given.seq, min(exposure.watermark for exposure in given.exposures)),
        latency_ms=latency_ms,
        trace_id=trace_id,
        decided_at=decided_at,
        alert=_id("alr", given.transaction) if severity in ALERT_FROM else None,
    )


def alert_of(decision: Decision, given: DecisionInput) -> Alert | None:
    """The alert that a decision opens, or None; one group gathers alerts with one cause."""
    if decision.alert is None:
        return None
    exposed = sum(part.value for exposure in given.exposures for part in illicit(exposure))
    return Alert(
        id=decision.alert,
        decision=decision.id,
        transaction=decision.transaction,
        class_="live",
        severity=decision.severity,
        risk_score=decision.risk_score,
        # The score saturates; the value exposed still orders what has the same score.
        priority=decision.risk_score + 0.01 * math.log10(1 + exposed / MICRO),
        risk_category=decision.risk_category,
        reason_codes=decision.reason_codes,
        explanation=decision.explanation,
        wallets=given.wallets,
        group_id=_group(decision),
        created_at=decision.decided_at,
    )


def input_hash(transaction: str, content: str, text_digest: str | None) -> str:
    """SHA-256 of what was decided upon; `headwater verify` makes it again from the graph."""
    body = msgspec.json.encode({"content": content, "text": text_digest, "transaction": transaction}, order="sorted")
    return hashlib.sha256(body).hexdigest()


def needs_history(given: DecisionInput, policy: Policy) -> bool:
    """Whether it matters for this payment that the payee never paid a payer before."""
    return bool(_dusted(msgspec.structs.replace(given, unsolicited=True), policy))


def _weighted(signals: Sequence[Signal]) -> float:
    """The weighted mean of the signals that could be had: a missing one gives its weight to the rest."""
    had = [(signal.weight, signal.value) for signal in signals if signal.value is not None]
    total = sum(weight for weight, _ in had)
    return sum(weight * value for weight, value in had) / total if total else 0.0


def _dusted(given: DecisionInput, policy: Policy) -> frozenset[str]:
    """Severe categories whose direct inbound money is unsolicited dust; empty for any other payment."""
    if not given.unsolicited or given.value >= policy.dusting_value:
        return frozenset()
    severe = {name for floor in policy.floors if floor.spares_dusting for name in floor.categories}
    direct = {c.category for e in given.exposures if e.direction == "source" for c in illicit(e) if c.direct_share > 0}
    return frozenset(severe & direct)


def _floors(given: DecisionInput, policy: Policy, spared: frozenset[str]) -> list[tuple[Floor, str]]:
    """Floors that hold, with the category that raised each; dusting raises its own."""
    named = {name for floor in policy.floors for name in floor.categories}
    raised = []
    for exposure in given.exposures:
        for part in illicit(exposure):
            if exposure.direction == "source" and part.category in spared:
                raised.append(
                    (Floor(name="dusting", categories=(), direct=True, score=policy.dusting_score), part.category)
                )
                continue
            for floor in policy.floors:
                applies = part.category in floor.categories or (not floor.categories and part.category not in named)
                share = part.direct_share if floor.direct else part.indirect_share
                value = int(share * exposure.total_value)
                enough = share > floor.min_share or (floor.min_value is not None and value >= floor.min_value)
                if applies and share > 0 and enough:
                    raised.append((floor, part.category))
    return raised


def _category(
    floors: Sequence[tuple[Floor, str]], contributions: Sequence[Contribution], spared: frozenset[str]
) -> str | None:
    """The category of the highest floor, else of the largest contribution."""
    if floors:
        return max(floors, key=lambda item: item[0].score)[1]
    if contributions:
        largest = max(contributions, key=lambda c: c.value)
        return largest.reason.removeprefix("EXPOSURE_").rpartition("_")[0].lower()
    return min(spared) if spared else None


def _evidence(exposure: Exposure) -> dict[str, Any]:
    """The exposure a decision rests on, whole, in the words and units of the wire."""
    return {
        "kind": "exposure",
        "direction": exposure.direction,
        "hops": exposure.hops,
        "method": exposure.method,
        "total_value": format_micro(exposure.total_value),
        "exact": exposure.exact,
        "watermark": exposure.watermark,
        "categories": [
            {
                "category": part.category,
                "class": part.class_,
                "share": part.share,
                "value": format_micro(part.value),
                "direct_share": part.direct_share,
                "indirect_share": part.indirect_share,
                "shortest_hops": part.shortest_hops,
                "actors": [
                    {"actor": actor.actor, "share": actor.share, "attributions": list(actor.attributions)}
                    for actor in part.actors
                ],
            }
            for part in exposure.categories
        ],
        "residuals": [
            {"reason": rest.reason, "share": rest.share, "value": format_micro(rest.value)}
            for rest in exposure.residuals
        ],
        "passed_through": {
            "share": exposure.passed_through,
            "value": format_micro(int(exposure.passed_through * exposure.total_value)),
        },
        "hubs": [
            {"wallet": hub.wallet, "counterparties": hub.counterparties, "share": hub.share} for hub in exposure.hubs
        ],
    }


def _group(decision: Decision) -> str:
    attributions = sorted(
        {
            attribution
            for exposure in decision.evidence
            for part in exposure["categories"]
            if part["class"] == "illicit"
            for actor in part["actors"]
            for attribution in actor["attributions"]
        }
    )
    cause = msgspec.json.encode([decision.risk_category, attributions])
    return "grp_" + hashlib.sha256(cause).hexdigest()[:26]


def _id(prefix: str, transaction: str) -> str:
    """One transaction has one decision and at most one live alert, so their ids follow from its key."""
    return f"{prefix}_{hashlib.sha256(transaction.encode()).hexdigest()[:26]}"
