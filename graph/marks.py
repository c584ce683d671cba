"""Stale marks: which stored scores can have changed, found in Cypher, and taken away once they are recomputed.

Landing, withdrawal and attribution mark the wallets they touch; who else is concerned follows from the graph when it
is asked (design §4, delta). A mark carries a version, so that one renewed in the meantime is not taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from graph.errors import Unavailable
from graph.model import Direction
from graph.session import Graph, Row
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
    stale_links: bool
    stale_category: bool
    stale_illicit: bool
    is_scored: bool

    def tells_of(self, direction: Direction) -> bool:
        """Whether what the wallet meets or gives on one side may be other than it is stored."""
        return self.stale_category or self.stale_illicit or (self.stale_in if direction == "source" else self.stale_out)


class SideReach(Struct, frozen=True):
    """Wallets whose shares on one side can have changed: by their own flows or category, or `further` on by others'.

    `giving` are those of either kind whose change is felt by the wallets one flow further on.
    """

    changed: frozenset[str]
    further: frozenset[str]
    giving: frozenset[str]

    def counting(self, keys: Collection[str]) -> SideReach:
        """The same, with further ones of these counted as if they had changed themselves."""
        return SideReach(self.changed.union(keys), self.further.difference(keys), self.giving)

    @property
    def wallets(self) -> frozenset[str]:
        """All of them."""
        return self.changed | self.further


class Reach(Struct, frozen=True):
    """Wallets whose answer can change, each with up to 3 marked wallets it was reached from per side.

    `labelled` are those whose category changed, or that were never scored; `near` those whose counterparties or hop
    counts can have changed. `is_illicit_changed` says that a wallet became
    or ceased to be illicit, `is_cut` that a bound was met: then everything may have changed.
    """

    seeds: dict[str, tuple[str, ...]]
    source: SideReach
    destination: SideReach
    labelled: frozenset[str]
    near: frozenset[str]
    is_illicit_changed: bool
    is_cut: bool


async def count_marks(graph: Graph) -> int:
    """Return how many wallets are marked."""
    return int((await graph.read("count_marks"))[0]["marks"])


async def standing(graph: Graph) -> tuple[int, int]:
    """Return the highest seq of the graph and how many wallets are marked, in one question."""
    rows = await graph.read("standing")
    if not rows:
        raise Unavailable("neo4j", "its schema is not prepared; run `headwater up`")
    return int(rows[0]["seq"]), int(rows[0]["marks"])


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


async def marked_since(graph: Graph, marks: Sequence[Mark]) -> dict[str, Mark]:
    """Return by wallet the marks that are new, or were renewed, since `marks` were read."""
    known = {mark.key: mark.version for mark in marks}
    now = await read_marks(graph, await count_marks(graph))
    return {mark.key: mark for mark in now if known.get(mark.key) != mark.version}


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
    seeds: dict[str, dict[str, None]] = {mark.key: {mark.key: None} for mark in marks}
    for row in answers:
        for key, of in zip(row["keys"], row["seeds"], strict=True):
            seeds.setdefault(key, {}).update(dict.fromkeys(of))
    # What a wallet is decides what it gives on, whatever it has met itself.
    labelled = {mark.key for mark in marks if mark.stale_category or mark.stale_illicit or not mark.is_scored}
    linked = {mark.key for mark in marks if mark.stale_links}
    return Reach(
        {key: tuple(of) for key, of in seeds.items()},
        _side(answers[0], labelled | {mark.key for mark in marks if mark.stale_in}, labelled, hops),
        _side(answers[1], labelled | {mark.key for mark in marks if mark.stale_out}, labelled, hops),
        frozenset(labelled),
        frozenset(labelled.union(linked, answers[2]["keys"])),
        any(mark.stale_illicit for mark in marks),
        any(row["is_cut"] for row in answers),
    )


def _side(row: Row, changed: set[str], labelled: set[str], hops: int) -> SideReach:
    # A wallet that is reached by the last flow has met more at the hop limit alone, which nobody gives on.
    reached = zip(row["keys"], row["levels"], row["stops"], strict=True)
    giving = (key for key, level, stops in reached if level <= hops - 2 and not stops)
    further = frozenset(row["keys"]).difference(changed)
    return SideReach(frozenset(changed), further, frozenset(labelled.union(giving)))


async def stale_among(graph: Graph, keys: Sequence[str], hops: int) -> set[str]:
    """Return those of the keys that a pending mark reaches; all of them where that takes too long to tell."""
    marks = await read_marks(graph, MANY_MARKS + 1)
    if not marks:
        return set()
    if len(marks) > MANY_MARKS:
        return set(keys)
    reached = await reach(graph, marks, hops)
    return set(keys) if reached.is_cut else set(keys) & set(reached.seeds)


NONE_REACHED: Row = {"keys": [], "seeds": [], "levels": [], "stops": [], "is_cut": False}


async def _reached(graph: Graph, name: str, keys: list[str], **more: int) -> Row:
    return (await graph.read(name, keys=keys, **more))[0] if keys else NONE_REACHED
