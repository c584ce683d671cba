"""An example of a stop ledger, made of the same Structs as the answer; `api.examples` takes it up."""

from __future__ import annotations

from collections.abc import Mapping

from api.stops import StopLedgerView, StopRestView, StopView

SENDER = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
RECEIVER = "eth:0x28c6c06298d514db089934071355e5743bf21d60"

ANSWERS: Mapping[str, object] = {
    "list_wallet_stops": StopLedgerView(
        wallet=RECEIVER,
        direction="source",
        hops=3,
        total_value="12.5",
        watermark=17,
        exact=True,
        stops=(
            StopView(
                wallet=SENDER,
                hops=1,
                reason="category",
                category="sanctions",
                actor="Lazarus Group",
                attribution="att_0123456789abcdef0123456789",
                share=0.312,
                value="3.9",
            ),
        ),
        rest=StopRestView(41, 0.688, "8.6"),
        as_of=None,
        known_at=None,
        pool_above=None,
        flows=812,
        max_flows=30_000,
    )
}
PARAMETERS: Mapping[str, object] = {"pool_above": 10_000, "max_flows": 250_000}
