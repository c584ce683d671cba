"""Paging: one contract for every list. A cursor tells where the last page ended; it holds no secret."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from graph.errors import FieldError, InvalidInput

T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="Most items of a page")]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=2000, description="`next` of the page before; leave the rest as it was"),
]
Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_encode = msgspec.json.Encoder().encode


class Cursors(Generic[T]):
    """The cursors of one list: base64url of its name and a position of type T."""

    def __init__(self, name: str, position: Any) -> None:
        self._name = name
        self._decoder: msgspec.json.Decoder[tuple[str, T]] = msgspec.json.Decoder(tuple[str, position])

    def write(self, position: T | None) -> str | None:
        """Return the cursor of a position; None at the end of the list."""
        if position is None:
            return None
        return base64.urlsafe_b64encode(_encode([self._name, position])).decode().rstrip("=")

    def read(self, cursor: str | None) -> T | None:
        """Return the position in a cursor; None without one. Raises InvalidInput naming `cursor`."""
        if cursor is None:
            return None
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            name, position = self._decoder.decode(text)
        except (ValueError, msgspec.MsgspecError, RecursionError):
            name, position, text = "", None, b""
        # No position holds a NUL, which Postgres would refuse.
        if name != self._name or b"\\u0000" in text:
            raise InvalidInput(FieldError("cursor", "is not of this list; send `next` of the page before as it is"))
        return position
