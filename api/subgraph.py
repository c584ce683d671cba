"""The neighbourhood of a wallet as nodes and flows, for drawing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from api.lifespan import GivenServices
from api.parameters import AsOf, Hops, KnownAt, WalletKey, canonical_wallet, read_clock
from graph.model import Flow
from graph.money import format_micro
from graph.subgraph import Subgraph, SubgraphNode, get_subgraph

NodeLimit = Annotated[int, QueryParameter(ge=1, le=1000, description="Most wallets of the answer")]


class NodeView(Struct, frozen=True, kw_only=True):
    """A wallet; `hops` is its distance in the picture, `score` that of the latest scoring run or null.

    With `as_of` or `known_at` the rest is as it was, and `score` null.
    """

    key: str
    category: str | None
    actor: str | None
    score: float | None
    hops: int
    in_value: str
    out_value: str

    @classmethod
    def from_node(cls, node: SubgraphNode) -> NodeView:
        """Return the node as it is on the wire."""
        return cls(
            key=node.key,
            category=node.category,
            actor=node.actor,
            score=node.score,
            hops=node.hops,
            in_value=format_micro(node.in_value),
            out_value=format_micro(node.out_value),
        )


class FlowView(Struct, frozen=True, kw_only=True):
    """All value moved from `source` to `target`, which are wallet keys."""

    source: str
    target: str
    value: str
    count: int
    first_at: datetime
    last_at: datetime

    @classmethod
    def from_flow(cls, flow: Flow) -> FlowView:
        """Return the flow as it is on the wire."""
        return cls(
            source=flow.source,
            target=flow.target,
            value=format_micro(flow.value),
            count=flow.count,
            first_at=flow.first_at,
            last_at=flow.last_at,
        )


class SubgraphView(Struct, frozen=True, kw_only=True):
    """`truncated` says that wallets or flows within the hops were left out. The clocks are those of the question."""

    nodes: tuple[NodeView, ...]
    flows: tuple[FlowView, ...]
    truncated: bool
    as_of: datetime | None
    known_at: datetime | None
    watermark: int

    @classmethod
    def from_subgraph(cls, subgraph: Subgraph) -> SubgraphView:
        """Return the subgraph as it is on the wire."""
        return cls(
            nodes=tuple(map(NodeView.from_node, subgraph.nodes)),
            flows=tuple(map(FlowView.from_flow, subgraph.flows)),
            truncated=subgraph.truncated,
            as_of=subgraph.as_of,
            known_at=subgraph.known_at,
            watermark=subgraph.watermark,
        )


@get(
    "/wallets/{key:str}/subgraph",
    operation_id="get_wallet_subgraph",
    summary="What is around a wallet",
)
async def get_wallet_subgraph(
    services: GivenServices,
    key: WalletKey,
    *,
    hops: Hops = 2,
    limit: NodeLimit = 100,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> SubgraphView:
    """Return wallets within `hops` flows on either side, the most valuable first, and the flows between.

    With `as_of` or `known_at`, what had moved, what was known, and what wallets were by then. What went through a pool
    (a transaction of very many pairs, such as a CoinJoin) is drawn as flows between its wallets, in proportion.
    """
    clock = read_clock(as_of, known_at)
    subgraph = await get_subgraph(
        services.graph, canonical_wallet(key), hops=hops, limit=limit, clock=clock, taxonomy=services.taxonomy
    )
    return SubgraphView.from_subgraph(subgraph)
