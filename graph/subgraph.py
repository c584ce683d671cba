"""The neighbourhood of a wallet: nodes and flows within some hops, the most valuable first, honestly cut."""

from __future__ import annotations

from msgspec import Struct

from graph.errors import NotFound
from graph.model import Flow
from graph.session import Graph

FLOWS_PER_NODE = 20


class SubgraphNode(Struct, frozen=True):
    """A wallet of the picture; `score` is None before a scoring run has seen it."""

    key: str
    category: str | None
    score: float | None
    hops: int
    in_value: int
    out_value: int


class Subgraph(Struct, frozen=True):
    """`truncated` says that wallets or flows within the hops were left out."""

    nodes: tuple[SubgraphNode, ...]
    flows: tuple[Flow, ...]
    truncated: bool


async def get_subgraph(graph: Graph, key: str, *, hops: int, limit: int) -> Subgraph:
    """Return at most `limit` wallets within `hops` of the wallet, on either side; raises NotFound.

    One query a hop: each takes the wallets with the most valuable flow to the hop before.
    """
    distance, truncated = {key: 0}, False
    frontier = [key]
    for hop in range(1, hops + 1):
        room = limit - len(distance)
        rows = await graph.read("widen_subgraph", frontier=frontier, seen=list(distance), limit=max(room, 1))
        truncated |= any(row["left_out"] for row in rows) or (bool(rows) and room == 0)
        frontier = [row["key"] for row in rows[:room]]
        distance |= dict.fromkeys(frontier, hop)
        if not frontier:
            break
    nodes = await graph.read("describe_wallets", keys=list(distance))
    if not nodes:
        raise NotFound("wallet", key)
    most = limit * FLOWS_PER_NODE
    flows = await graph.read("flows_between", keys=list(distance), limit=most + 1)
    described = [SubgraphNode(hops=distance[node["key"]], **node) for node in nodes]
    return Subgraph(
        nodes=tuple(sorted(described, key=lambda node: (node.hops, -node.in_value - node.out_value, node.key))),
        flows=tuple(Flow(**flow) for flow in flows[:most]),
        truncated=truncated or len(flows) > most,
    )
