"""Floors: what of a payment's exposure, and which of its rules, hold the score up whatever else is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from graph.model import CategoryShare, Exposure
from risk.facts import DecisionInput
from risk.fusing import Ground
from risk.policy import Floor, Policy
from risk.rules import Rule
from risk.signals.exposure import NAME as EXPOSURE
from risk.signals.exposure import illicit

DUSTING = "SANCTIONS_DUSTING"


def dusted(given: DecisionInput, policy: Policy, *, unsolicited: bool) -> frozenset[str]:
    """Severe categories whose direct inbound money is unsolicited dust; empty for any other payment."""
    if not unsolicited or given.payment.value >= policy.dusting_value:
        return frozenset()
    severe = {name for floor in policy.floors if floor.spares_dusting for name in floor.categories}
    sources = (e for e in given.facts.exposures if e.direction == "source")
    direct = {part.category for e in sources for part in illicit(e) if part.direct_share > 0}
    return frozenset(severe & direct)


def needs_history(given: DecisionInput, policy: Policy) -> bool:
    """Whether it matters for this payment that the payee never paid a payer before."""
    return bool(dusted(given, policy, unsolicited=True))


def exposure_floors(exposures: Sequence[Exposure], policy: Policy, spared: frozenset[str]) -> list[Ground]:
    """Floors of exposure that hold; dusting raises its own in place of those it is spared."""
    named = {name for floor in policy.floors for name in floor.categories}
    raised = []
    for exposure in exposures:
        for part in illicit(exposure):
            if exposure.direction == "source" and part.category in spared:
                raised.append(_ground(policy.dusting_score, DUSTING, part))
                continue
            raised += [
                _ground(
                    floor.score, f"EXPOSURE_{part.category.upper()}_{'DIRECT' if floor.direct else 'INDIRECT'}", part
                )
                for floor in _applying(policy.floors, part, named)
                if _holds(floor, part, exposure.total_value)
            ]
    return raised


def rule_floors(rules: Iterable[Rule], signal: str) -> list[Ground]:
    """Floors of rules that fired, or might."""
    return [
        Ground(score=rule.floor, reason=rule.reason, signal=signal, category=risk_of(rule), detail=rule.title)
        for rule in rules
        if rule.floor is not None
    ]


def risk_of(rule: Rule) -> str:
    """The risk category that a rule stands for: its typology, else its reason."""
    return rule.typology or rule.reason.removeprefix("RULE_").lower()


def _applying(floors: Iterable[Floor], part: CategoryShare, named: set[str]) -> Iterator[Floor]:
    for floor in floors:
        if part.category in floor.categories or (not floor.categories and part.category not in named):
            yield floor


def _holds(floor: Floor, part: CategoryShare, total_value: int) -> bool:
    share = part.direct_share if floor.direct else part.indirect_share
    by_value = floor.min_value is not None and int(share * total_value) >= floor.min_value
    return share > 0 and (share > floor.min_share or by_value)


def _ground(score: float, reason: str, part: CategoryShare) -> Ground:
    return Ground(score=score, reason=reason, signal=EXPOSURE, category=part.category)
