"""A rule's condition means what plain Python would say, and what cannot be is refused by its place."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from risk.conditions import MAX_DEPTH, MAX_TESTS, compile_rule, uncompiled
from risk.operators import OPERATORS, REGEX_S, RuleCut
from risk.rules import Condition, Rule

Fields = Mapping[str, Any]
# What the operators mean, once more, without any of their code.
MEANINGS = {
    "eq": lambda had, given: had == given,
    "ne": lambda had, given: had != given,
    "gt": lambda had, given: had > given,
    "gte": lambda had, given: had >= given,
    "lt": lambda had, given: had < given,
    "lte": lambda had, given: had <= given,
    "in": lambda had, given: had in given,
    "not_in": lambda had, given: had not in given,
    "between": lambda had, given: given[0] <= had <= given[1],
    "contains": lambda had, given: given in had,
    "starts_with": lambda had, given: had.startswith(given),
    "regex": lambda had, given: given in had,
    "exists": lambda had, given: True,
}
NUMBERS = st.integers(0, 6)
WORDS = st.text("ab", min_size=1, max_size=3)


def rule(when: Any) -> Rule:
    return Rule(id="r", version=1, title="R", why="w", reason="R", score=0.5, when=msgspec.convert(when, Condition))


def holds(when: Any, fields: Fields) -> bool:
    return compile_rule(rule(when)).holds(fields)


def refused(when: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        compile_rule(rule(when), ["mixer", "scam"])
    return {error.field: error.message for error in caught.value.errors}


@st.composite
def number_tests(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "in", "not_in", "between", "exists"]))
    values = {
        "in": st.lists(NUMBERS, min_size=1, max_size=3),
        "not_in": st.lists(NUMBERS, min_size=1, max_size=3),
        "between": st.tuples(NUMBERS, NUMBERS).map(sorted),
        "exists": st.none(),
    }
    return {"field": draw(st.sampled_from(["context.n", "sender.sent_count"])), "op": op} | {
        "value": draw(values.get(op, NUMBERS))
    }


@st.composite
def text_tests(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(["eq", "ne", "contains", "starts_with", "regex", "in", "not_in"]))
    value = st.lists(WORDS, min_size=1, max_size=3) if op in ("in", "not_in") else WORDS
    return {"field": draw(st.sampled_from(["context.t", "transaction.asset"])), "op": op, "value": draw(value)}


CONDITIONS = st.recursive(
    number_tests() | text_tests(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "context.n": NUMBERS | WORDS | st.booleans(),
        "sender.sent_count": NUMBERS,
        "context.t": WORDS | NUMBERS,
        "transaction.asset": WORDS,
    },
)


def meant(when: dict[str, Any], fields: Fields) -> bool:
    """The condition as the documents tell it, by recursion over its text."""
    if "not" in when:
        return not meant(when["not"], fields)
    for word, fold in (("all", all), ("any", any)):
        if word in when:
            return fold(meant(one, fields) for one in when[word])
    had, given_ = fields.get(when["field"]), when.get("value")
    if had is None or (when["op"] != "exists" and not same_kind(had, given_)):
        return False
    return bool(MEANINGS[when["op"]](had, given_))


def same_kind(had: Any, given_: Any) -> bool:
    first = given_[0] if isinstance(given_, (list, tuple)) else given_
    return isinstance(had, bool) == isinstance(first, bool) and isinstance(had, str) == isinstance(first, str)


@given(CONDITIONS, FIELDS)
def test_a_condition_means_what_plain_python_says(when: dict[str, Any], fields: Fields) -> None:
    # A rule decides over people's money: the compiled closures and a naive reading of the same text
    # must agree for any nesting, for absent fields and for values of another kind.
    # No operator may be left out of the comparison.
    assert set(MEANINGS) == set(OPERATORS)

    assert holds(when, fields) == meant(when, fields)


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_money_is_compared_to_the_micro_unit(had: int, wanted: int) -> None:
    text = f"{wanted // 10**6}.{wanted % 10**6:06d}"

    assert holds({"field": "transaction.value", "op": "gte", "value": text}, {"transaction.value": had}) == (
        had >= wanted
    )


def test_times_are_compared_as_instants() -> None:
    at = {"transaction.at": datetime(2020, 1, 1, 12, tzinfo=UTC)}

    assert holds({"field": "transaction.at", "op": "gte", "value": "2020-01-01T13:00:00+01:00"}, at)
    assert not holds({"field": "transaction.at", "op": "gt", "value": "2020-01-01T13:00:00+01:00"}, at)


def test_a_test_of_an_absent_field_is_not_met_but_its_negation_is() -> None:
    for op, value in (("ne", "x"), ("not_in", ["x"]), ("eq", "x"), ("exists", None)):
        test = {"field": "context.channel", "op": op, "value": value}
        assert not holds(test, {})
        assert holds({"not": test}, {})
        assert holds({"field": "context.channel", "op": "exists"}, {"context.channel": False})


def test_a_flag_is_no_number() -> None:
    assert not holds({"field": "context.n", "op": "eq", "value": 1}, {"context.n": True})
    assert not holds({"field": "context.n", "op": "eq", "value": True}, {"context.n": 1})


def test_a_regular_expression_that_backtracks_without_end_is_stopped() -> None:
    # Whoever writes a rule must not be able to stop the screening of every payment:
    # the search ends by its limit, and the rule says that it could not be judged.
    # The same pattern on a text that it matches at once is no different from any other.
    bomb = compile_rule(rule({"field": "transaction.purpose", "op": "regex", "value": r"(a|a|aa)+$"}))
    started = time.perf_counter()

    with pytest.raises(RuleCut, match="longer than"):
        bomb.holds({"transaction.purpose": "a" * 60 + "!"})

    assert time.perf_counter() - started < 20 * REGEX_S
    assert bomb.holds({"transaction.purpose": "aaa"})


@pytest.mark.parametrize(
    ("when", "place", "word"),
    [
        ({"field": "transaction.colour", "op": "eq", "value": "red"}, "when.field", "is not a field"),
        ({"all": [{"any": [{"field": "x", "op": "eq", "value": 1}]}]}, "when.all[0].any[0].field", "is not a field"),
        ({"field": "transaction.value", "op": "near", "value": 1}, "when.op", "must be one of eq, ne"),
        ({"field": "transaction.value", "op": "contains", "value": "1"}, "when.op", "does not work on a money"),
        ({"field": "context.n", "op": "lt", "value": "1"}, "when.op", "does not work on a text"),
        ({"not": {"field": "transaction.value", "op": "gt", "value": "ten"}}, "when.not.value", "must be an amount"),
        ({"field": "transaction.value", "op": "gt", "value": "0.0000001"}, "when.value", "at most 6 places"),
        ({"field": "transaction.value", "op": "gt", "value": 10**400}, "when.value", "must be an amount"),
        ({"field": "transaction.value", "op": "gt", "value": "1e999999999"}, "when.value", "must be an amount"),
        ({"field": "transaction.value", "op": "gt", "value": True}, "when.value", "must be an amount"),
        ({"field": "sender.sent_count", "op": "gt", "value": 10**400}, "when.value", "must be a number"),
        ({"field": "exposure.source.illicit", "op": "gt", "value": 1.5}, "when.value", "from 0 to 1"),
        ({"field": "exposure.source.mixers", "op": "gt", "value": 0.5}, "when.field", "they are mixer, scam"),
        ({"field": "exposure.sideways.mixer", "op": "gt", "value": 0.5}, "when.field", "is not a field"),
        ({"field": "transaction.at", "op": "gt", "value": "2020-01-01T00:00:00"}, "when.value", "with a zone"),
        ({"field": "transaction.hour", "op": "between", "value": [4, 1]}, "when.value", "low at most high"),
        ({"field": "transaction.hour", "op": "between", "value": [1, 2, 3]}, "when.value", "[low, high]"),
        ({"field": "transaction.hour", "op": "in", "value": []}, "when.value", "1 to 1,000 values"),
        ({"field": "transaction.hour", "op": "in", "value": [1, "2"]}, "when.value", "[1] must be a number"),
        ({"field": "transaction.asset", "op": "regex", "value": "("}, "when.value", "is not a regular expression"),
        ({"field": "transaction.asset", "op": "regex", "value": "a" * 501}, "when.value", "at most 500 characters"),
        ({"field": "transaction.purpose", "op": "regex", "value": "(a|a|aa)+$"}, "when.value", "takes too long"),
        ({"field": "transaction.purpose", "op": "regex", "value": r"(\d+)*$"}, "when.value", "takes too long"),
        ({"field": "transaction.asset", "op": "eq"}, "when.value", "must be a text"),
        ({"field": "transaction.asset", "op": "exists", "value": False}, "when.value", "put the test into `not`"),
        ({"field": "context.", "op": "exists"}, "when.field", "is not a field"),
        ({"all": []}, "when.all", "at least one"),
        ({}, "when", "must have"),
        ({"field": "transaction.asset", "op": "exists", "all": []}, "when", "must have"),
        ({"not": {"field": "transaction.asset", "op": "exists"}, "value": 1}, "when", "must have"),
    ],
)
def test_what_cannot_be_is_named_by_its_place(when: Any, place: str, word: str) -> None:
    found = refused(when)

    assert list(found) == [place]
    assert word in found[place]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\w+\s?)*;",
        r"(\s*\w+\s*)*\.$",
        r"(\d+,?)+;",
        "(ab|a|b|ba)+;",
        r"(?i)(.*\binvoice\b.*){3}\d$",
    ],
)
def test_a_regular_expression_that_is_slow_on_what_it_names_is_refused(pattern: str) -> None:
    # Each has a character that every match needs, so that texts without it are over at once,
    # or repeats words, so that rows of one character do not show how slow it is.
    found = refused({"field": "transaction.purpose", "op": "regex", "value": pattern})

    assert "takes too long" in found["when.value"]


@pytest.mark.parametrize(
    "pattern",
    [
        ".*invoice.*",
        r"(?i)\b(gift|loan)\b",
        r"^\d{4}-\d+$",
        "(ab)+c",
        r"\w+\s+\w+",
        r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"^\s+|\s+$",
        r".*salary.*bonus.*",
        r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
    ],
)
def test_a_usual_regular_expression_is_let_pass(pattern: str) -> None:
    when = {"field": "transaction.purpose", "op": "regex", "value": pattern}

    assert compile_rule(rule(when), ["scam"]).rule.when.value == pattern


def test_a_condition_is_bounded_in_depth_and_size() -> None:
    test: Any = {"field": "transaction.asset", "op": "exists"}
    deep = test
    for _ in range(MAX_DEPTH - 1):
        deep = {"not": deep}

    assert holds(deep, {}) == bool((MAX_DEPTH - 1) % 2)
    assert "nested deeper" in next(iter(refused({"not": deep}).values()))
    assert not holds({"all": [test] * MAX_TESTS}, {})
    assert list(refused({"all": [test] * (MAX_TESTS + 1)})) == [f"when.all[{MAX_TESTS}]"]


def test_every_error_is_told_at_once() -> None:
    found = refused({"all": [{"field": "x", "op": "eq", "value": 1}, {"field": "transaction.value", "op": "y"}]})

    assert list(found) == ["when.all[0].field", "when.all[1].op"]


def test_a_rule_of_another_version_says_that_it_cannot_be_judged() -> None:
    stranger = uncompiled(rule({"field": "transaction.asset", "op": "exists"}), "no such field")

    with pytest.raises(RuleCut, match="no such field"):
        stranger.holds({"transaction.asset": "USD"})
