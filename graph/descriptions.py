"""What a picture or a path shows of wallets: category and sums, now or as of a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from graph.clock import NOW, Clock
from graph.deciding import deciding_parameters
from graph.session import Graph
from graph.taxonomy import Taxonomy

TIMEOUT_S = 10.0


class Description(Struct, frozen=True, kw_only=True):
    """A wallet; `attribution` is the id of the one that decides its category. Sums leave out what it paid itself.

    `score` is that of the latest scoring run: None before one, and with a clock, which asks for another time.
    """

    key: str
    category: str | None
    actor: str | None
    attribution: str | None
    score: float | None
    in_value: int
    out_value: int


async def describe_wallets(
    graph: Graph, keys: Iterable[str], *, taxonomy: Taxonomy, clock: Clock = NOW
) -> dict[str, Description]:
    """Return those of the wallets that are known, by key; with a clock, as they were.

    Raises QueryCut after 10 s: with a clock all transactions of the wallets are read.
    """
    asked: dict[str, Any] = {"keys": sorted(keys)}
    if clock:
        asked |= deciding_parameters(taxonomy) | clock.parameters()
    name = "describe_wallets_as_of" if clock else "describe_wallets"
    rows = await graph.read(name, timeout_s=TIMEOUT_S, **asked)
    return {row["key"]: Description(**row) for row in rows}
