"""The place of an alert in the queue: a number that still orders where risk scores are alike."""

from __future__ import annotations

import math

from graph.model import MICRO, Severity

RANKS: dict[Severity, int] = {"none": 0, "low": 1, "high": 2, "critical": 3}


def priority_of(severity: Severity, risk_score: float, *, value: float, strength: float) -> float:
    """The rank of the severity, 0 to 3, and a fraction: mostly the score, then the value at risk, then the strength.

    `value` is in micro-units, each factor of ten of it counts like 0.015 of the score; `strength`, in [0, 1], is how
    much the signals say together. A fraction below 1 keeps any value from lifting an alert over a higher severity.
    """
    # 2^63 micro-units are 13 factors of ten: 0.80 + 0.012 * 13 + 0.04 is below 1.
    return RANKS[severity] + 0.80 * risk_score + 0.012 * math.log10(1.0 + value / MICRO) + 0.04 * strength
