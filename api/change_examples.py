"""Examples of what changes: scores with their causes, alerts about the past, and the preview of attributions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api import attribution_examples
from api.alerts import AlertView
from api.attribution_examples import ATTRIBUTION, ATTRIBUTION_INPUT
from api.attributions_import_preview import ImportPreview
from api.changes import CauseView, ScoreChangePage, ScoreChangeView, ScoreState
from api.preview import (
    CategoryStepView,
    LostBases,
    MovedWallets,
    MovedWalletView,
    Openings,
    OwnCategoryStep,
    PreviewView,
    SeverityStep,
    StepView,
)
from api.scores import CategoryPart, SideView
from graph.model import Alert
from graph.preview_bodies import PreviewInput
from jobs.previewing import Opening

SOON = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
WALLET = "eth:0x28c6c06298d514db089934071355e5743bf21d60"
WORDS = (
    "scam share of inflow rose from 0 % to 96.0 % (1 hop up the flows at the nearest) because"
    f" {ATTRIBUTION.id} (scam, {ATTRIBUTION.actor}, {ATTRIBUTION.source}) was recorded on {ATTRIBUTION.wallet}"
)
RETRO = AlertView.from_alert(
    Alert(
        id="alr_01hr4m8w4e3v9m7c2k5t6q8z0f",
        decision=None,
        transaction=None,
        class_="retro",
        severity="high",
        risk_score=0.72,
        priority=0.73,
        risk_category="scam",
        reason_codes=("RETRO_EXPOSURE_SCAM",),
        explanation=WORDS,
        wallets=(WALLET,),
        group_id="grp_0123456789abcdef0123456789",
        created_at=SOON,
    )
)
SCORE_CHANGE = ScoreChangeView(
    number=5,
    wallet=WALLET,
    run="run_01hr4m8w4e3v9m7c2k5t6q8z0c",
    job="job_01hr4m8w4e3v9m7c2k5t6q8z0g",
    from_=None,
    to=ScoreState(
        score=0.72,
        hop_score=0.5,
        hop_counts=(0, 1, 0),
        illicit_source_share=0.96,
        illicit_destination_share=0.0,
        category=None,
        source=SideView(
            total_value="12.5",
            coverage=0.98,
            passed_through=0.0,
            categories={"scam": CategoryPart(0.96, 0.96, 1)},
            residuals={"origin": 0.04},
        ),
        destination=SideView(
            total_value="12.75", coverage=1.0, passed_through=0.0, categories={}, residuals={"unspent": 1.0}
        ),
        watermark=18,
        scored_at=SOON,
    ),
    causes=(
        CauseView(
            kind="attribution_recorded",
            id=ATTRIBUTION.id,
            wallet=ATTRIBUTION.wallet,
            seq=18,
            category="scam",
            actor=ATTRIBUTION.actor,
            source=ATTRIBUTION.source,
            value=None,
        ),
    ),
    words=WORDS,
    watermark=18,
    at=SOON,
)
PREVIEW = PreviewView(
    watermark=17,
    hops=3,
    recorded=1,
    withdrawn=0,
    wallets=MovedWallets(
        1,
        [
            MovedWalletView(
                wallet=WALLET,
                counterparties=3,
                category=OwnCategoryStep(None, None),
                score=StepView(0.0, 0.72),
                severity=SeverityStep("none", "high"),
                hop_score=StepView(0.0, 0.5),
                illicit_source_share=StepView(0.0, 0.96),
                illicit_destination_share=StepView(0.0, 0.0),
                categories=(CategoryStepView("source", "scam", 0.0, 0.96),),
            )
        ],
    ),
    retro_alerts=Openings(1, [Opening(WALLET, "high", 0.72)]),
    lost_bases=LostBases(0, []),
)

IMPORT_PREVIEW = ImportPreview(
    recorded=1,
    known=0,
    withdrawn=0,
    rejected=1,
    review={},
    rows=attribution_examples.IMPORTED.rows,
    remarks=[],
    impact=PREVIEW,
)

ANSWERS: Mapping[str, object] = {
    "list_score_changes": ScoreChangePage([SCORE_CHANGE], None),
    "preview_attributions": PREVIEW,
    "preview_attributions_import": IMPORT_PREVIEW,
}
BODIES: Mapping[str, object] = {
    "preview_attributions": PreviewInput(record=[ATTRIBUTION_INPUT]),
    "preview_attributions_import": attribution_examples.BODIES["import_attributions"],
}
