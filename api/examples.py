"""One example of every answer and body, made of the same Structs, so that it cannot have another shape."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from api import (
    alert_examples,
    attribution_examples,
    audit_examples,
    canvas_examples,
    case_examples,
    change_examples,
    checkpoint_examples,
    cypher_examples,
    dashboard_examples,
    entity_examples,
    erasure_examples,
    event_examples,
    model_examples,
    path_examples,
    people_examples,
    report_examples,
    rule_examples,
    run_examples,
    score_examples,
    second_opinion_examples,
    stop_examples,
    subgraph_examples,
    webhook_examples,
)
from api.activity import ActivityView, BucketView
from api.alerts import AlertPage, AlertView
from api.bulk import BulkResult
from api.decision_examples import AT, DECISION, HASH, SENDER, SOON, TRANSACTION_KEY, WALLET_KEY
from api.exposure import CategoryShareView, ExposureView, PassedThroughView, ResidualView
from api.health import HealthView, KafkaView, ReadinessView
from api.jobs import JobPage
from api.personal import TextView
from api.runs import RequestedView, RunInput, RunPage
from api.scores import CategoryPart, ScorePage, ScoreView, SideView
from api.splits import RangeView, SourceView
from api.transactions import (
    PartyView,
    PreviewedView,
    ScreenedView,
    SpanView,
    TransactionHistoryView,
    TransactionPage,
    TransactionView,
)
from api.wallets import CounterpartyPage, CounterpartyView, WalletPage, WalletView
from graph.canonical import TransactionInput
from graph.model import ActorShare, Alert, Hub, Job, RunModel, ScoringRun
from jobs.replaying_decisions import DecisionReplay

RECEIVER = "0x28c6c06298d514db089934071355e5743bf21d60"
CURSOR = "WyJ0cmFuc2FjdGlvbnMiLDE3XQ"

INPUT = TransactionInput(
    network="eth", id=HASH, at=AT, asset="ETH", amount="1.5", sender=SENDER, receiver=RECEIVER, value="210.40"
)
TRANSACTION = TransactionView(
    key=TRANSACTION_KEY,
    network="eth",
    id=HASH,
    at=AT,
    asset="ETH",
    amount="1.5",
    value="210.4",
    seq=17,
    recorded_at=SOON,
    withdrawn_at=None,
    reason=None,
    inputs=(PartyView(WALLET_KEY, "1.5", "210.4"),),
    outputs=(PartyView(f"eth:{RECEIVER}", "1.5", "210.4"),),
)
HISTORY = TransactionHistoryView(
    **msgspec.structs.asdict(TRANSACTION),
    spans=(
        SpanView(seq=11, at=AT, recorded_at=AT, withdrawn_at=SOON, reason="reorganised"),
        SpanView(seq=17, at=AT, recorded_at=SOON, withdrawn_at=None, reason=None),
    ),
)
WALLET = WalletView(
    key=WALLET_KEY,
    network="eth",
    address=SENDER,
    in_value="12.5",
    out_value="210.4",
    in_count=3,
    out_count=1,
    in_degree=2,
    out_degree=1,
    first_at=AT,
    last_at=AT,
    category="sanctions",
    actor="Lazarus Group",
)
COUNTERPARTY = CounterpartyView(
    key=f"eth:{RECEIVER}",
    direction="destination",
    value="210.4",
    count=1,
    first_at=AT,
    last_at=AT,
    category="exchange",
    actor="Binance",
)
EXPOSURE = ExposureView(
    wallet=f"eth:{RECEIVER}",
    direction="source",
    hops=3,
    method="haircut",
    total_value="12.5",
    watermark=17,
    exact=True,
    categories=(
        CategoryShareView(
            category="scam",
            class_="illicit",
            share=0.312,
            value="3.9",
            direct_share=0.3,
            indirect_share=0.012,
            shortest_hops=1,
            before_designation_share=0.1,
            after_designation_share=0.212,
            actors=(ActorShare("Fake exchange", 0.312, ("att_1",)),),
            confidence=RangeView(0.3, 0.306, 0.312),
        ),
    ),
    residuals=(ResidualView("origin", 0.4, "5"), ResidualView("hop_limit", 0.288, "3.6")),
    passed_through=PassedThroughView(0.05, "0.625"),
    coverage=0.98,
    hubs=(Hub(WALLET_KEY, 2_041, 0.25),),
    as_of=AT,
    known_at=None,
    pool_above=None,
    flows=812,
    max_flows=30_000,
    sources=(
        SourceView(
            source="community list",
            share=0.312,
            value="3.9",
            illicit=RangeView(0.3, 0.306, 0.312),
            categories={"scam": 0.312},
            attributions=("att_1",),
        ),
    ),
    illicit=RangeView(0.3, 0.306, 0.312),
    change_not_clustered=False,
)
SCORE = ScoreView(
    change_not_clustered=False,
    wallet=WALLET_KEY,
    run="run_01hr4m8w4e3v9m7c2k5t6q8z0c",
    score=0.7,
    hop_score=1.25,
    hop_counts=(0, 2, 1),
    in_degree=2,
    out_degree=1,
    illicit_source_share=0.31,
    illicit_destination_share=0.0,
    category=None,
    source=SideView(
        total_value="12.5",
        coverage=0.98,
        passed_through=0.0,
        categories={"scam": CategoryPart(0.31, 0.3, 1)},
        residuals={"origin": 0.69},
    ),
    destination=SideView(
        total_value="12.75", coverage=1.0, passed_through=0.0, categories={}, residuals={"unspent": 1.0}
    ),
    signals=score_examples.SIGNALS,
    watermark=17,
    stale=False,
    scored_at=SOON,
    as_of=None,
    known_at=None,
)
JOB = Job(
    id="job_01hr4m8w4e3v9m7c2k5t6q8z0d",
    name="score_graph",
    state="running",
    arguments={"hops": 3},
    attempt=1,
    created_at=AT,
    done=2,
    total=6,
    message="source: scam",
    started_at=AT,
    heartbeat_at=SOON,
    eta_s=8.5,
)
RUN = ScoringRun(id=SCORE.run, job=JOB.id, hops=3, policy="default-v1", requested_at=AT)
FINISHED = msgspec.structs.replace(
    RUN,
    watermark=17,
    wallets=2,
    finished_at=SOON,
    known_at=AT,
    valid_at=AT,
    ended_watermark=17,
    digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    models=(
        RunModel(model="classifier-v3", kind="classifier", state="champion", seed=1, weight=0.45, log_odds_shift=-3.1),
    ),
    feature_digest="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
)
REPLAY = Job(
    id="job_01hr4m8w4e3v9m7c2k5t6q8z0f",
    name="replay_run",
    state="queued",
    arguments={"run": RUN.id},
    attempt=0,
    created_at=SOON,
)
ALERT = AlertView.from_alert(
    Alert(
        id="alr_01hr4m8w4e3v9m7c2k5t6q8z0b",
        decision=DECISION.id,
        transaction=TRANSACTION_KEY,
        class_="live",
        severity="critical",
        risk_score=0.9,
        priority=0.93,
        risk_category="sanctions",
        reason_codes=DECISION.reason_codes,
        explanation=DECISION.explanation,
        wallets=(WALLET_KEY, f"eth:{RECEIVER}"),
        group_id="sanctions:att_ofac_1",
        created_at=SOON,
    )
)
SCREENED = ScreenedView(TRANSACTION_KEY, 17, DECISION)

# operation_id -> the body of a good answer, None where it has none
ANSWERS: Mapping[str, object] = {
    "create_transaction": SCREENED,
    "preview_transaction": PreviewedView(TRANSACTION_KEY, False, DECISION),
    "get_decision": DECISION,
    "replay_decision": DecisionReplay(DECISION, DECISION, True, (), False),
    "create_transactions": BulkResult(line=1, status=201, transaction=TRANSACTION_KEY, seq=17, decision=DECISION),
    "withdraw_transaction": None,
    "list_transactions": TransactionPage([TRANSACTION], CURSOR),
    "get_transaction": HISTORY,
    "get_transaction_decision": DECISION,
    "get_wallet": WALLET,
    "get_wallet_exposure": EXPOSURE,
    "get_wallet_subgraph": subgraph_examples.SUBGRAPH,
    "get_transaction_text": TextView(TRANSACTION_KEY, "rent of March", "cus_0042"),
    "get_wallet_activity": ActivityView(
        wallet=WALLET_KEY,
        bucket="day",
        buckets=[BucketView(starts_at=AT, in_value="12.5", out_value="210.4", in_count=3, out_count=1)],
        cut_before=None,
    ),
    "list_wallet_transactions": TransactionPage([TRANSACTION], None),
    "list_wallet_counterparties": CounterpartyPage([COUNTERPARTY], None),
    "search_wallets": WalletPage([WALLET]),
    "get_live_score": SCORE,
    "get_score": SCORE,
    "list_top_scores": ScorePage([SCORE], None),
    "list_scores": ScorePage([SCORE], None),
    "create_scoring_run": RequestedView(RUN, JOB),
    "list_scoring_runs": RunPage([FINISHED], None),
    "get_scoring_run": FINISHED,
    "replay_scoring_run": REPLAY,
    "list_jobs": JobPage([JOB], None),
    "get_job": JOB,
    "retry_job": msgspec.structs.replace(JOB, state="queued", attempt=3, message="", done=0, total=None, eta_s=None),
    "cancel_job": msgspec.structs.replace(JOB, cancel_requested_at=SOON, cancelled_by="key_01hr4m8w4e", eta_s=None),
    "list_alerts": AlertPage([ALERT, change_examples.RETRO], None),
    "get_alert": ALERT,
    **alert_examples.ANSWERS,
    **attribution_examples.ANSWERS,
    **audit_examples.ANSWERS,
    **canvas_examples.ANSWERS,
    **case_examples.ANSWERS,
    **cypher_examples.ANSWERS,
    **report_examples.ANSWERS,
    **change_examples.ANSWERS,
    **checkpoint_examples.ANSWERS,
    **dashboard_examples.ANSWERS,
    **erasure_examples.ANSWERS,
    **event_examples.ANSWERS,
    **model_examples.ANSWERS,
    **path_examples.ANSWERS,
    **people_examples.ANSWERS,
    **rule_examples.ANSWERS,
    **score_examples.ANSWERS,
    **run_examples.ANSWERS,
    **second_opinion_examples.ANSWERS,
    "get_entity_exposure": msgspec.structs.replace(EXPOSURE, wallet=entity_examples.ENTITY.key),
    **stop_examples.ANSWERS,
    **entity_examples.ANSWERS,
    **webhook_examples.ANSWERS,
    "get_health": HealthView(),
    "get_readiness": ReadinessView("ready", "ok", "ok", "ok", "2026_11_21_work", "ok", KafkaView("ok", 0, None)),
}

# operation_id -> the body that is sent
BODIES: Mapping[str, object] = {
    "create_transaction": INPUT,
    "preview_transaction": INPUT,
    "create_transactions": INPUT,
    "create_scoring_run": RunInput(hops=3),
    **alert_examples.BODIES,
    **attribution_examples.BODIES,
    **canvas_examples.BODIES,
    **case_examples.BODIES,
    **cypher_examples.BODIES,
    **entity_examples.BODIES,
    **report_examples.BODIES,
    **change_examples.BODIES,
    **model_examples.BODIES,
    **people_examples.BODIES,
    **rule_examples.BODIES,
    **second_opinion_examples.BODIES,
    **webhook_examples.BODIES,
}

# parameter -> a value of it; `key` depends on the path
PARAMETERS: Mapping[str, object] = {
    "run": RUN.id,
    "job": JOB.id,
    "alert": ALERT.id,
    "decision": DECISION.id,
    **alert_examples.PARAMETERS,
    **attribution_examples.PARAMETERS,
    **case_examples.PARAMETERS,
    **checkpoint_examples.PARAMETERS,
    **entity_examples.PARAMETERS,
    **model_examples.PARAMETERS,
    **run_examples.PARAMETERS,
    **path_examples.PARAMETERS,
    **people_examples.PARAMETERS,
    **rule_examples.PARAMETERS,
    **second_opinion_examples.PARAMETERS,
    **stop_examples.PARAMETERS,
    **webhook_examples.PARAMETERS,
    "q": SENDER[:10],
    "cursor": CURSOR,
}
