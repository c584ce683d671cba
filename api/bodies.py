"""Bodies of JSON: decoded into a Struct once, with the field at fault named where they cannot be."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from api.wording import worded
from graph.errors import FieldError, InvalidInput, MalformedJson

T = TypeVar("T", bound=Struct)


def read_body(body: bytes, shape: type[T], *, optional: bool = False) -> T:
    """Decode one JSON object; an empty one has all defaults if it is `optional`.

    Raises MalformedJson for what is not JSON, InvalidInput naming the field at fault, such as `when.all[1].value`.
    """
    given = b"{}" if optional and not body.strip() else body
    return shaped(read_object(given), shape)


def read_object(body: bytes) -> dict[str, Any]:
    """Decode one JSON object of any shape; raises MalformedJson, or InvalidInput where it is something else."""
    try:
        given = msgspec.json.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidInput(FieldError("body", str(error).lower())) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedJson(str(error)) from None
    except RecursionError:
        raise InvalidInput(FieldError("body", "is nested too deeply")) from None
    if not isinstance(given, dict):
        raise InvalidInput(FieldError("body", "must be a JSON object"))
    if _holds_nul(given):
        raise InvalidInput(FieldError("body", "has a NUL character"))
    return given


def shaped(given: dict[str, Any], shape: type[T]) -> T:
    """Return a decoded object as a Struct; raises InvalidInput naming the field at fault."""
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at ")
        path = where.partition("$")[2].strip("`.").replace("[...]", "")
        # Which field is unknown, or missing, stands in the message only; and it is the one below the path.
        named = message.partition("field `")[2].rstrip("`")
        place = ".".join(part for part in (path, named) if part)
        said = worded(message, shape, where.partition("$")[2].strip("`"))
        raise InvalidInput(FieldError(place or "body", said)) from None
    except RecursionError:
        raise InvalidInput(FieldError("body", "is nested too deeply")) from None


def _holds_nul(value: object) -> bool:
    """Whether any text of a decoded value has a NUL, which Postgres does not keep."""
    if isinstance(value, dict):
        return any(_holds_nul(name) or _holds_nul(one) for name, one in value.items())
    if isinstance(value, list):
        return any(_holds_nul(one) for one in value)
    return isinstance(value, str) and "\0" in value
