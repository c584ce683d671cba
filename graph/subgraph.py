"""The neighbourhood of a wallet: nodes and flows within some hops, the most valuable first, honestly cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.clock import NOW, Clock
from graph.descriptions import describe_wallets
from graph.errors import NotFound, QueryCut
from graph.model import Flow
from graph.session import Graph
from graph.taxonomy import Taxonomy, load_taxonomy

FLOWS_PER_NODE = 20
TIMEOUT_S = 10.0


class SubgraphNode(Struct, frozen=True):
    """A wallet of the picture; `score` is None before a scoring run has seen it, and as of another time."""

    key: str
    category: str | None
    actor: str | None
    score: float | None
    hops: int
    in_value: int
    out_value: int


class Subgraph(Struct, frozen=True):
    """`truncated` says that wallets or flows within the hops were left out. The clocks are those of the question."""

    nodes: tuple[SubgraphNode, ...]
    flows: tuple[Flow, ...]
    truncated: bool
    watermark: int
    as_of: datetime | None = None
    known_at: datetime | None = None


async def get_subgraph(
    graph: Graph, key: str, *, hops: int, limit: int, clock: Clock = NOW, taxonomy: Taxonomy | None = None
) -> Subgraph:
    """Return at most `limit` wallets within `hops` of the wallet, on either side, now or as they were; raises NotFound.

    What goes through a pool is a flow between wallets. A question that takes longer than 10 s is left out and told as
    truncated; describing the wallets found raises QueryCut then.
    """
    watermark = await graph.watermark()
    distance, truncated = await _widen(_Ask(graph, clock), key, hops, limit)
    drawn = await draw_wallets(graph, distance, limit=limit, clock=clock, taxonomy=taxonomy or load_taxonomy())
    if not drawn.nodes:
        raise NotFound("wallet", key)
    return replace(drawn, truncated=truncated or drawn.truncated, watermark=watermark)


async def draw_wallets(
    graph: Graph, distance: Mapping[str, int], *, limit: int, clock: Clock, taxonomy: Taxonomy
) -> Subgraph:
    """Return these wallets, each with its distance, and the flows between them; unknown ones are left out.

    At most FLOWS_PER_NODE flows for each of `limit` wallets. Raises QueryCut where describing them takes over 10 s.
    """
    watermark = await graph.watermark()
    about = await describe_wallets(graph, distance, taxonomy=taxonomy, clock=clock)
    nodes = [
        SubgraphNode(one.key, one.category, one.actor, one.score, distance[one.key], one.in_value, one.out_value)
        for one in about.values()
    ]
    most = limit * FLOWS_PER_NODE
    flows = await _Ask(graph, clock)("flows_between", keys=list(distance), limit=most + 1)
    return Subgraph(
        nodes=tuple(sorted(nodes, key=lambda node: (node.hops, -node.in_value - node.out_value, node.key))),
        flows=tuple(Flow(**flow) for flow in (flows or [])[:most]),
        truncated=flows is None or len(flows) > most,
        watermark=watermark,
        as_of=clock.as_of,
        known_at=clock.known_at,
    )


async def _widen(ask: _Ask, key: str, hops: int, limit: int) -> tuple[dict[str, int], bool]:
    """Wallets by distance, and whether any was left out; each hop takes those with the most valuable flow."""
    distance, truncated, frontier = {key: 0}, False, [key]
    for hop in range(1, hops + 1):
        room = limit - len(distance)
        rows = await ask("widen_subgraph", frontier=frontier, seen=list(distance), limit=max(room, 1))
        if rows is None:
            return distance, True
        truncated |= any(row["left_out"] for row in rows) or (bool(rows) and room == 0)
        frontier = [row["key"] for row in rows[:room]]
        distance |= dict.fromkeys(frontier, hop)
        if not frontier:
            break
    return distance, truncated


class _Ask(Struct):
    """A question about flows, or with a clock about transactions; None when it took too long."""

    graph: Graph
    clock: Clock

    async def __call__(self, name: str, **asked: Any) -> list[dict[str, Any]] | None:
        if self.clock:
            name += "_as_of"
            asked |= {bound: at for bound, at in self.clock.parameters().items() if bound != "valid_at"}
        try:
            return await self.graph.read(name, timeout_s=TIMEOUT_S, **asked)
        except QueryCut:
            return None
