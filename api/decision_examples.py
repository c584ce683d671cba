"""The example of a decision, and the keys and times that other examples share with it."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.model import Contribution, Decision, Signal

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
SOON = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
SENDER = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
HASH = "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060"
TRANSACTION_KEY = f"eth:{HASH}"
WALLET_KEY = f"eth:{SENDER}"

DECISION = Decision(
    id="dec_01hr4m8w4e3v9m7c2k5t6q8z0a",
    transaction=TRANSACTION_KEY,
    risk_score=0.9,
    severity="critical",
    risk_category="sanctions",
    reason_codes=("EXPOSURE_SANCTIONS_DIRECT",),
    explanation="100.0 % of this payment comes straight from wallets listed as sanctions.",
    signals=(
        Signal(
            name="exposure",
            value=0.9,
            weight=0.4,
            effective_weight=4 / 7,
            contributions=(Contribution(reason="EXPOSURE_SANCTIONS_DIRECT", value=0.9, share=1.0, detail="source"),),
        ),
        Signal(name="rules", value=0.0, weight=0.2, effective_weight=2 / 7),
        Signal(name="velocity", value=0.0, weight=0.1, effective_weight=1 / 7),
        Signal(
            name="anomaly",
            value=None,
            weight=0.1,
            effective_weight=0.0,
            skipped="no payer has a habit yet: 5 earlier payments make one, there are 2",
        ),
        Signal(
            name="graph_rules",
            value=None,
            weight=0.2,
            effective_weight=0.0,
            skipped="outcome clear: critical whatever it says",
        ),
    ),
    evidence=(
        {"kind": "exposure", "direction": "source", "hops": 3, "categories": [{"category": "sanctions", "share": 1.0}]},
        {"kind": "history", "payers": [{"wallet": WALLET_KEY, "sent_count": 2}], "payees": [], "paid_before": False},
    ),
    policy="default-2",
    rule_versions={"large_amount": "1", "structuring": "1"},
    model_versions={},
    prompt_version=None,
    input_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    watermark=17,
    latency_ms=11.4,
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    decided_at=SOON,
    alert="alr_01hr4m8w4e3v9m7c2k5t6q8z0b",
)
