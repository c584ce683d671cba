"""The canvas of a case as it is sent: what is shown and where, so that it can be restored exactly."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from graph.model import Direction

MOST_NODES, MOST_FLOWS, MOST_EXPANSIONS = 5_000, 20_000, 5_000
# Of a body: nodes and flows at their most, with long keys and many notes.
MOST_BYTES = 16_777_216

Key = Annotated[str, Meta(min_length=1, max_length=300)]
Place = Annotated[float, Meta(ge=-1e9, le=1e9)]
Value = Annotated[str, Meta(max_length=40, pattern=r"^\d{1,19}(\.\d{1,6})?$", description="A decimal, never a float")]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=300)]


class CanvasNode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wallet or transaction at its place. `folded_into` is the wallet under which it is folded away.

    `category`, `in_value` and `out_value` are what was known when it was saved, so that changes can be marked.
    """

    kind: Literal["wallet", "transaction"]
    key: Key
    x: Place
    y: Place
    pinned: bool = False
    hidden: bool = False
    note: Annotated[str, Meta(max_length=2_000)] = ""
    folded_into: Key | None = None
    category: Name | None = None
    in_value: Value | None = None
    out_value: Value | None = None


class CanvasFlow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flow as it was when the canvas was saved."""

    source: Key
    target: Key
    value: Value
    count: Count


class CanvasExpansion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """What was asked of a wallet, and how much of it is on the canvas: `shown` of `matching` of `total`."""

    wallet: Key
    direction: Direction | None = None
    category: Name | None = None
    min_value: Value = "0"
    from_: datetime | None = None
    to: datetime | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 25
    shown: Count
    matching: Count
    total: Count


class CanvasInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A canvas as sent; `watermark` is that of the graph it shows."""

    nodes: Annotated[list[CanvasNode], Meta(max_length=MOST_NODES)] = []
    flows: Annotated[list[CanvasFlow], Meta(max_length=MOST_FLOWS)] = []
    expansions: Annotated[list[CanvasExpansion], Meta(max_length=MOST_EXPANSIONS)] = []
    layout: Literal["time", "force"] = "time"
    watermark: Count = 0
