"""Stale marks: which stored scores can have changed, found in Cypher, and taken away once they are recomputed.

Landing, withdrawal and attribution mark the wallets they touch; who else is concerned follows from the graph when it
is asked (design §4, delta). A mark carries a version, so that one renewed in the meantime is not taken away.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from graph.session import Graph
from graph.together import together

MAX_MARKS = 5_000
MAX_FLOWS = 200_000
MANY_MARKS = 500
CHUNK = 20_000


class Mark(Struct, frozen=True):
    """One marked wallet. `version` counts how often it was marked; the flags say what changed about it.

    `is_scored` is False as long as no score of it was ever stored.
    """

    key: str
    version: int
    stale_in: bool
    stale_out: bool
    stale_near: bool
    stale_category: bool
    stale_illicit: bool
    is_scored: bool


class Reach(Struct, frozen=True):
    """Wallets whose answer can change, each with up to 3 marked wallets it was reached from per side.

    `source` and `destination` are those of them whose shares on that side can have changed or that others count on,
    `near` those whose counterparties or hop counts can have. `is_cut` says that a bound was met: then everything may
    have changed.
    """

    seeds: dict[str, tuple[str, ...]]
    source: frozenset[str]
    destination: frozenset[str]
    near: frozenset[str]
    is_cut: bool


async def count_marks(graph: Graph) -> int:
    """Return how many wallets are marked."""
    return int((await graph.read("count_marks"))[0]["marks"])


async def read_marks(graph: Graph, limit: int = MAX_MARKS) -> list[Mark]:
    """Return at most `limit` marks, in order of key."""
    return [Mark(**row) for row in await graph.read("read_marks", limit=limit)]


async def clear_marks(graph: Graph, marks: Sequence[Mark]) -> int:
    """Take away those marks that nobody renewed since they were read; returns how many. Repeatable."""
    cleared = 0
    for first in range(0, len(marks), CHUNK):
        part = marks[first : first + CHUNK]
        keys, versions = [mark.key for mark in part], [mark.version for mark in part]
        cleared += (await graph.batched("clear_marks", keys=keys, versions=versions))[0]["cleared"]
    return cleared


async def reach(graph: Graph, marks: Sequence[Mark], hops: int, *, max_flows: int = MAX_FLOWS) -> Reach:
    """Find the wallets whose stored answer over `hops` can differ because of the marks, marked ones included."""
    source = [mark.key for mark in marks if mark.stale_in or mark.stale_category]
    destination = [mark.key for mark in marks if mark.stale_out or mark.stale_category]
    near = [mark.key for mark in marks if mark.stale_near or mark.stale_illicit]
    asked: dict[str, tuple[list[str], dict[str, int]]] = {
        "reach_source": (source, {"hops": hops}),
        "reach_destination": (destination, {"hops": hops}),
        "reach_near": (near, {}),
    }
    answers = await together(
        *(_reached(graph, name, keys, max_flows=max_flows, **more) for name, (keys, more) in asked.items())
    )
    found = [(mark.key, [mark.key], False) for mark in marks] + [one for answer in answers for one in answer]
    seeds: dict[str, dict[str, None]] = {}
    for key, of, _ in found:
        seeds.setdefault(key, {}).update(dict.fromkeys(of))
    sides = [{key for key, *_ in answer} for answer in answers]
    # What a wallet is decides what it gives on, whatever it has met itself.
    labelled = {mark.key for mark in marks if mark.stale_category or mark.stale_illicit or not mark.is_scored}
    return Reach(
        {key: tuple(of) for key, of in seeds.items()},
        frozenset(sides[0] | labelled),
        frozenset(sides[1] | labelled),
        frozenset(sides[2].union(mark.key for mark in marks)),
        any(is_cut for *_, is_cut in found),
    )


async def stale_among(graph: Graph, keys: Sequence[str], hops: int) -> set[str]:
    """Return those of the keys that a pending mark reaches; all of them where that takes too long to tell."""
    marks = await read_marks(graph, MANY_MARKS + 1)
    if not marks:
        return set()
    if len(marks) > MANY_MARKS:
        return set(keys)
    reached = await reach(graph, marks, hops)
    return set(keys) if reached.is_cut else set(keys) & set(reached.seeds)


async def _reached(graph: Graph, name: str, keys: list[str], **more: int) -> list[tuple[str, list[str], bool]]:
    rows = await graph.read(name, keys=keys, **more) if keys else []
    return [(row["key"], row["seeds"], row["is_cut"]) for row in rows]
