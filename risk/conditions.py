"""From a rule's condition to one function of a payment's fields; what cannot be is named by its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from msgspec import Struct

from graph.errors import FieldError, InvalidInput
from risk.fields import Field, find_field
from risk.operands import PARSES, BadOperand, kind_of
from risk.operators import OPERATORS, RuleCut
from risk.rules import Condition, Rule
from risk.slow_patterns import slow_on

Holds = Callable[[Mapping[str, Any]], bool]
MAX_DEPTH = 8
MAX_TESTS = 100
MAX_ERRORS = 20
_FORMS = "must have `field`, `op` and mostly `value`, or one of `all`, `any`, `not`"
# Of a context: what counts as a value of the kind. A flag is no number here.
_IS: dict[str, Callable[[Any], bool]] = {
    "text": lambda had: isinstance(had, str),
    "flag": lambda had: isinstance(had, bool),
    "number": lambda had: isinstance(had, (int, float)) and not isinstance(had, bool),
}


class CompiledRule(Struct, frozen=True):
    """A rule and whether its condition holds for the fields of a payment.

    `holds` raises RuleCut where that could not be judged.
    """

    rule: Rule
    holds: Holds


def compile_rule(rule: Rule, categories: Collection[str] | None = None) -> CompiledRule:
    """Compile a rule's condition; raises InvalidInput naming each place that cannot be, such as `when.all[1].value`.

    `categories`, for a rule that is being written, are those that a field of exposure may name; without them any name
    is let pass, and no expression is tried for how long it takes.
    """
    compiler = _Compiler(categories)
    holds = compiler.condition(rule.when, "when", 1)
    if compiler.errors:
        raise InvalidInput(*compiler.errors[:MAX_ERRORS])
    return CompiledRule(rule, holds)


def fields_in(condition: Condition) -> set[str]:
    """The names of all fields that a condition looks at."""
    parts = [*(condition.all or ()), *(condition.any or ()), *([condition.not_] if condition.not_ else [])]
    own = {condition.field} if condition.field is not None else set()
    return own.union(*(fields_in(part) for part in parts))


def uncompiled(rule: Rule, reason: str) -> CompiledRule:
    """A recorded rule that this version cannot judge: it never fires, and each decision says so."""

    def cut(fields: Mapping[str, Any]) -> bool:
        raise RuleCut(reason)

    return CompiledRule(rule, cut)


class _Compiler:
    """One walk over a condition, with the errors and the number of tests so far."""

    def __init__(self, categories: Collection[str] | None) -> None:
        self._categories = categories
        self._tests = 0
        self.errors: list[FieldError] = []

    def condition(self, given: Condition, place: str, depth: int) -> Holds:
        """One condition of whichever form; a stand-in where it is wrong."""
        forms = [given.field is not None or given.op is not None, given.all is not None, given.any is not None]
        if depth > MAX_DEPTH:
            return self._wrong(place, f"is nested deeper than {MAX_DEPTH}")
        if sum(forms) + (given.not_ is not None) != 1 or (given.value is not None and not forms[0]):
            return self._wrong(place, _FORMS)
        if given.not_ is not None:
            return _negated(self.condition(given.not_, f"{place}.not", depth + 1))
        if given.all is not None:
            return _all(self._list(given.all, f"{place}.all", depth))
        return _any(self._list(given.any, f"{place}.any", depth)) if given.any is not None else self._test(given, place)

    def _list(self, given: tuple[Condition, ...], place: str, depth: int) -> tuple[Holds, ...]:
        if not given:
            self._wrong(place, "must hold at least one condition")
        return tuple(self.condition(one, f"{place}[{index}]", depth + 1) for index, one in enumerate(given))

    def _test(self, given: Condition, place: str) -> Holds:
        self._tests += 1
        if self._tests == MAX_TESTS + 1:
            self._wrong(place, f"is one test too many: a rule has at most {MAX_TESTS}")
        field = self._field(given.field or "", f"{place}.field")
        operator = OPERATORS.get(given.op or "")
        if operator is None:
            self._wrong(f"{place}.op", f"must be one of {', '.join(OPERATORS)}")
        if field is None or operator is None or given.field is None:
            return _never
        kind = kind_of(given.value) if field.kind == "any" else field.kind
        if kind not in operator.kinds and given.op != "exists":
            fitting = ", ".join(name for name, one in OPERATORS.items() if kind in one.kinds)
            return self._wrong(f"{place}.op", f"does not work on a {kind}; these do: {fitting}")
        try:
            test = operator.make(given.value, PARSES[kind])
        except BadOperand as error:
            return self._wrong(f"{place}.value", str(error))
        if given.op == "regex" and self._categories is not None and (slow := slow_on(given.value, test)):
            return self._wrong(f"{place}.value", f"takes too long on some texts, such as {slow}")
        loose = field.kind == "any" and given.op != "exists"
        return _tested(given.field, test, _IS[kind] if loose else None)

    def _field(self, name: str, place: str) -> Field | None:
        field = find_field(name)
        if field is None:
            self._wrong(place, "is not a field; GET /rules/fields lists them")
        elif field.name.startswith("exposure.") and field.name.endswith(".*") and self._categories is not None:
            category = name.rpartition(".")[2]
            if category not in self._categories:
                self._wrong(place, f"names no category; they are {', '.join(self._categories)}")
        return field

    def _wrong(self, place: str, message: str) -> Holds:
        self.errors.append(FieldError(place, message))
        return _never


def _never(fields: Mapping[str, Any]) -> bool:
    return False


def _tested(name: str, test: Callable[[Any], bool], is_kind: Callable[[Any], bool] | None) -> Holds:
    """A test of one field: not met where the field is absent, or of another kind than the value."""

    def plain(fields: Mapping[str, Any]) -> bool:
        had = fields.get(name)
        return had is not None and test(had)

    def of_kind(fields: Mapping[str, Any]) -> bool:
        had = fields.get(name)
        return had is not None and is_kind is not None and is_kind(had) and test(had)

    return plain if is_kind is None else of_kind


def _all(parts: tuple[Holds, ...]) -> Holds:
    def holds(fields: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110  # a generator costs as much as the tests themselves
            if not part(fields):
                return False
        return True

    return holds


def _any(parts: tuple[Holds, ...]) -> Holds:
    def holds(fields: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110  # a generator costs as much as the tests themselves
            if part(fields):
                return True
        return False

    return holds


def _negated(part: Holds) -> Holds:
    return lambda fields: not part(fields)
