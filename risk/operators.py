"""The operators of a rule's tests: one function and one entry each. A test is compiled once and then asked often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import regex
from msgspec import Struct

from graph.errors import HeadwaterError
from risk.operands import BadOperand, Parse, operands, pair, text

Test = Callable[[Any], bool]
# A pattern that backtracks without end is stopped; usual ones take microseconds.
REGEX_S = 0.02
MAX_PATTERN = 500
# What is searched of a text. A purpose has 2,000 characters at the most.
MAX_SEARCHED = 4_000


class RuleCut(HeadwaterError):
    """A rule could not be judged, for the reason given: it counts as not fired, and the decision says so."""


class Operator(Struct, frozen=True):
    """`make` turns what a rule gives as value into a test of what a payment has; it raises BadOperand.

    `kinds` are the kinds of fields it works on.
    """

    make: Callable[[Any, Parse], Test]
    kinds: frozenset[str]
    description: str


def _eq(given: Any, parse: Parse) -> Test:
    wanted = parse(given)
    return lambda had: bool(had == wanted)


def _ne(given: Any, parse: Parse) -> Test:
    wanted = parse(given)
    return lambda had: bool(had != wanted)


def _gt(given: Any, parse: Parse) -> Test:
    bound = parse(given)
    return lambda had: bool(had > bound)


def _gte(given: Any, parse: Parse) -> Test:
    bound = parse(given)
    return lambda had: bool(had >= bound)


def _lt(given: Any, parse: Parse) -> Test:
    bound = parse(given)
    return lambda had: bool(had < bound)


def _lte(given: Any, parse: Parse) -> Test:
    bound = parse(given)
    return lambda had: bool(had <= bound)


def _in(given: Any, parse: Parse) -> Test:
    wanted = frozenset(operands(given, parse))
    return lambda had: had in wanted


def _not_in(given: Any, parse: Parse) -> Test:
    unwanted = frozenset(operands(given, parse))
    return lambda had: had not in unwanted


def _between(given: Any, parse: Parse) -> Test:
    low, high = pair(given, parse)
    return lambda had: bool(low <= had <= high)


def _contains(given: Any, parse: Parse) -> Test:
    part = text(given)
    return lambda had: part in had


def _starts_with(given: Any, parse: Parse) -> Test:
    part = text(given)
    return lambda had: bool(had.startswith(part))


def _regex(given: Any, parse: Parse) -> Test:
    pattern = _pattern(text(given))

    def search(had: Any) -> bool:
        try:
            return pattern.search(had[:MAX_SEARCHED], timeout=REGEX_S) is not None
        except TimeoutError:
            raise RuleCut(f"a regular expression took longer than {REGEX_S * 1000:.0f} ms") from None

    return search


def _pattern(given: str) -> regex.Pattern[str]:
    if len(given) > MAX_PATTERN:
        raise BadOperand(f"must have at most {MAX_PATTERN} characters")
    try:
        return regex.compile(given)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise BadOperand(f"is not a regular expression: {error}") from None


def _exists(given: Any, parse: Parse) -> Test:
    if given not in (None, True):
        raise BadOperand("is left out, or true; put the test into `not` to ask for what is absent")
    return lambda had: True


_ORDERED = frozenset(("money", "number", "share", "time"))
_TEXT = frozenset(("text",))
_ALL = _ORDERED | _TEXT | {"flag"}

# In the order in which they are told. `parse` reads an operand as the field's kind asks for.
OPERATORS: dict[str, Operator] = {
    "eq": Operator(_eq, _ALL, "is the value"),
    "ne": Operator(_ne, _ALL, "is there and is not the value"),
    "gt": Operator(_gt, _ORDERED, "is more than the value, or later"),
    "gte": Operator(_gte, _ORDERED, "is at least the value"),
    "lt": Operator(_lt, _ORDERED, "is less than the value, or earlier"),
    "lte": Operator(_lte, _ORDERED, "is at most the value"),
    "in": Operator(_in, _ALL, "is one of a list of at most 1,000 values"),
    "not_in": Operator(_not_in, _ALL, "is there and is none of a list"),
    "between": Operator(_between, _ORDERED, "lies in [low, high], both ends included"),
    "regex": Operator(_regex, _TEXT, "has a match of the regular expression anywhere; bounded in time"),
    "contains": Operator(_contains, _TEXT, "has the text in it, in the same case"),
    "starts_with": Operator(_starts_with, _TEXT, "begins with the text, in the same case"),
    "exists": Operator(_exists, _ALL, "is there, whatever it is"),
}
