"""Retro alerts: a wallet whose stored score rose over a threshold because of what became known later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from graph.model import Alert, Category, ScoreChange, Severity, WalletScore
from risk.causes import moves
from risk.decision import ALERT_FROM
from risk.policy import Policy
from risk.priority import RANKS, priority_of


def crossed(before: WalletScore | None, after: WalletScore, policy: Policy) -> Severity | None:
    """The severity that a wallet's score has risen to, if that is one for an alert; None otherwise.

    A wallet without any transaction has nothing to look into: None.
    """
    was, now = policy.severity(before.score) if before else "none", policy.severity(after.score)
    has_moved = after.in_degree + after.out_degree > 0
    return now if has_moved and now in ALERT_FROM and RANKS[now] > RANKS[was] else None


def needs_alert(score: WalletScore, policy: Policy) -> bool:
    """Whether the score is over the threshold of an alert."""
    return policy.severity(score.score) in ALERT_FROM


def retro_alert(
    change: ScoreChange, severity: Severity, categories: Mapping[str, Category], created_at: datetime
) -> Alert:
    """The alert about a wallet that crossed a threshold; its id follows from wallet, severity and causes."""
    is_listed, category = _category(change, categories)
    cause = sorted(one.id for one in change.causes)
    crossing = [change.wallet, severity, change.before.watermark if change.before else None, cause]
    return Alert(
        id=f"alr_{_digest(crossing)}",
        decision=None,
        transaction=None,
        class_="retro",
        severity=severity,
        risk_score=change.after.score,
        priority=priority_of(severity, change.after.score, value=_exposed(change.after), strength=change.after.score),
        risk_category=category,
        reason_codes=(_reason(change, is_listed, category),),
        explanation=change.words,
        wallets=(change.wallet,),
        group_id=f"grp_{_digest([category, cause])}",
        created_at=created_at,
    )


def _reason(change: ScoreChange, is_listed: bool, category: str | None) -> str:
    if category is None and change.after.signals:
        return "RETRO_MODELS"
    return f"RETRO_{'LISTED' if is_listed else 'EXPOSURE'}_{(category or 'none').upper()}"


def _category(change: ScoreChange, categories: Mapping[str, Category]) -> tuple[bool, str | None]:
    """Whether the wallet itself was listed, and the category that raised its score most."""
    own, was = change.after.category, change.before.category if change.before else None
    if own is not None and own != was and own in categories and categories[own].class_ == "illicit":
        return True, own
    # One that the table has no more can only have fallen.
    known = [move for move in moves(change.before, change.after) if move.category in categories]
    moved = [move for move in known if categories[move.category].class_ == "illicit"]
    if not moved:
        return False, None
    return False, max(moved, key=lambda m: categories[m.category].severity * (m.after - m.before)).category


def _exposed(score: WalletScore) -> float:
    """Micro-units of the wallet's money, on both sides, that are tied to illicit wallets."""
    source, destination = score.source["total_value"], score.destination["total_value"]
    return float(score.illicit_source_share * source + score.illicit_destination_share * destination)


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:26]
