"""What the database returns to a question of one's own, as JSON that loses nothing."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from typing import Any

# Beyond this a reader of JSON that keeps numbers as doubles would round.
EXACT = 2**53 - 1


def wire_value(value: Any) -> Any:
    """Return a value of the driver as JSON.

    Integers beyond 2^53 - 1, infinities and NaN are text; times and durations ISO 8601; bytes base64; a node is
    {labels, properties}, a relationship {type, properties, start, end} by key of its ends, a path the lists of both.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -EXACT <= value <= EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return _composed(value)


def _composed(value: Any) -> Any:
    if type(value) is dict:
        return {key: wire_value(inner) for key, inner in value.items()}
    # The driver's own classes are told by what they have: only `graph.session` knows the driver.
    for attribute, write in _KINDS:
        if hasattr(value, attribute):
            return write(value)
    return [wire_value(inner) for inner in value] if isinstance(value, list | tuple) else str(value)


def _path(path: Any) -> dict[str, Any]:
    return {
        "nodes": [_node(one) for one in path.nodes],
        "relationships": [_relationship(r) for r in path.relationships],
    }


def _node(node: Any) -> dict[str, Any]:
    return {"labels": sorted(node.labels), "properties": {key: wire_value(value) for key, value in node.items()}}


def _relationship(one: Any) -> dict[str, Any]:
    return {
        "type": one.type,
        "properties": {key: wire_value(value) for key, value in one.items()},
        "start": _end(one.start_node),
        "end": _end(one.end_node),
    }


def _end(node: Any) -> Any:
    """The key of an end where the answer holds that node, else null: the database sends only what was returned."""
    return None if node is None else wire_value(node.get("key"))


def _point(point: Any) -> dict[str, Any]:
    return {"srid": point.srid, "coordinates": [wire_value(part) for part in point]}


def _time(time: Any) -> str:
    return str(time.iso_format())


_KINDS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("labels", _node),
    ("type", _relationship),
    ("relationships", _path),
    ("srid", _point),
    ("iso_format", _time),
)
