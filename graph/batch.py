"""Exposure and hop scores of all wallets at once, as columns over one list of wallets (design §4, batch)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.errors import Disturbed
from graph.model import Direction
from graph.session import Graph
from graph.taxonomy import Taxonomy

CHUNK = 5_000
ROUNDING = 1e-12
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Progress: TypeAlias = Callable[[str], Awaitable[None]]


class WalletColumns(Struct, frozen=True):
    """All wallets, one row each: `hop_counts` is (n, 3), values are micro-units, category '' means none."""

    keys: list[str]
    categories: list[str]
    in_values: Integers
    out_values: Integers
    in_degrees: Integers
    out_degrees: Integers
    hop_counts: Integers

    def hop_scores(self, weights: tuple[float, float, float]) -> Floats:
        """Seed 000's score: weighted distinct illicit wallets by distance over the root of the counterparties."""
        degree = np.maximum(1, self.in_degrees + self.out_degrees)
        scores: Floats = self.hop_counts @ np.asarray(weights) / np.sqrt(degree)
        return scores


class Pushed(Struct, frozen=True):
    """The share of every wallet that traces to one kind of seed; `hops` is the shortest, 0 where there is none."""

    share: Floats
    direct: Floats
    hops: NDArray[np.int8]


class Side(Struct, frozen=True):
    """One direction of a batch. Shares of a wallet add up to 1 where it has any value on this side."""

    categories: dict[str, Pushed]
    residuals: dict[str, Floats]
    passed_through: Floats


async def read_wallets(graph: Graph) -> WalletColumns:
    """Read every wallet with its distinct illicit wallets at distance 0, 1 and 2.

    Raises Disturbed when another run wrote over its scratch; then read again.
    """
    token = secrets.randbelow(1 << 62)
    marked = (await graph.batched("mark_illicit_neighbours", token=token))[0]["marked"]
    try:
        chunks = [row async for row in graph.stream("hop_counts", token=token, size=CHUNK)]
    finally:
        cleared = (await graph.batched("clear_illicit_neighbours", token=token))[0]["cleared"]
    if cleared != marked:
        raise Disturbed(f"another scoring run wrote over {marked - cleared:,} of {marked:,} scratch marks")

    def column(name: str) -> list[Any]:
        return [value for chunk in chunks for value in chunk[name]]

    def integers(name: str) -> Integers:
        return np.asarray(column(name), dtype=np.int64)

    return WalletColumns(
        keys=column("keys"),
        categories=column("categories"),
        in_values=integers("in_values"),
        out_values=integers("out_values"),
        in_degrees=integers("in_degrees"),
        out_degrees=integers("out_degrees"),
        hop_counts=np.stack([integers(f"at_{distance}") for distance in range(3)], axis=1),
    )


async def expose_all(
    graph: Graph,
    wallets: WalletColumns,
    *,
    direction: Direction,
    hops: int,
    taxonomy: Taxonomy,
    progress: Progress,
) -> Side:
    """Push every category present outward over `hops` flows, then what residuals need: at most three queries."""
    push = _Pusher(graph, f"push_{direction}", wallets.keys)
    present = [row["category"] for row in await graph.read("categories_present")]
    stopping = [name for name in present if taxonomy.get(name).stops]
    await progress(f"{direction}: {len(stopping)} categories")
    categories = dict(zip(stopping, await push(hops, stopping), strict=True))
    end = "origin" if direction == "source" else "unspent"
    await progress(f"{direction}: {end}")
    [ended] = await push(hops - 1, (), origins=True)
    passing = [name for name in present if name in taxonomy.passing]
    [passed] = await push(hops, passing, as_one=True)
    known = wallets.in_values if direction == "source" else wallets.out_values
    named = sum((pushed.share for pushed in categories.values()), np.zeros(len(wallets.keys)))
    # What has met neither a category nor an origin after all hops is what the hop limit cut; rounding may go below 0.
    left = np.where(known > 0, np.maximum(0.0, 1.0 - named - ended.share), 0.0)
    left[left < ROUNDING] = 0.0
    return Side(categories, {end: ended.share, "hop_limit": left}, passed.share)


class _Pusher:
    """Runs one push query and gathers its columns by wallet."""

    def __init__(self, graph: Graph, query: str, keys: Sequence[str]) -> None:
        self._graph, self._query = graph, query
        self._index = {key: i for i, key in enumerate(keys)}

    async def __call__(
        self, hops: int, categories: Sequence[str], *, origins: bool = False, as_one: bool = False
    ) -> list[Pushed]:
        """Push the categories, each for itself, or `as_one` kind that is not passed on again; or the origins."""
        one = origins or as_one
        kinds = 1 if one else len(categories)
        shape = (len(self._index), kinds)
        share, direct, nearest = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int8)
        parameters = {
            "categories": list(categories),
            "numbers": {name: 0 if one else i for i, name in enumerate(categories)},
            "kinds": kinds,
            "origins": origins,
            "blocked": list(categories) if as_one else [],
        }
        if categories or origins:
            async for row in self._graph.stream(self._query, hops=hops, size=CHUNK, **parameters):
                # A wallet that landed after the list was read belongs to the next run.
                at = np.asarray([self._index.get(key, -1) for key in row["keys"]])
                there, part = at >= 0, np.asarray(row["shares"])
                at, part = at[there], part[there]
                share[at] += part
                if row["level"] == 1:
                    direct[at] += part
                met = (nearest[at] == 0) & (part > 0)
                nearest[at] = np.where(met, row["level"], nearest[at])
        return [Pushed(share[:, k], direct[:, k], nearest[:, k]) for k in range(kinds)]
