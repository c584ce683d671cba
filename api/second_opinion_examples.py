"""Examples of what-ifs, sources and counterfactuals, made of the same Structs; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from api.case_what_ifs import CaseWhatIfAnswer, CaseWhatIfInput, CaseWhatIfPage, CaseWhatIfView
from api.counterfactuals import CounterfactualView
from api.entities import SaidView
from api.exposure import CategoryShareView, PassedThroughView, ResidualView
from api.method_scores import ComparisonInput, MethodScorePage
from api.methods import MethodsView, MethodView
from api.overlays import OverlayInput, SupposedWallet, WhatIfInput
from api.sources import RevocableView, SourcesView, WithoutView
from api.splits import RangeView, SourceView
from api.what_if import SupposedView, WhatIfView
from graph.model import ActorShare, Job
from ledger.methods import MethodComparison, MethodScore

WALLET = "eth:0x28c6c06298d514db089934071355e5743bf21d60"
PASSED = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
ATTRIBUTION = "att_0123456789abcdef0123456789"

SCAM = CategoryShareView(
    category="scam",
    class_="illicit",
    share=0.8,
    value="10",
    direct_share=0.0,
    indirect_share=0.8,
    shortest_hops=2,
    before_designation_share=None,
    after_designation_share=None,
    actors=(ActorShare("Fake exchange", 0.8, (ATTRIBUTION,)),),
    confidence=None,
)
BEFORE = SupposedView(
    hops=3,
    total_value="12.5",
    exact=True,
    score=0.64,
    severity="low",
    categories=(SCAM,),
    residuals=(ResidualView("origin", 0.2, "2.5"),),
    passed_through=PassedThroughView(0.0, "0"),
    coverage=1.0,
)
AFTER = SupposedView(
    hops=3,
    total_value="12.5",
    exact=True,
    score=0.0,
    severity="none",
    categories=(),
    residuals=(ResidualView("origin", 1.0, "12.5"),),
    passed_through=PassedThroughView(0.0, "0"),
    coverage=1.0,
)
WHAT_IF = WhatIfView(
    wallet=WALLET, direction="source", watermark=17, before=BEFORE, after=AFTER, unmet=(), change_not_clustered=False
)
SUPPOSE = OverlayInput(categories=[SupposedWallet(PASSED, "exchange")], without_sources=["community list"])
SAVED = CaseWhatIfView(
    id="wif_01hr4m8w4e0000000000000000",
    case="cas_01hr4m8w4e0000000000000000",
    title="If the wallet in between is an exchange",
    wallet=WALLET,
    direction="source",
    hops=3,
    suppose=SUPPOSE,
    watermark=17,
    score_before=0.64,
    score_after=0.0,
    policy="default-3",
    saved_by="usr_01hr4m8w4e0000000000000000",
    saved_at=datetime(2019, 3, 1, 12, 5, tzinfo=UTC),
)
PART = SourceView(
    source="community list",
    share=0.8,
    value="10",
    illicit=RangeView(0.0, 0.4, 0.8),
    categories={"scam": 0.8},
    attributions=(ATTRIBUTION,),
)

HAIRCUT = MethodView(
    method="haircut",
    conserves=True,
    score=0.64,
    severity="low",
    above=False,
    illicit_share=0.8,
    categories=(SCAM,),
    residuals=(ResidualView("origin", 0.2, "2.5"),),
    passed_through=PassedThroughView(0.0, "0"),
    exact=True,
)
POISON = msgspec.structs.replace(
    HAIRCUT, method="poison", conserves=False, score=0.8, severity="high", above=True, illicit_share=1.0, residuals=()
)
METHODS = MethodsView(
    wallet=WALLET,
    direction="source",
    hops=3,
    total_value="12.5",
    watermark=17,
    severity="high",
    threshold=0.7,
    sensitive_to_method=True,
    methods=(HAIRCUT, POISON),
    as_of=None,
    known_at=None,
    change_not_clustered=False,
)

COMPARISON = MethodComparison(
    job="job_01hr4m8w4e0000000000000000",
    hops=3,
    policy="default-3",
    threshold=0.7,
    watermark=17,
    wallets=11_800,
    sensitive=1,
    finished_at=datetime(2019, 3, 1, 12, 5, tzinfo=UTC),
)
SCORE = MethodScore(
    wallet=WALLET,
    direction="source",
    haircut=0.75,
    time_ordered_haircut=0.0,
    fifo=0.0,
    poison=0.75,
    sensitive=True,
    spread=0.75,
)

ANSWERS: Mapping[str, object] = {
    "compare_methods": Job(
        id=COMPARISON.job,
        name="compare_methods",
        state="queued",
        arguments={"hops": 3},
        attempt=0,
        created_at=datetime(2019, 3, 1, 12, 4, tzinfo=UTC),
    ),
    "list_method_scores": MethodScorePage(COMPARISON, [SCORE], None),
    "compare_wallet_methods": METHODS,
    "suppose_of_wallet": WHAT_IF,
    "list_wallet_sources": SourcesView(
        wallet=WALLET,
        direction="source",
        hops=3,
        total_value="12.5",
        watermark=17,
        exact=True,
        score=0.64,
        severity="low",
        illicit=RangeView(0.0, 0.4, 0.8),
        sources=(
            RevocableView(
                part=PART,
                without=WithoutView(
                    score=0.0, score_change=-0.64, severity="none", illicit_share=0.0, categories={}, exact=True
                ),
            ),
        ),
        change_not_clustered=False,
    ),
    "get_wallet_counterfactual": CounterfactualView(
        wallet=WALLET,
        direction="source",
        hops=3,
        watermark=17,
        removing="attributions",
        severity="low",
        threshold=0.4,
        score=0.64,
        score_without=0.0,
        attributions=(SaidView(PASSED, ATTRIBUTION, "scam", "Fake exchange", "community list", 0.9),),
        flows=None,
        minimal=True,
        smallest=True,
        cut=False,
        candidates=3,
        tried=5,
        exact=True,
        change_not_clustered=False,
    ),
    "save_case_what_if": CaseWhatIfAnswer(SAVED, WHAT_IF),
    "get_case_what_if": CaseWhatIfAnswer(SAVED, WHAT_IF),
    "list_case_what_ifs": CaseWhatIfPage([SAVED], None),
    "remove_case_what_if": None,
}
BODIES: Mapping[str, object] = {
    "compare_methods": ComparisonInput(hops=3),
    "suppose_of_wallet": WhatIfInput(suppose=SUPPOSE),
    "save_case_what_if": CaseWhatIfInput(title=SAVED.title, wallet=WALLET, suppose=SUPPOSE),
}
PARAMETERS: Mapping[str, object] = {"what_if": SAVED.id, "severity": "high", "method": "fifo"}
