"""YAML as plain nodes that know their line, every scalar the text as it stands.

Text is not interpreted: an unquoted 0x… stays an address and does not become a number. What could make a small file
large (aliases), run code (tags) or exhaust memory is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml
from msgspec import Struct

from jobs.file_errors import FileRefused

MAX_NODES = 2_000_000
MAX_DEPTH = 10

_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "timestamp", "seq", "map")
)
_NULLS = ("", "~", "null", "Null", "NULL")


class Node(Struct):
    """A scalar (None is null), a list or a mapping; `twice` is a key that the mapping has twice, if it has one."""

    line: int
    value: Value
    twice: str | None = None


Value: TypeAlias = "str | list[Node] | dict[str, Node] | None"


def read_documents(text: bytes) -> list[Node]:
    """Return the root of each document; raises FileRefused, without the file's name, with the line at fault."""
    try:
        reader = _Reader(yaml.parse(text, Loader=yaml.CSafeLoader))
        return list(reader.documents())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise FileRefused(f"is not YAML: {problem}", mark.line + 1 if mark else 1) from None
    except UnicodeError:
        raise FileRefused("is not UTF-8 text; save it as UTF-8") from None


class _Reader:
    """Nodes made of the parser's events, counted as they come."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events, self._count = events, 0

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield self._node(next(self._events), 0)

    def _node(self, event: Any, depth: int) -> Node:
        line = event.start_mark.line + 1
        self._check(event, depth, line)
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.implicit[0] and event.value in _NULLS
            return Node(line, None if is_null else event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(line, [self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)])
        return self._mapping(line, depth)

    def _mapping(self, line: int, depth: int) -> Node:
        node, values = Node(line, {}), dict[str, Node]()
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key.value, str):
                raise FileRefused("has a key that is not text", key.line)
            if key.value in values:
                node.twice = key.value
            values[key.value] = self._node(next(self._events), depth + 1)
        node.value = values
        return node

    def _until(self, end: type[Any]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _check(self, event: Any, depth: int, line: int) -> None:
        self._count += 1
        if isinstance(event, yaml.AliasEvent):
            raise FileRefused(f"refers to *{event.anchor}; write the value out, references are not taken", line)
        if event.tag is not None and event.tag not in _PLAIN_TAGS and event.tag != "!":
            raise FileRefused(f"has a value tagged {event.tag[:80]}; only plain values are taken", line)
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise FileRefused(f"has over {MAX_NODES:,} values, or nests them over {MAX_DEPTH} deep; split it", line)
