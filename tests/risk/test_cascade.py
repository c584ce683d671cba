"""What the cascade skips could not have changed the severity; what could is asked."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.model import MICRO, Severity, Signal
from risk import cascade
from risk.cascade import clear_severity, look
from risk.facts import Finding
from risk.floors import rule_floors
from risk.fusing import Ground, fuse
from risk.policy import DEFAULT_POLICY, Policy
from risk.rules import Condition, GraphQuery, Rule
from risk.signals.rules import GRAPH_NAME
from tests.risk.drawn import basis, compiled, decided, exposure, part, payment

ALWAYS = Condition(field="transaction.value", op="gte", value="0")
FOUND = Finding(wallets=("acct:a",), transactions=("acct:t",), value=MICRO, detail="acct:b took from 9 wallets")


def graph_rule(name: str = "fan_in", *, floor: float | None = None, score: float = 0.5) -> Rule:
    return Rule(
        id=name,
        version=1,
        title=name,
        why="",
        reason=f"PATTERN_{name.upper()}",
        score=score,
        when=ALWAYS,
        floor=floor,
        graph=GraphQuery(cypher="RETURN 1"),
        typology=name,
    )


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[list[Signal], Policy, list[Ground], list[Rule]]:
    """Signals, some missing, a policy of any weights and thresholds, floors, and graph rules with and without one."""
    names = ["exposure", "rules", "velocity", "anomaly"]
    share = st.floats(0, 1)
    weights = {name: draw(share) for name in [*names, GRAPH_NAME]}
    low, high, critical = sorted(draw(st.lists(share, min_size=3, max_size=3)))
    thresholds: dict[Severity, float] = {"low": low, "high": high, "critical": critical}
    policy = replace(
        DEFAULT_POLICY,
        weights=weights,
        thresholds=thresholds,
        alone={name: draw(share) for name in [*names, GRAPH_NAME] if draw(st.booleans())},
        replaced_by=draw(st.sampled_from([None, "velocity", GRAPH_NAME])),
    )
    signals = [Signal(name=name, value=draw(st.one_of(st.none(), share)), weight=weights[name]) for name in names]
    floors = [
        Ground(score=draw(share), reason="R", signal="rules", category=None) for _ in range(draw(st.integers(0, 2)))
    ]
    rules = [graph_rule(f"r{n}", floor=draw(st.one_of(st.none(), share))) for n in range(draw(st.integers(1, 3)))]
    return signals, policy, floors, rules


def severities(signals: list[Signal], policy: Policy, floors: list[Ground], rules: list[Rule]) -> set[Severity]:
    """Every severity that some answer of the graph rules gives, and that of not asking them."""
    found = {policy.severity(fuse([*signals, _graph(policy, None)], policy, floors).score)}
    fired = [rules[:n] for n in range(len(rules) + 1)] + [[rule] for rule in rules]
    for value in (0.0, 1e-9, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0 - 1e-9, 1.0):
        for some in fired:
            raised = [*floors, *rule_floors(some, GRAPH_NAME)]
            found.add(policy.severity(fuse([*signals, _graph(policy, value)], policy, raised).score))
    return found


def _graph(policy: Policy, value: float | None) -> Signal:
    return Signal(name=GRAPH_NAME, value=value, weight=policy.weights[GRAPH_NAME])


@given(outcomes())
def test_nothing_that_is_skipped_could_have_changed_the_severity(case) -> None:
    signals, policy, floors, rules = case

    clear = clear_severity(signals, [compiled(rule) for rule in rules], policy, floors)

    if clear is not None:
        assert severities(signals, policy, floors, rules) == {clear}


def test_a_bound_that_forgets_floors_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    # The negative control: were the bound too tight, the search above would find it.
    monkeypatch.setattr(cascade, "rule_floors", lambda rules, signal: [])
    case = ([Signal(name="exposure", value=0.0, weight=0.4)], DEFAULT_POLICY, [], [graph_rule(floor=0.7)])

    clear = clear_severity(case[0], [compiled(rule) for rule in case[3]], DEFAULT_POLICY, [])

    assert clear == "none" and severities(*case) == {"none", "high"}


def test_the_cascade_skips_often_enough_to_be_worth_it() -> None:
    # With a share of everything between never and always, over exposures drawn at random under the shipped policy.
    rules = [graph_rule(floor=0.7), graph_rule("cycle")]
    draw = random.Random(7)
    drawn = [payment(exposure(part("sanctions", draw.random(), direct=0.0, hops=2))) for _ in range(200)]

    skipped = sum(look(one, basis(DEFAULT_POLICY, *rules)).skipped is not None for one in drawn)

    assert 20 < skipped < 180


def test_a_clear_outcome_is_told_and_nothing_is_asked() -> None:
    listed = payment(exposure(part("sanctions", 1.0)))

    outlook = look(listed, basis(DEFAULT_POLICY, graph_rule(floor=0.7)))
    [skipped] = [s for s in decided(listed, DEFAULT_POLICY, graph_rule(floor=0.7)).signals if s.name == GRAPH_NAME]

    assert outlook.open_rules == ()
    assert (skipped.value, skipped.skipped) == (None, "outcome clear: critical whatever it says")
    assert skipped.effective_weight == 0.0


def test_a_rule_with_a_floor_over_a_clean_payment_is_asked() -> None:
    outlook = look(payment(), basis(DEFAULT_POLICY, graph_rule(floor=0.7)))

    assert [one.rule.id for one in outlook.open_rules] == ["fan_in"] and outlook.skipped is None


def test_a_rule_that_could_only_add_a_little_to_nothing_is_not_asked() -> None:
    assert look(payment(), basis(DEFAULT_POLICY, graph_rule())).skipped == "outcome clear: none whatever it says"


def test_what_is_found_after_the_outcome_was_clear_counts_for_nothing() -> None:
    # Facts that hold a finding although it was not to be asked would make a replay differ from its decision.
    listed = payment(exposure(part("sanctions", 1.0)), findings={"fan_in": FOUND})

    decision = decided(listed, DEFAULT_POLICY, graph_rule(floor=0.7))

    assert "PATTERN_FAN_IN" not in decision.reason_codes
    assert [e["kind"] for e in decision.evidence].count("pattern") == 0


def test_a_finding_raises_its_floor_and_is_evidence() -> None:
    decision = decided(payment(findings={"fan_in": FOUND}), DEFAULT_POLICY, graph_rule(floor=0.7))

    assert (decision.severity, decision.risk_category) == ("high", "fan_in")
    assert decision.reason_codes == ("PATTERN_FAN_IN",)
    assert decision.explanation == "fan_in: acct:b took from 9 wallets."
    [pattern] = [e for e in decision.evidence if e["kind"] == "pattern"]
    assert (pattern["rule"], pattern["version"], pattern["wallets"]) == ("fan_in", 1, ["acct:a"])
    assert decision.rule_versions == {"fan_in": "1"}


def test_a_rule_that_found_nothing_or_failed_raises_nothing() -> None:
    rule = graph_rule(floor=0.7)
    nothing = decided(payment(findings={"fan_in": None}), DEFAULT_POLICY, rule)
    failed = decided(payment(failed={"fan_in": "took too long"}), DEFAULT_POLICY, rule)

    assert (nothing.severity, failed.severity) == ("none", "none")
    [told] = [s for s in failed.signals if s.name == GRAPH_NAME]
    assert told.value is None and told.skipped is not None and "fan_in: took too long" in told.skipped
    assert "RULE_NOT_JUDGED" in failed.reason_codes and failed.risk_category is None
