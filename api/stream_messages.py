"""What a stream says besides events: where it begins, and how far it has got."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class StreamOpened(Struct, frozen=True, kw_only=True):
    """The first message: events after `after` follow, in order; `head` is the highest `seq` now."""

    type: Literal["stream.opened"] = "stream.opened"
    after: int
    head: int


class StreamAt(Struct, frozen=True, kw_only=True):
    """Nothing that was asked for stands up to `seq` but what was sent: a place to resume from."""

    type: Literal["stream.at"] = "stream.at"
    seq: int
