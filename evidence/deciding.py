"""The decision made again from what it rested on: payment, facts, policy and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from evidence.shapes import Paid
from graph.model import Category, Decision
from risk.conditions import compile_rule
from risk.decision import Basis, DecisionInput, decide
from risk.facts import Facts
from risk.policy import Policy
from risk.rules import Rule

# With the text erased, what rules made of it cannot be made again.
OF_TEXT = ("signals", "risk_score", "severity", "reason_codes", "explanation", "evidence", "risk_category", "alert")


def decide_again(
    recorded: Decision,
    paid: Paid,
    facts: Facts,
    *,
    policy: Policy,
    rules: Sequence[Rule],
    categories: Sequence[Category],
) -> Decision:
    """Return what the same input comes to now; times, latency and trace are taken over."""
    given = DecisionInput(payment=paid.payment, content=paid.content, text_digest=paid.text_digest, facts=facts)
    basis = Basis(policy, tuple(compile_rule(rule) for rule in rules), {one.name: one for one in categories})
    return decide(
        given,
        basis,
        trace_id=recorded.trace_id,
        latency_ms=recorded.latency_ms,
        decided_at=recorded.decided_at,
    )


def differing(recorded: Decision, recomputed: Decision, *, erased: bool) -> Iterator[str]:
    """Yield each figure of a decision that comes out otherwise."""
    one, other = (msgspec.json.decode(msgspec.json.encode(said)) for said in (recorded, recomputed))
    for name in sorted(one):
        if not (erased and name in OF_TEXT):
            yield from _apart(one[name], other[name], name)


def _apart(recorded: Any, recomputed: Any, figure: str) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(recomputed, dict):
        for name in sorted(recorded.keys() | recomputed.keys()):
            yield from _apart(recorded.get(name), recomputed.get(name), f"{figure}.{name}")
    elif isinstance(recorded, list) and isinstance(recomputed, list) and len(recorded) == len(recomputed):
        for place, (one, other) in enumerate(zip(recorded, recomputed, strict=True)):
            yield from _apart(one, other, f"{figure}[{place}]")
    elif recorded != recomputed:
        yield f"{figure}: recorded {recorded}, recomputed {recomputed}"
