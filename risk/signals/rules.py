"""The rules signals: which rules a payment meets, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.model import Contribution, Signal
from risk.conditions import CompiledRule
from risk.facts import Facts, Finding
from risk.operators import RuleCut
from risk.rules import Rule

NAME = "rules"
GRAPH_NAME = "graph_rules"
CUT = "RULE_NOT_JUDGED"


def rules_signal(rules: Iterable[CompiledRule], fields: Mapping[str, Any], weight: float) -> Signal:
    """Combine the payment rules that hold: 1 - Π (1 - score). Graph rules are passed over.

    A rule that could not be judged adds nothing and is named, with the reason.
    """
    met, cut = _judged([one for one in rules if one.rule.graph is None], fields)
    return _signal(NAME, weight, [_contribution(rule, "") for rule in met], cut)


def graph_rules_signal(
    rules: Iterable[CompiledRule], fields: Mapping[str, Any], facts: Facts, weight: float, skipped: str | None = None
) -> Signal:
    """Combine the graph rules that found their pattern, as payment rules are combined.

    `skipped` says why none was asked, if so: then there is no value. Nor is there one where every rule that was worth
    asking failed.
    """
    if skipped is not None:
        return Signal(name=GRAPH_NAME, value=None, weight=weight, skipped=skipped)
    graph_rules = [one for one in rules if one.rule.graph is not None]
    met, cut = _judged(graph_rules, fields)
    failed = [rule for rule in met if rule.id in facts.failed]
    cut += [_not_judged(rule, facts.failed[rule.id]) for rule in failed]
    found = [(rule, finding) for rule in met if (finding := facts.findings.get(rule.id)) is not None]
    if failed and len(failed) == len(met):
        reason = "could not be asked: " + "; ".join(f"{rule.id}: {facts.failed[rule.id]}" for rule in failed)
        return Signal(name=GRAPH_NAME, value=None, weight=weight, skipped=reason, contributions=tuple(cut))
    return _signal(GRAPH_NAME, weight, [_contribution(rule, _told(finding)) for rule, finding in found], cut)


def fired(rules: Iterable[CompiledRule], fields: Mapping[str, Any], facts: Facts) -> list[Rule]:
    """Rules that the payment meets, in their order: those whose condition holds, and with a graph found its pattern."""
    met, _ = _judged(rules, fields)
    return [rule for rule in met if rule.graph is None or facts.findings.get(rule.id) is not None]


def worth_asking(rules: Iterable[CompiledRule], fields: Mapping[str, Any]) -> list[CompiledRule]:
    """Graph rules whose condition holds, so that their query is worth asking."""
    graph_rules = [one for one in rules if one.rule.graph is not None]
    met = {rule.id for rule in _judged(graph_rules, fields)[0]}
    return [one for one in graph_rules if one.rule.id in met]


def _judged(rules: Iterable[CompiledRule], fields: Mapping[str, Any]) -> tuple[list[Rule], list[Contribution]]:
    """Rules whose condition holds, and a word about each that could not be judged."""
    met: list[Rule] = []
    cut: list[Contribution] = []
    for one in rules:
        try:
            if one.holds(fields):
                met.append(one.rule)
        except RuleCut as error:
            cut.append(_not_judged(one.rule, str(error)))
    return met, cut


def _signal(name: str, weight: float, met: Sequence[Contribution], cut: Sequence[Contribution]) -> Signal:
    clean = 1.0
    for one in met:
        clean *= 1.0 - one.value
    ordered = sorted(met, key=lambda one: (-one.value, one.reason, one.detail))
    return Signal(name=name, value=1.0 - clean, weight=weight, contributions=(*ordered, *cut))


def _contribution(rule: Rule, found: str) -> Contribution:
    return Contribution(reason=rule.reason, value=rule.score, detail=f"{rule.title}: {found}" if found else rule.title)


def _told(finding: Finding) -> str:
    return finding.detail or f"{len(finding.transactions)} transactions of {len(finding.wallets)} wallets"


def _not_judged(rule: Rule, reason: str) -> Contribution:
    return Contribution(reason=CUT, value=0.0, detail=f"{rule.id}: {reason}")
