"""Fusing signals into one score: a weighted mean of those that could be had, and what it may not fall below."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from graph.model import Signal
from risk.policy import Policy


class Ground(Struct, frozen=True, kw_only=True):
    """What one fact alone makes of the score: a floor, or a contribution at its signal's weight.

    `category` names the risk, None where the fact is no risk of its own; `detail` is a sentence without its full stop.
    """

    score: float
    reason: str
    signal: str
    category: str | None
    detail: str = ""


class Fused(Struct, frozen=True):
    """The score is `mean` or `least`, whichever is more. `signals` tell the weights that they had in the mean."""

    mean: float
    least: float
    signals: tuple[Signal, ...]

    @property
    def score(self) -> float:
        """The risk score, in [0, 1]."""
        return min(1.0, max(self.mean, self.least))


def fuse(signals: Sequence[Signal], policy: Policy, floors: Sequence[Ground]) -> Fused:
    """Fuse signals under a policy; a missing signal gives its weight to the rest in proportion.

    `least` is the highest floor, or `alone` times the value of a signal. Where the policy's `replaced_by` could be
    had, that signal has all the weight and the others count for nothing alone; floors hold all the same.
    """
    replacing = next((s.name for s in signals if s.name == policy.replaced_by and s.value is not None), None)
    weighed = _weighed(signals, replacing)
    mean = sum((s.effective_weight or 0.0) * s.value for s in weighed if s.value is not None)
    alone = [strength_alone(signal, policy) * (signal.value or 0.0) for signal in weighed]
    if replacing:
        alone = []
    return Fused(mean, max([0.0, *alone, *(floor.score for floor in floors)]), weighed)


def strength_alone(signal: Signal, policy: Policy) -> float:
    """What part of its value a signal keeps whatever the others say."""
    return policy.alone.get(signal.name, 0.0)


def _weighed(signals: Sequence[Signal], replacing: str | None) -> tuple[Signal, ...]:
    """Give each signal the weight that it has in the mean; they add up to 1 unless none has any."""
    own = {s.name: 0.0 if s.value is None else s.weight for s in signals}
    if replacing:
        own = {name: float(name == replacing) for name in own}
    total = sum(own.values()) or 1.0
    return tuple(replace(signal, effective_weight=own[signal.name] / total) for signal in signals)
