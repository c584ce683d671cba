"""Policies: versioned weights, thresholds and floors that turn signals into a decision. Data, no I/O."""

from __future__ import annotations

from msgspec import Struct

from graph.model import Severity


class Floor(Struct, frozen=True, kw_only=True):
    """A least score for exposure to some categories: share above `min_share`, or value at least `min_value`.

    `categories` empty means every illicit category that no floor before it names. Values are micro-units.
    """

    name: str
    categories: tuple[str, ...]
    direct: bool
    score: float
    min_share: float = 0.0
    min_value: int | None = None
    spares_dusting: bool = False


class Policy(Struct, frozen=True, kw_only=True):
    """What a decision was made under. Thresholds go from low to critical; hop weights are for distance 0, 1, 2."""

    id: str
    hops: int
    weights: dict[str, float]
    thresholds: dict[Severity, float]
    floors: tuple[Floor, ...]
    dusting_value: int
    dusting_score: float
    hop_weights: tuple[float, float, float] = (1.0, 0.5, 0.25)

    def severity(self, score: float) -> Severity:
        """The highest severity whose threshold the score reaches."""
        reached: Severity = "none"
        for severity, threshold in sorted(self.thresholds.items(), key=lambda item: item[1]):
            if score >= threshold:
                reached = severity
        return reached


DEFAULT_POLICY = Policy(
    id="default-1",
    hops=3,
    weights={"exposure": 1.0},
    thresholds={"low": 0.4, "high": 0.7, "critical": 0.9},
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
    dusting_value=10_000,
    dusting_score=0.4,
)
