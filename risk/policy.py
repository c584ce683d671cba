"""Policies: versioned weights, thresholds and floors that turn signals into a decision. Data, no I/O."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from graph.model import MICRO, Severity

Share = Annotated[float, Meta(ge=0, le=1)]
Rarity = Annotated[float, Meta(gt=0, lt=1)]
Count = Annotated[int, Meta(ge=1)]
Micro = Annotated[int, Meta(ge=0, le=2**62)]


class Floor(Struct, frozen=True, kw_only=True):
    """A least score for exposure to some categories: share above `min_share`, or value at least `min_value`.

    `categories` empty means every illicit category that no floor before it names. Values are micro-units.
    """

    name: str
    categories: tuple[str, ...]
    direct: bool
    score: Share
    min_share: Share = 0.0
    min_value: Micro | None = None
    spares_dusting: bool = False


class VelocityLimits(Struct, frozen=True, kw_only=True):
    """What a payer may send within a sliding window before it counts: payments, and their value in micro-units."""

    window_s: Annotated[int, Meta(ge=1, le=86_400)] = 300
    max_count: Count = 10
    max_value: Micro = 50_000 * MICRO


class AnomalyLimits(Struct, frozen=True, kw_only=True):
    """From which z-score a payment's value is out of its payer's habit, and how many payments make a habit."""

    z_score: Annotated[float, Meta(gt=0)] = 3.0
    least_count: Count = 5


class Policy(Struct, frozen=True, kw_only=True):
    """What a decision was made under; `id` is `name-version`.

    The risk score is the weighted mean of the signals that could be had, but no less than `alone` times a signal's
    value, a floor of exposure, or a floor of a rule that fired. `replaced_by`: once this signal can be had, it alone
    makes the score. Thresholds go from low to critical; hop weights are for distance 0, 1, 2. Payments are reported
    from `reporting_threshold`; those within `reporting_margin` below it are near it. `wallet_weights` are what models
    count with in scores of wallets: exposure is never diluted, models add to it. `illicit_share` is the share of all
    wallets that is taken to be illicit: among labels they are far more frequent, and models learn from those.
    """

    id: str
    hops: Annotated[int, Meta(ge=1, le=6)]
    weights: dict[str, Share]
    thresholds: dict[Severity, Share]
    floors: tuple[Floor, ...] = ()
    dusting_value: Micro = 10_000
    dusting_score: Share = 0.4
    hop_weights: tuple[float, float, float] = (1.0, 0.5, 0.25)
    alone: dict[str, Share] = {}
    replaced_by: str | None = None
    wallet_weights: dict[str, Share] = {}
    illicit_share: Rarity = 0.02
    velocity: VelocityLimits = VelocityLimits()
    anomaly: AnomalyLimits = AnomalyLimits()
    reporting_threshold: Micro = 10_000 * MICRO
    reporting_margin: Share = 0.1

    def severity(self, score: float) -> Severity:
        """The highest severity whose threshold the score reaches."""
        reached: Severity = "none"
        for severity, threshold in sorted(self.thresholds.items(), key=lambda item: item[1]):
            if score >= threshold:
                reached = severity
        return reached


THRESHOLDS: dict[Severity, float] = {"low": 0.4, "high": 0.7, "critical": 0.9}

# Exposure of a payment is never diluted by signals that are silent: alone it counts in full.
DEFAULT_POLICY = Policy(
    id="default-2",
    hops=3,
    weights={"exposure": 0.4, "rules": 0.2, "graph_rules": 0.2, "velocity": 0.1, "anomaly": 0.1},
    thresholds=THRESHOLDS,
    floors=(
        Floor(
            name="direct_severe",
            categories=("sanctions", "terrorism_financing", "child_abuse"),
            direct=True,
            score=0.9,
            spares_dusting=True,
        ),
        Floor(name="direct_illicit", categories=(), direct=True, score=0.7),
    ),
    alone={"exposure": 1.0, "rules": 0.5, "velocity": 0.5, "anomaly": 0.5},
)

# One model alone makes a wallet worth a look, two that agree make it high, and none critical: that takes exposure.
MODELLED_POLICY = replace(
    DEFAULT_POLICY, id="default-3", wallet_weights={"classifier": 0.45, "gnn": 0.45, "isolation_forest": 0.05}
)

# What was in force before rules, velocity and anomaly were signals: kept, so that its runs and decisions replay.
FIRST_POLICY = Policy(
    id="default-1", hops=3, weights={"exposure": 1.0}, thresholds=THRESHOLDS, floors=DEFAULT_POLICY.floors
)

# The weights of the seed: rules .35, velocity .33, anomaly .32; a model replaces them all once there is one.
CLASSIC_POLICY = Policy(
    id="classic-1",
    hops=3,
    weights={"rules": 0.35, "velocity": 0.33, "anomaly": 0.32},
    thresholds=THRESHOLDS,
    replaced_by="isolation_forest",
)
