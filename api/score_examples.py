"""Examples of what models say of scores, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping

from api.decision_examples import SOON, WALLET_KEY
from api.disagreements import DisagreementPage
from api.explanations import ExplanationView
from graph.model import Contribution, ModelSignal
from jobs.explanation_parts import ExposurePart, FeaturePart, FlowPart, ModelExplanation, ModelSubgraph
from ledger.disagreements import Disagreement

RUN = "run_01hr4m8w4e3v9m7c2k5t6q8z0c"
SIGNALS = (
    ModelSignal(
        name="classifier",
        value=0.8,
        weight=0.45,
        model="classifier-v3",
        watermark=17,
        contributions=(Contribution(reason="in_wallets", value=1.7, detail="41"),),
    ),
    ModelSignal(name="gnn", value=0.7, weight=0.0, model="gnn-v1", state="shadow", watermark=17),
    ModelSignal(name="isolation_forest", value=None, weight=0.05, skipped="there is no champion"),
)
ANSWERS: Mapping[str, object] = {
    "list_disagreements": DisagreementPage(
        [
            Disagreement(
                wallet=WALLET_KEY,
                run=RUN,
                score=0.36,
                exposure_value=0.0,
                model_value=0.8,
                disagreement=0.61,
                category=None,
                signals=SIGNALS,
                watermark=17,
                scored_at=SOON,
            )
        ],
        None,
    ),
    "explain_score": ExplanationView(
        wallet=WALLET_KEY,
        run=RUN,
        score=0.51,
        category=None,
        exposure=(
            ExposurePart(
                direction="source",
                category="scam",
                share=0.31,
                direct_share=0.3,
                shortest_hops=1,
                severity=0.75,
                part=0.2325,
            ),
        ),
        signals=SIGNALS,
        models=(
            ModelExplanation(
                model="classifier-v3",
                kind="classifier",
                state="champion",
                value=0.8,
                reproduced=True,
                output="log-odds of being illicit",
                base=-2.1,
                contributions=(
                    FeaturePart(feature="in_wallets", value=41.0, contribution=1.7, text="How many wallets paid it."),
                ),
            ),
            ModelExplanation(
                model="gnn-v1",
                kind="gnn",
                state="shadow",
                value=0.7,
                reproduced=True,
                output="log-odds of being illicit",
                base=-2.0,
                subgraph=ModelSubgraph(
                    flows=(
                        FlowPart(
                            source="eth:0x28c6c06298d514db089934071355e5743bf21d60", target=WALLET_KEY, importance=0.9
                        ),
                    ),
                    fidelity=0.52,
                    random_fidelity=0.03,
                    random_deviation=0.02,
                    log_odds_fidelity=2.4,
                    random_log_odds_fidelity=0.1,
                ),
            ),
        ),
        feature_digest="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        model_watermark=17,
        watermark=19,
        scored_at=SOON,
        job=None,
    ),
}
