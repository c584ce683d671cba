"""Examples of paths, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.paths import PathsView, PathView, StepView
from graph.paths import PathWallet

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
SENDER = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
RECEIVER = "eth:0x28c6c06298d514db089934071355e5743bf21d60"
THIEF = PathWallet(SENDER, "sanctions", "Lazarus Group", "att_0123456789abcdef0123456789")
STEP = StepView(
    transaction="eth:0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060",
    at=AT,
    from_=SENDER,
    to=RECEIVER,
    asset="ETH",
    amount="1.5",
    value="210.4",
)
PATH = PathView(
    value="210.4",
    share=0.31,
    hops=1,
    first_at=AT,
    last_at=AT,
    end=THIEF,
    wallets=(THIEF, PathWallet(RECEIVER, None, None, None)),
    steps=(STEP,),
)

ANSWERS: Mapping[str, object] = {
    "get_wallet_paths": PathsView(
        wallet=RECEIVER,
        direction="source",
        hops=3,
        to=None,
        category=None,
        as_of=AT,
        known_at=None,
        watermark=17,
        paths=(PATH,),
        truncated=False,
        complete_above=None,
    )
}
PARAMETERS: Mapping[str, object] = {"to": SENDER}
