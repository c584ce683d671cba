"""Examples of differing runs and of drift, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.change_examples import SCORE_CHANGE, WALLET
from api.model_drift import DriftPage, DriftView
from api.model_examples import MODEL
from api.run_diffs import MovedWalletView, RunDiffPage
from graph.model import ScorePart, ScoringRun
from ledger.run_diffs import DiffCounts

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
SOON = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
AFTER = ScoringRun(
    id="run_01hr4m8w4e3v9m7c2k5t6q8z0c",
    job="job_01hr4m8w4e3v9m7c2k5t6q8z0d",
    hops=3,
    policy="default-3",
    requested_at=AT,
    watermark=17,
    wallets=2,
    finished_at=SOON,
)
BEFORE = ScoringRun(
    id="run_01hr4m8w4e3v9m7c2k5t6q8z0b",
    job="job_01hr4m8w4e3v9m7c2k5t6q8z0c",
    hops=3,
    policy="default-3",
    requested_at=AT,
    watermark=12,
    wallets=1,
    finished_at=AT,
)
MOVED = MovedWalletView(
    wallet=WALLET,
    before=0.1,
    after=0.72,
    change=0.62,
    parts=(
        ScorePart(kind="source", name="scam", before=0.0, after=0.96, weight=0.672),
        ScorePart(kind="model", name="classifier", before=0.2, after=0.8, weight=0.27),
    ),
    causes=SCORE_CHANGE.causes,
)
DRIFT = DriftView(
    model=MODEL.id,
    run=AFTER.id,
    job=AFTER.job,
    watermark=17,
    wallets=512,
    highest=0.31,
    score=0.12,
    features={"in_degree": 0.31, "out_degree": 0.02},
    level="alarm",
    measured_at=SOON,
)
ANSWERS: Mapping[str, object] = {
    "diff_scoring_runs": RunDiffPage(
        before=BEFORE,
        after=AFTER,
        changed=("graph",),
        counts=DiffCounts(in_both=1, only_before=0, only_after=1, rose=2, fell=0, unchanged=0, largest=0.62),
        items=[MOVED],
        next=None,
    ),
    "list_model_drift": DriftPage([DRIFT], None, 0.1, 0.25),
}
PARAMETERS: Mapping[str, object] = {"before": BEFORE.id, "after": AFTER.id}
# Operations that answer 409 without an Idempotency-Key, and those that answer 410.
CONFLICTS = frozenset({"diff_scoring_runs"})
GONE = frozenset(("diff_scoring_runs", "list_top_scores", "list_scores", "list_disagreements"))
