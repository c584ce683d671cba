"""From what was found out about a payment to its Decision: values in, values out, and the same again on replay."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from graph.model import Alert, Contribution, Decision, Severity, Signal
from risk.cascade import Basis, Outlook, graph_signal, look, weighed_models
from risk.evidence import evidence_of
from risk.explanation import explain
from risk.facts import DecisionInput
from risk.floors import needs_history, risk_of, rule_floors
from risk.fusing import Fused, Ground, fuse, strength_alone
from risk.priority import priority_of
from risk.rules import Rule
from risk.signals.anomaly import NAME as ANOMALY
from risk.signals.exposure import NAME as EXPOSURE
from risk.signals.exposure import illicit
from risk.signals.isolation import NAME as ISOLATION
from risk.signals.rules import CUT, GRAPH_NAME, fired
from risk.signals.velocity import NAME as VELOCITY

__all__ = [
    "ALERT_FROM",
    "WATCHED",
    "Basis",
    "DecisionInput",
    "alert_of",
    "decide",
    "input_hash",
    "look",
    "needs_history",
]

ALERT_FROM: frozenset[Severity] = frozenset({"high", "critical"})
WATCHED = "WATCHED_MOVEMENT"
_OWN_CATEGORY = {VELOCITY: "velocity", ANOMALY: "amount_anomaly", ISOLATION: "unusual_wallet"}


def decide(
    given: DecisionInput,
    basis: Basis,
    *,
    trace_id: str,
    latency_ms: float,
    decided_at: datetime,
    outlook: Outlook | None = None,
) -> Decision:
    """Fuse the signals of one payment; severity high or above, or a watched party, carries an alert id.

    `outlook` is what `look` told of the same input before graph rules were asked, if that is at hand.
    """
    outlook = outlook or look(given, basis)
    found = [] if outlook.skipped else _found(given, outlook)
    signals = [*outlook.signals, graph_signal(given, basis, outlook), *weighed_models(given, basis.policy)]
    floors = [*outlook.floors, *rule_floors(found, GRAPH_NAME)]
    fused = fuse(signals, basis.policy, floors)
    grounds = _grounds(fused, floors, basis)
    severity = basis.policy.severity(fused.score)
    payment, facts = given.payment, given.facts
    needs_alert = severity in ALERT_FROM or facts.watched
    return Decision(
        id=_id("dec", payment.key),
        transaction=payment.key,
        risk_score=fused.score,
        severity=severity,
        risk_category=grounds[0].category if grounds else None,
        reason_codes=tuple(dict.fromkeys([*(one.reason for one in grounds), *(WATCHED for _ in facts.watched)])),
        explanation=explain(given, basis.categories, grounds[0] if grounds else None, outlook.spared),
        signals=fused.signals,
        evidence=evidence_of(facts, found),
        policy=basis.policy.id,
        rule_versions={one.rule.id: str(one.rule.version) for one in basis.rules},
        model_versions=facts.model_versions,
        prompt_version=None,
        input_hash=input_hash(payment.key, given.content, given.text_digest),
        watermark=max(facts.seq, min(exposure.watermark for exposure in facts.exposures)),
        latency_ms=latency_ms,
        trace_id=trace_id,
        decided_at=decided_at,
        alert=_id("alr", payment.key) if needs_alert else None,
    )


def alert_of(decision: Decision, given: DecisionInput) -> Alert | None:
    """The alert that a decision opens, or None; one group gathers alerts with one cause."""
    if decision.alert is None:
        return None
    # A watched party is worth a look even where the policy sees nothing.
    severity: Severity = "low" if decision.severity == "none" else decision.severity
    return Alert(
        id=decision.alert,
        decision=decision.id,
        transaction=decision.transaction,
        class_="live",
        severity=severity,
        risk_score=decision.risk_score,
        priority=_priority(severity, decision, given),
        risk_category=decision.risk_category,
        reason_codes=decision.reason_codes,
        explanation=decision.explanation,
        wallets=given.payment.wallets,
        group_id=_group(decision, given),
        created_at=decision.decided_at,
        value=given.payment.value,
    )


def input_hash(transaction: str, content: str, text_digest: str | None) -> str:
    """SHA-256 of what was decided upon; `headwater verify` makes it again from the graph."""
    body = msgspec.json.encode({"content": content, "text": text_digest, "transaction": transaction}, order="sorted")
    return hashlib.sha256(body).hexdigest()


def _found(given: DecisionInput, outlook: Outlook) -> list[Rule]:
    """Graph rules that found their pattern."""
    return fired([one for one in outlook.rules if one.rule.graph is not None], outlook.fields, given.facts)


def _grounds(fused: Fused, floors: Sequence[Ground], basis: Basis) -> list[Ground]:
    """Everything that speaks for a risk, what makes most of the score first; a floor before what is worth the same."""
    replaced = any(s.name == basis.policy.replaced_by and s.value is not None for s in fused.signals)
    told = [replace(floor, detail=_detail(floor, fused)) for floor in floors]
    for signal in fused.signals:
        alone = 0.0 if replaced else strength_alone(signal, basis.policy)
        told += _contributed(signal, max(signal.effective_weight or 0.0, alone), basis)
    # What could not be judged is told, and is no ground for anything.
    return sorted(told, key=lambda one: (one.reason == CUT, -one.score))


def _detail(floor: Ground, fused: Fused) -> str:
    """What its signal tells of the fact behind a floor. Titles tell apart rules that share a reason code."""
    told = (one for signal in fused.signals if signal.name == floor.signal for one in signal.contributions)
    details = (one.detail for one in told if one.reason == floor.reason)
    return next((detail for detail in details if _is_titled(detail, floor.detail)), floor.detail)


def _is_titled(detail: str, title: str) -> bool:
    return detail == title or detail.startswith(f"{title}: ")


def _contributed(signal: Signal, weight: float, basis: Basis) -> list[Ground]:
    return [
        Ground(
            score=weight * one.value,
            reason=one.reason,
            signal=signal.name,
            category=_category(signal.name, one, basis),
            detail=one.detail,
        )
        for one in signal.contributions
    ]


def _category(signal: str, told: Contribution, basis: Basis) -> str | None:
    if signal == EXPOSURE:
        return told.reason.removeprefix("EXPOSURE_").rpartition("_")[0].lower()
    if told.reason == CUT:
        return None
    rules = (one.rule for one in basis.rules if one.rule.reason == told.reason)
    risks = (risk_of(rule) for rule in rules if _is_titled(told.detail, rule.title))
    return next(risks, _OWN_CATEGORY.get(signal, signal))


def _priority(severity: Severity, decision: Decision, given: DecisionInput) -> float:
    """At risk is what is tied to illicit wallets; where that is nothing, the whole payment."""
    exposed = sum(part.value for exposure in given.facts.exposures for part in illicit(exposure))
    strength = sum((s.effective_weight or 0.0) * s.value for s in decision.signals if s.value is not None)
    value = exposed or given.payment.value
    return priority_of(severity, decision.risk_score, value=value, strength=min(1.0, strength))


def _group(decision: Decision, given: DecisionInput) -> str:
    """Alerts of one risk category that rest on the same attributions, or, without any, come from the same payer."""
    attributions = sorted(
        {
            attribution
            for exposure in given.facts.exposures
            for part in illicit(exposure)
            for actor in part.actors
            for attribution in actor.attributions
        }
    )
    cause: list[object] = [decision.risk_category, attributions]
    if not attributions:
        payers = given.payment.payers or given.payment.payees
        cause.append(sorted({one.wallet for one in given.facts.watched}) or max(sorted(payers), key=payers.__getitem__))
    return "grp_" + hashlib.sha256(msgspec.json.encode(cause)).hexdigest()[:26]


def _id(prefix: str, transaction: str) -> str:
    """One transaction has one decision and at most one live alert, so their ids follow from its key."""
    return f"{prefix}_{hashlib.sha256(transaction.encode()).hexdigest()[:26]}"
