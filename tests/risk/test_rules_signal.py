"""What rules add to a decision: those that hold, in one number, and a word about those that could not be judged."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from graph.model import History
from risk.conditions import CompiledRule, compile_rule, uncompiled
from risk.facts import Facts, Finding
from risk.rules import Condition, GraphQuery, Rule
from risk.signals.rules import CUT, fired, graph_rules_signal, rules_signal, worth_asking

HELD, FAILED = {"context.on": True}, {"context.on": False}
FOUND = Finding(wallets=("acct:a",), transactions=("acct:t", "acct:u"), value=5)


def rule(name: str, score: float = 0.5, *, graph: bool = False) -> CompiledRule:
    when = msgspec.convert({"field": "context.on", "op": "eq", "value": True}, Condition)
    return compile_rule(
        Rule(
            id=name,
            version=1,
            title=f"Title of {name}",
            why="w",
            reason=name.upper(),
            score=score,
            when=when,
            graph=GraphQuery(cypher="RETURN 1") if graph else None,
        )
    )


def facts(**more: Any) -> Facts:
    return Facts(exposures=(), history=History(), seq=1, **more)


def reasons(signal: Any) -> list[str]:
    return [one.reason for one in signal.contributions]


def test_rules_that_hold_add_up_and_never_pass_one() -> None:
    signal = rules_signal([rule("b", 0.5), rule("a", 0.8), rule("g", 1.0, graph=True)], HELD, 0.2)

    assert signal.value == pytest.approx(0.9)
    assert (signal.name, signal.weight, reasons(signal)) == ("rules", 0.2, ["A", "B"])
    assert signal.contributions[0].detail == "Title of a"


def test_no_rule_that_holds_is_zero_and_not_unknown() -> None:
    assert rules_signal([rule("a")], FAILED, 0.2).value == 0.0
    assert rules_signal([], HELD, 0.2).value == 0.0


def test_a_rule_that_cannot_be_judged_adds_nothing_and_is_named() -> None:
    broken = uncompiled(rule("broken", 0.9).rule, "no such field")

    signal = rules_signal([broken, rule("a", 0.5)], HELD, 0.2)

    assert signal.value == 0.5
    assert reasons(signal) == ["A", CUT]
    assert signal.contributions[1].detail == "broken: no such field"
    assert fired([broken], HELD, facts()) == []


def test_a_graph_rule_fires_where_its_pattern_was_found() -> None:
    rules = [rule("g", 0.8, graph=True), rule("h", 0.9, graph=True)]
    known = facts(findings={"g": FOUND, "h": None})

    signal = graph_rules_signal(rules, HELD, known, 0.2)

    assert (signal.name, reasons(signal)) == ("graph_rules", ["G"])
    assert signal.value == pytest.approx(0.8)
    assert "2 transactions of 1 wallets" in signal.contributions[0].detail
    assert [one.id for one in fired(rules, HELD, known)] == ["g"]


def test_a_graph_rule_whose_condition_does_not_hold_is_not_worth_asking_and_does_not_fire() -> None:
    rules = [rule("g", graph=True), rule("p")]

    assert [one.rule.id for one in worth_asking(rules, HELD)] == ["g"]
    assert worth_asking(rules, FAILED) == []
    assert fired(rules, FAILED, facts(findings={"g": FOUND})) == []


def test_graph_rules_that_were_skipped_or_failed_have_no_value() -> None:
    # A missing signal gives its weight to the rest; an answer of zero would hold the score down.
    # One rule that failed beside one that answered is told, and the answer counts.
    rules = [rule("g", graph=True), rule("h", graph=True)]

    skipped = graph_rules_signal(rules, HELD, facts(), 0.2, "outcome clear: critical whatever it says")
    assert (skipped.value, skipped.skipped) == (None, "outcome clear: critical whatever it says")

    failed = graph_rules_signal(rules, HELD, facts(failed={"g": "too slow", "h": "too slow"}), 0.2)
    assert failed.value is None
    assert "g: too slow" in (failed.skipped or "")

    half = graph_rules_signal(rules, HELD, facts(failed={"g": "too slow"}, findings={"h": FOUND}), 0.2)
    assert (half.value, reasons(half)) == (0.5, ["H", CUT])
