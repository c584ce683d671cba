"""The cascade: what can be told at once about a payment, and which graph rules can still change the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.model import Category, Severity, Signal
from risk.conditions import CompiledRule
from risk.facts import DecisionInput
from risk.fields import fields_of
from risk.floors import dusted, exposure_floors, rule_floors
from risk.fusing import Ground, fuse
from risk.policy import Policy
from risk.settling import settle
from risk.signals.anomaly import anomaly_signal
from risk.signals.exposure import exposure_signal
from risk.signals.rules import GRAPH_NAME, NAME, fired, graph_rules_signal, rules_signal, worth_asking
from risk.signals.velocity import velocity_signal

# Sums of a mean round differently with other values in them; a bound must hold all the same.
ROUNDING = 1e-12


class Basis(Struct, frozen=True):
    """What decisions are made under; rules stand in order of id."""

    policy: Policy
    rules: tuple[CompiledRule, ...]
    categories: Mapping[str, Category]


class Outlook(Struct, frozen=True, kw_only=True):
    """What is known of a payment before a graph rule is asked.

    `signals` are exposure, rules, velocity and anomaly. `open_rules` are worth asking: empty if none is, or if
    `skipped` says why asking could change nothing. `rules` are all in force, their conditions judged; `cut` those that
    could not be.
    """

    rules: tuple[CompiledRule, ...]
    cut: Mapping[str, str]
    fields: Mapping[str, Any]
    spared: frozenset[str]
    signals: tuple[Signal, ...]
    floors: tuple[Ground, ...]
    open_rules: tuple[CompiledRule, ...]
    skipped: str | None


def look(given: DecisionInput, basis: Basis) -> Outlook:
    """Tell what follows from exposure, history and rules alone; the same input gives the same outlook."""
    policy, facts = basis.policy, given.facts
    fields = fields_of(given.payment, facts, basis.categories)
    spared = dusted(given, policy, unsolicited=facts.unsolicited)
    rules, cut = settle(basis.rules, fields, facts.cut)
    payment_rules = [one for one in rules if one.rule.graph is None]
    signals = (
        exposure_signal(facts.exposures, basis.categories, _weight(policy, "exposure"), spared),
        _rules(payment_rules, fields, policy),
        velocity_signal(given.payment, facts.history.payers, policy.velocity, _weight(policy, "velocity")),
        anomaly_signal(given.payment, facts.history.payers, policy.anomaly, _weight(policy, "anomaly")),
    )
    floors = exposure_floors(facts.exposures, policy, spared)
    floors += rule_floors(fired(payment_rules, fields, facts), NAME)
    asking = worth_asking(rules, fields)
    known = [*signals, *weighed_models(given, policy)]
    clear = clear_severity(known, asking, policy, floors) if asking else None
    return Outlook(
        rules=rules,
        cut=cut,
        fields=fields,
        spared=spared,
        signals=signals,
        floors=tuple(floors),
        open_rules=() if clear else tuple(asking),
        skipped=f"outcome clear: {clear} whatever it says" if clear else None,
    )


def graph_signal(given: DecisionInput, basis: Basis, outlook: Outlook) -> Signal:
    """The signal of the graph rules, once those that the outlook left open were asked."""
    weight = _weight(basis.policy, GRAPH_NAME)
    graph_rules = [one for one in outlook.rules if one.rule.graph is not None]
    skipped = outlook.skipped if graph_rules else "no graph rule is in force"
    return graph_rules_signal(graph_rules, outlook.fields, given.facts, weight, skipped)


def weighed_models(given: DecisionInput, policy: Policy) -> list[Signal]:
    """Signals computed elsewhere, with the weights that the policy gives them."""
    return [replace(signal, weight=_weight(policy, signal.name)) for signal in given.facts.models]


def clear_severity(
    known: Sequence[Signal], asking: Sequence[CompiledRule], policy: Policy, floors: Sequence[Ground]
) -> Severity | None:
    """The severity that the payment has whatever the graph rules say, None while they can change it.

    The score rises with the value of their signal, and lies between the same bounds if that is left out.
    """
    weight = _weight(policy, GRAPH_NAME)
    possible = rule_floors([one.rule for one in asking], GRAPH_NAME)
    silent, loud = (Signal(name=GRAPH_NAME, value=value, weight=weight) for value in (0.0, 1.0))
    low, high = fuse([*known, silent], policy, floors), fuse([*known, loud], policy, [*floors, *possible])
    least = policy.severity(max(low.mean - ROUNDING, low.least))
    return least if least == policy.severity(max(high.mean + ROUNDING, high.least)) else None


def _rules(rules: Sequence[CompiledRule], fields: Mapping[str, Any], policy: Policy) -> Signal:
    weight = _weight(policy, NAME)
    if not rules:
        return Signal(name=NAME, value=None, weight=weight, skipped="no rule is in force")
    return rules_signal(rules, fields, weight)


def _weight(policy: Policy, name: str) -> float:
    return policy.weights.get(name, 0.0)
