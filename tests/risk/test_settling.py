"""A rule that cannot be judged is told once, alike by all who ask, and alike on replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from risk.cascade import Basis, look
from risk.conditions import CompiledRule
from risk.decision import decide
from risk.operators import RuleCut
from risk.policy import DEFAULT_POLICY
from risk.rules import Condition, Rule
from risk.settling import settle
from tests.risk.drawn import NOON, TAXONOMY, decided, payment

ALWAYS = Condition(field="transaction.value", op="gte", value="0")


def rule(name: str, *, reason: str = "RULE_R", score: float = 0.5, floor: float | None = None) -> Rule:
    return Rule(id=name, version=1, title=name.title(), why="", reason=reason, score=score, when=ALWAYS, floor=floor)


class Hesitant:
    """A condition that is cut when first asked and holds from then on, as on a machine that was busy for a moment."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, fields: Mapping[str, Any]) -> bool:
        self.asked += 1
        if self.asked == 1:
            raise RuleCut("took too long")
        return True


def test_a_rule_that_was_cut_once_is_cut_for_the_signal_and_for_the_floor_and_on_replay() -> None:
    # The floor of a rule must not hold where its signal says that it could not be judged, and what was
    # cut when it was decided is cut when it is replayed, however fast the machine is then.
    hesitant = Hesitant()
    under = Basis(DEFAULT_POLICY, (CompiledRule(rule("slow", floor=0.9), hesitant),), TAXONOMY.categories)
    given = payment()

    outlook = look(given, under)
    kept = replace(given, facts=replace(given.facts, cut=dict(outlook.cut)))
    first, replayed = (
        decide(kept, under, trace_id="t", latency_ms=1.0, decided_at=NOON, outlook=known) for known in (outlook, None)
    )

    assert outlook.cut == {"slow": "took too long"} and hesitant.asked == 1
    assert (first.severity, first.reason_codes) == ("none", ("RULE_NOT_JUDGED",))
    assert replayed == first
    # Without what was kept it comes out otherwise.
    assert decide(given, under, trace_id="t", latency_ms=1.0, decided_at=NOON).severity == "critical"


@pytest.mark.parametrize("error", [TypeError("'<' not supported"), ZeroDivisionError()])
def test_whatever_a_condition_raises_stops_no_payment(error: Exception) -> None:
    def broken(fields: Mapping[str, Any]) -> bool:
        raise error

    [settled], cut = settle([CompiledRule(rule("broken"), broken)], {}, {})

    assert cut["broken"].startswith("failed: ")
    with pytest.raises(RuleCut, match="failed: "):
        settled.holds({})


def test_rules_that_share_a_reason_code_are_told_apart() -> None:
    # The explanation names the rule whose floor decided, and the category is that of this rule.
    strong = replace(rule("strong", reason="SAME", score=0.9, floor=0.8), typology="layering")
    weak = replace(rule("weak", reason="SAME", score=0.1), typology="smurfing")

    decision = decided(payment(), DEFAULT_POLICY, strong, weak)

    assert (decision.risk_score, decision.risk_category) == (0.8, "layering")
    assert decision.explanation == "This payment of 100 meets the rule Strong."
