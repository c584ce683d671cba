"""The language of rules, for those who write them: fields, operators and bounds as the registries have them."""

from __future__ import annotations

from msgspec import Struct

from graph.taxonomy import Taxonomy
from risk.conditions import MAX_DEPTH, MAX_TESTS
from risk.fields import FIELDS, Field
from risk.operands import MAX_LIST, MAX_TEXT
from risk.operators import MAX_PATTERN, MAX_SEARCHED, OPERATORS, REGEX_S


class FieldEntry(Struct, frozen=True):
    """A field; `kind` is money, number, share (0 to 1), text, flag, time, or any: whatever kind was sent."""

    name: str
    kind: str
    description: str


class OperatorEntry(Struct, frozen=True):
    """An operator and the kinds of fields that it works on."""

    name: str
    kinds: list[str]
    description: str


def list_fields(taxonomy: Taxonomy) -> list[FieldEntry]:
    """Every field, those of exposure once for each category."""
    return [entry for field in FIELDS.values() for entry in _entries(field, taxonomy)]


def list_operators() -> list[OperatorEntry]:
    """Every operator, in the order of the registry."""
    return [OperatorEntry(name, sorted(one.kinds), one.description) for name, one in OPERATORS.items()]


def limits() -> dict[str, int]:
    """What bounds a rule: nesting, tests, values of a list, lengths of texts, milliseconds of one search."""
    return {
        "depth": MAX_DEPTH,
        "tests": MAX_TESTS,
        "values": MAX_LIST,
        "text_characters": MAX_TEXT,
        "pattern_characters": MAX_PATTERN,
        "searched_characters": MAX_SEARCHED,
        "search_ms": round(REGEX_S * 1000),
    }


def _entries(field: Field, taxonomy: Taxonomy) -> list[FieldEntry]:
    if not (field.name.startswith("exposure.") and field.name.endswith("*")):
        return [FieldEntry(field.name, field.kind, field.description)]
    stem = field.name.removesuffix("*")
    return [
        FieldEntry(
            stem + one.name, field.kind, field.description.partition(", such as")[0].replace("a category", one.title)
        )
        for one in taxonomy.categories.values()
    ]
