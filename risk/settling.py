"""Judging each rule's condition once for a payment, so that all who ask are told the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from risk.conditions import CompiledRule, uncompiled
from risk.operators import RuleCut


def settle(
    rules: Iterable[CompiledRule], fields: Mapping[str, Any], cut: Mapping[str, str]
) -> tuple[tuple[CompiledRule, ...], dict[str, str]]:
    """Return the rules with their answers for these fields, and why those that could not be judged could not.

    A rule in `cut` could not be judged when the decision was made, and is not judged now.
    """
    settled: list[CompiledRule] = []
    reasons: dict[str, str] = {}
    for one in rules:
        answer = cut.get(one.rule.id) or _answer(one, fields)
        if isinstance(answer, str):
            reasons[one.rule.id] = answer
            settled.append(uncompiled(one.rule, answer))
        else:
            settled.append(CompiledRule(one.rule, _always if answer else _never))
    return tuple(settled), reasons


def _answer(one: CompiledRule, fields: Mapping[str, Any]) -> bool | str:
    """Whether the condition holds, or why that cannot be told: whatever is wrong with a rule stops no payment."""
    try:
        return one.holds(fields)
    except RuleCut as error:
        return str(error)
    except Exception as error:
        return f"failed: {error}" if str(error) else f"failed: {type(error).__name__}"


def _always(fields: Mapping[str, Any]) -> bool:
    return True


def _never(fields: Mapping[str, Any]) -> bool:
    return False
