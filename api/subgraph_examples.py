"""An example of a picture of wallets; `api.examples` takes it up."""

from __future__ import annotations

from api.decision_examples import AT, WALLET_KEY
from api.path_examples import RECEIVER
from api.subgraph import FlowView, NodeView, SubgraphView

SUBGRAPH = SubgraphView(
    nodes=(
        NodeView(
            key=WALLET_KEY,
            category="sanctions",
            actor="Lazarus Group",
            score=1.0,
            hops=0,
            in_value="12.5",
            out_value="210.4",
        ),
        NodeView(
            key=RECEIVER,
            category="exchange",
            actor="Binance",
            score=0.2,
            hops=1,
            in_value="210.4",
            out_value="0",
        ),
    ),
    flows=(FlowView(source=WALLET_KEY, target=RECEIVER, value="210.4", count=1, first_at=AT, last_at=AT),),
    truncated=False,
    as_of=None,
    known_at=None,
    watermark=17,
)
