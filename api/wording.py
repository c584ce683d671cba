"""What the decoder says of a misfit, in words for people: what would be right, rather than its names of types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from api.texts import TOLD

TIME = "must be an RFC 3339 time with a zone, such as 2019-03-01T12:00:00Z"
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a JSON object",
    "null": "null",
    "datetime": "a time",
}
_UNITS = {"str": "characters", "array": "entries", "object": "entries"}
_BOUNDS = {">=": ["at least"], "<=": ["at most"], ">": ["more than"], "<": ["less than"], None: []}
_unlike = re.compile(r"[Ee]xpected `([\w| ]+)`(?:, got `(\w+)`)?").fullmatch
_pattern = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL).fullmatch
_bound = re.compile(r"[Ee]xpected `(\w+)`( of length)? (?:(>=|<=|>|<) )?(\d\S*?)(?:, got (\d+))?").fullmatch
_steps = re.compile(r"\.([^.\[\]]+)|\[(?:\d+|\.\.\.)\]").finditer


def worded(message: str, shape: Any, where: str) -> str:
    """Return a message of msgspec about the place `where` (such as `.when.all[0]`) of a type, in plain words."""
    if message.startswith("Object missing required field"):
        return "is missing"
    if message.startswith("Object contains unknown field") and (fields := _fields(shape, where)):
        return f"is not a field; the fields are {', '.join(fields)}"
    if message.startswith("Invalid enum value") and (values := _values(shape, where)):
        return f"must be one of {', '.join(values)}"
    return fitting(message)


def fitting(message: str) -> str:
    """Return a message of msgspec in plain words, as far as it can be told from the message alone."""
    if "datetime" in message.lower():
        return TIME
    if found := _unlike(message):
        return f"must be {_named(found[1])}" + (f", not {_named(found[2])}" if found[2] else "")
    if found := _pattern(message):
        pattern = found[1].replace("\\\\", "\\")
        return TOLD.get(pattern, f"must match the regular expression {pattern}")
    if (found := _bound(message)) and found[1] in _TYPES:
        unit = _UNITS[found[1]] if found[2] else ""
        return " ".join(
            ("must be", _TYPES[found[1]], "of", *_BOUNDS[found[3]], found[4].removesuffix(".0"), unit)
        ).strip()
    return message[:1].lower() + message[1:].replace("`", "'")


def _named(types: str) -> str:
    return " or ".join(_TYPES.get(name, name) for name in types.split(" | "))


def _fields(shape: Any, where: str) -> list[str]:
    """The names of fields of the one kind of object that may stand at a place; none if there are several."""
    found = [one for one in _at(shape, where) if isinstance(one, inspect.StructType)]
    return [field.encode_name for field in found[0].fields] if len(found) == 1 else []


def _values(shape: Any, where: str) -> list[str]:
    return [str(value) for one in _at(shape, where) if isinstance(one, inspect.LiteralType) for value in one.values]


def _at(shape: Any, where: str) -> list[inspect.Type]:
    """The types that may stand at a place."""
    found = list(_members(msgspec.inspect.type_info(shape)))
    for step in _steps(where):
        found = [member for one in found for inner in _below(one, step[1]) for member in _members(inner)]
    return found


def _below(one: inspect.Type, name: str | None) -> list[inspect.Type]:
    if isinstance(one, inspect.StructType) and name is not None:
        return [field.type for field in one.fields if field.encode_name == name]
    if isinstance(one, inspect.DictType):
        return [one.value_type]
    if isinstance(one, inspect.CollectionType) and name is None:
        return [one.item_type]
    return []


def _members(one: inspect.Type) -> Iterator[inspect.Type]:
    """A type, or those of a union; without what is only said of it."""
    if isinstance(one, inspect.Metadata):
        yield from _members(one.type)
    elif isinstance(one, inspect.UnionType):
        for member in one.types:
            yield from _members(member)
    else:
        yield one
