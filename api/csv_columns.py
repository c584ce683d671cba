"""Which lists there are, which columns they have as CSV, and an example of each for the documents."""

from __future__ import annotations

from typing import get_args, get_type_hints

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.csv_text import line


class Listing(Struct, frozen=True):
    """A list: the fields of its items by their names on the wire, and the parameter that bounds a page, if any."""

    columns: tuple[str, ...]
    bound: str | None


def listing_of(handler: HTTPRouteHandler) -> Listing | None:
    """Return which list an operation answers; None if it answers none."""
    answer = handler.parsed_fn_signature.return_type.annotation
    inner = [type_ for type_ in (answer, *get_args(answer)) if isinstance(type_, type) and issubclass(type_, Struct)]
    hints = get_type_hints(inner[0]) if inner else {}
    if not {"items", "next"} <= set(hints):
        return None
    bound = next((name for name in ("limit", "n") if name in handler.parsed_fn_signature.parameters), None)
    return Listing(item_columns(get_args(hints["items"])[0]), bound)


def item_columns(item: type[Struct]) -> tuple[str, ...]:
    """Return the names on the wire of a Struct's fields."""
    return tuple(field.encode_name for field in msgspec.structs.fields(item))


def example_of(answer: object) -> str | None:
    """Return an example of a list as CSV, for the documents; None for what is no list."""
    items = getattr(answer, "items", None)
    if not items or not hasattr(answer, "next"):
        return None
    columns = item_columns(type(items[0]))
    first = msgspec.json.decode(msgspec.json.encode(items[0]))
    return line(columns) + line(first.get(name) for name in columns)
