"""Alerts for who watches a wallet: about a change of its exposure, however small the policy finds it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from graph.model import Alert, Category, ScoreChange, Severity, WalletScore
from risk.causes import moves
from risk.policy import Policy
from risk.retro import retro_alert

WATCHED_EXPOSURE = "WATCHED_EXPOSURE"


def exposure_moved(before: WalletScore | None, after: WalletScore) -> float:
    """How far the score, or a category's share on either side, moved at the most; infinite for its own category."""
    if before is not None and before.category != after.category:
        return math.inf
    score = abs(after.score - (before.score if before else 0.0))
    return max([score, *(abs(move.after - move.before) for move in moves(before, after))])


def with_watched(alert: Alert) -> Alert:
    """The alert of a wallet that crossed a threshold and is watched: one alert tells both."""
    return replace(alert, reason_codes=(*alert.reason_codes, WATCHED_EXPOSURE))


def watched_alert(
    change: ScoreChange, policy: Policy, categories: Mapping[str, Category], created_at: datetime
) -> Alert:
    """The alert about a watched wallet whose exposure changed; at least low. Its id follows from wallet and change."""
    found = policy.severity(change.after.score)
    severity: Severity = "low" if found == "none" else found
    alert = retro_alert(change, severity, categories, created_at)
    return replace(alert, id=f"alr_{_digest([WATCHED_EXPOSURE, alert.id])}", reason_codes=(WATCHED_EXPOSURE,))


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:26]
