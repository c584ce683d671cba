"""Exposure and hop scores of all wallets at once, as columns over one list of wallets (design §4, batch).

Shares are summed as integers on a grid of 2^-60 and divided once, at the end: the same graph gives the same bytes
whatever the order of its rows, here and in `graph.recount`.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from graph.errors import Disturbed
from graph.levels import END_KIND, PASSED_KIND, WHOLE, LevelFormat, Levels
from graph.model import Direction
from graph.session import Graph, Row, undisturbed
from graph.taxonomy import Taxonomy

CHUNK = 5_000
GRID = WHOLE
# What is left below this is what rounding every part up to the grid has cost: 1e-12 of the whole.
LEAST = 1 << 20
END: dict[Direction, str] = {"source": "origin", "destination": "unspent"}
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Progress: TypeAlias = Callable[[str], Awaitable[None]]


class WalletColumns(Struct, frozen=True):
    """All wallets in order of key, one row each: `hop_counts` is (n, 3), values are micro-units, '' is no category."""

    keys: list[str]
    categories: list[str]
    in_values: Integers
    out_values: Integers
    in_degrees: Integers
    out_degrees: Integers
    hop_counts: Integers

    def known(self, direction: Direction) -> Integers:
        """The value whose sources or destinations are asked for: all that came in, or all that went out."""
        return self.in_values if direction == "source" else self.out_values

    def hop_scores(self, weights: tuple[float, float, float]) -> Floats:
        """Seed 000's score: weighted distinct illicit wallets by distance over the root of the counterparties."""
        degree = np.maximum(1, self.in_degrees + self.out_degrees)
        near, next_to, far = (self.hop_counts[:, i] * weights[i] for i in range(3))
        # Written out, since a product of matrices may add in another order on another machine.
        scores: Floats = ((near + next_to) + far) / np.sqrt(degree)
        return scores


class Traced(Struct, frozen=True):
    """What was pushed of one kind, in units of the grid; `hops` is the shortest, 0 where there is none."""

    share: Integers
    direct: Integers
    hops: NDArray[np.int8]


class Pushed(Struct, frozen=True):
    """The share of every wallet that traces to one kind of seed; `hops` is the shortest, 0 where there is none."""

    share: Floats
    direct: Floats
    hops: NDArray[np.int8]


class Side(Struct, frozen=True):
    """One direction of a batch. Shares of a wallet add up to 1 where it has any value on this side.

    `levels` are what each gives on, by place in the list of wallets; None where they were not gathered.
    """

    categories: dict[str, Pushed]
    residuals: dict[str, Floats]
    passed_through: Floats
    levels: Levels | None = None

    def packed(self, n: int, run: str) -> list[bytes]:
        """The levels of the first n wallets as a run stores them; nothing where they were not gathered."""
        return [b""] * n if self.levels is None else self.levels.pack(n, run)

    def at(self, places: Integers) -> Side:
        """The same of some wallets only, in the order of `places`; without levels."""
        return Side(
            {
                name: Pushed(pushed.share[places], pushed.direct[places], pushed.hops[places])
                for name, pushed in self.categories.items()
            },
            {name: shares[places] for name, shares in self.residuals.items()},
            self.passed_through[places],
        )


async def read_wallets(graph: Graph) -> WalletColumns:
    """Read every wallet with its distinct illicit wallets at distance 0, 1 and 2.

    Raises Disturbed when another run wrote over its scratch; then read again.
    """
    token = secrets.randbelow(1 << 62)
    marked = (await graph.batched("mark_illicit_neighbours", token=token))[0]["marked"]

    async def count() -> list[Row]:
        return [row async for row in graph.stream("hop_counts", token=token, size=CHUNK)]

    try:
        chunks = await undisturbed(count)
    finally:
        cleared = (await graph.batched("clear_illicit_neighbours", token=token))[0]["cleared"]
    if cleared != marked:
        raise Disturbed(f"another scoring run wrote over {marked - cleared:,} of {marked:,} scratch marks")
    return _in_order(chunks)


def _in_order(chunks: Sequence[Row]) -> WalletColumns:
    keys = [key for chunk in chunks for key in chunk["keys"]]
    order = sorted(range(len(keys)), key=keys.__getitem__)

    def column(name: str) -> list[Any]:
        values = [value for chunk in chunks for value in chunk[name]]
        return [values[i] for i in order]

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
    known = wallets.known(direction)
    levels = Levels.of(LevelFormat.of(taxonomy, hops), taxonomy, wallets.categories, known)
    push = _Pusher(graph, f"push_{direction}", wallets.keys, levels)
    there = {row["category"] for row in await graph.read("categories_present")}
    stopping, passing = kinds_among(there, taxonomy)
    await progress(f"{direction}: {len(stopping)} categories")
    named = dict(zip(stopping, await push(hops, stopping), strict=True))
    await progress(f"{direction}: {END[direction]}")
    [ended] = await push(hops - 1, (), origins=True)
    [passed] = await push(hops, passing, as_one=True)
    return replace(settle(wallets, direction, named, ended.share, passed.share), levels=levels)


def kinds_among(there: Collection[str], taxonomy: Taxonomy) -> tuple[list[str], list[str]]:
    """The categories among those given at which tracing stops, and those it passes, in the order of the table."""
    known = [name for name in taxonomy.names if name in there]
    return [name for name in known if taxonomy.get(name).stops], [name for name in known if name in taxonomy.passing]


def settle(
    wallets: WalletColumns, direction: Direction, named: dict[str, Traced], ended: Integers, passed: Integers
) -> Side:
    """From the grid to shares. What met neither a category nor an end is what the hop limit cut."""
    known = wallets.known(direction)
    met = sum((traced.share for traced in named.values()), ended)
    left = np.where(known > 0, GRID - met, 0)
    left[left < LEAST] = 0
    categories = {name: Pushed(_part(t.share), _part(t.direct), t.hops) for name, t in named.items()}
    return Side(categories, {END[direction]: _part(ended), "hop_limit": _part(left)}, _part(passed))


def _part(units: Integers) -> Floats:
    part: Floats = np.minimum(units, GRID) / GRID
    return part


class _Pusher:
    """Runs one push query and gathers its columns by wallet."""

    def __init__(self, graph: Graph, query: str, keys: Sequence[str], levels: Levels) -> None:
        self._graph, self._query, self._levels = graph, query, levels
        self._index = {key: i for i, key in enumerate(keys)}

    async def __call__(
        self, hops: int, categories: Sequence[str], *, origins: bool = False, as_one: bool = False
    ) -> list[Traced]:
        """Push the categories, each for itself, or `as_one` kind that is not passed on again; or the origins."""
        one = origins or as_one
        names = [END_KIND] if origins else [PASSED_KIND] if as_one else categories
        kinds = len(names)
        shape = (kinds, len(self._index))
        share, direct, nearest = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int8)
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
                there, part = at >= 0, np.asarray(row["shares"], np.int64).T
                at, part = at[there], part[:, there]
                share[:, at] += part
                self._levels.add(row["level"], names, at, part)
                if row["level"] == 1:
                    direct[:, at] += part
                met = (nearest[:, at] == 0) & (part > 0)
                nearest[:, at] = np.where(met, row["level"], nearest[:, at])
        return [Traced(share[k], direct[k], nearest[k]) for k in range(kinds)]
