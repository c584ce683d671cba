"""Examples of pictures and canvases, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.canvas_bodies import CanvasExpansion, CanvasFlow, CanvasInput, CanvasNode
from api.canvases import CanvasView
from api.case_examples import CASE, LATER, ONE, SOON, WALLET_KEY
from api.expansion import ExpansionView, NeighbourView, PictureInput, PictureView
from api.subgraph import FlowView

OTHER = "eth:0x28c6c06298d514db089934071355e5743bf21d60"
LISTED = NeighbourView(
    key=WALLET_KEY,
    category="sanctions",
    actor="Lazarus Group",
    attribution="att_ofac_1",
    score=None,
    in_value="12.5",
    out_value="210.4",
    degree=None,
)
EXCHANGE = NeighbourView(
    key=OTHER,
    category="exchange",
    actor="Binance",
    attribution="att_tag_7",
    score=None,
    in_value="210.4",
    out_value="0",
    degree=3480,
)
FLOW = FlowView(
    source=WALLET_KEY,
    target=OTHER,
    value="210.4",
    count=1,
    first_at=datetime(2019, 3, 1, 12, tzinfo=UTC),
    last_at=datetime(2019, 3, 1, 12, tzinfo=UTC),
)
CANVAS = CanvasInput(
    nodes=[
        CanvasNode(
            kind="wallet",
            key=WALLET_KEY,
            x=0,
            y=0,
            pinned=True,
            note="Where it begins.",
            category="sanctions",
            in_value="12.5",
            out_value="210.4",
        ),
        CanvasNode(kind="wallet", key=OTHER, x=220, y=0, category="exchange", in_value="210.4", out_value="0"),
    ],
    flows=[CanvasFlow(source=WALLET_KEY, target=OTHER, value="210.4", count=1)],
    expansions=[
        CanvasExpansion(
            wallet=WALLET_KEY,
            direction="destination",
            min_value="100",
            from_=SOON,
            limit=1,
            shown=1,
            matching=2,
            total=3,
        )
    ],
    layout="time",
    watermark=17,
)

ANSWERS: Mapping[str, object] = {
    "expand_wallet": ExpansionView(
        wallet=WALLET_KEY, wallets=(EXCHANGE,), flows=(FLOW,), matching=2, total=3, watermark=17
    ),
    "draw_wallets": PictureView(wallets=(LISTED, EXCHANGE), flows=(FLOW,), missing=(), truncated=False, watermark=17),
    "get_case_canvas": CanvasView(case=CASE.id, saved_by=ONE, saved_at=LATER, canvas=CANVAS),
    "save_case_canvas": CanvasView(case=CASE.id, saved_by=ONE, saved_at=LATER, canvas=CANVAS),
}
BODIES: Mapping[str, object] = {
    "draw_wallets": PictureInput([WALLET_KEY, OTHER]),
    "save_case_canvas": CANVAS,
}
# Those that answer 409: the case is closed.
CONFLICTS = frozenset({"save_case_canvas"})
