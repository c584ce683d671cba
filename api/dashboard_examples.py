"""Examples of the dashboard and of the list of decisions, made of the same Structs as the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.dashboard import (
    AgesView,
    AlertsView,
    HourView,
    LatencyView,
    SummaryView,
    TrendView,
    VerdictsView,
    VolumesView,
    VolumeView,
)
from api.decision_list import DecisionPage
from graph.model import Severity
from ledger.dashboard import JobCounts
from ledger.decision_pages import DecisionSummary

AT = datetime(2019, 3, 2, 12, 1, 30, tzinfo=UTC)
DAY_AGO = datetime(2019, 3, 1, 12, tzinfo=UTC)
DECIDED: dict[Severity, int] = {"none": 9_730, "low": 180, "high": 78, "critical": 12}
DAY = VolumeView(since=DAY_AGO, transactions=10_000, value="1250000.5", decisions=DECIDED)
HOUR = HourView(
    at=datetime(2019, 3, 2, 12, tzinfo=UTC),
    transactions=10_000,
    value="1250000.5",
    decisions=DECIDED,
    mean_risk_score=0.031,
    max_risk_score=0.95,
    alerts_opened=90,
)
QUIET = HourView(
    at=datetime(2019, 3, 2, 11, tzinfo=UTC),
    transactions=0,
    value="0",
    decisions={"none": 0, "low": 0, "high": 0, "critical": 0},
    mean_risk_score=None,
    max_risk_score=None,
    alerts_opened=0,
)
SUMMARY = SummaryView(
    at=AT,
    volumes=VolumesView(
        last_hour=VolumeView(
            since=datetime(2019, 3, 2, 11, tzinfo=UTC), transactions=10_000, value="1250000.5", decisions=DECIDED
        ),
        last_24_hours=DAY,
        last_7_days=VolumeView(
            since=datetime(2019, 2, 23, 12, tzinfo=UTC), transactions=10_000, value="1250000.5", decisions=DECIDED
        ),
    ),
    alerts=AlertsView(
        by_status={"open": 60, "acknowledged": 10, "resolved": 15, "dismissed": 5},
        waiting={"none": 0, "low": 0, "high": 62, "critical": 8},
        ages=AgesView(up_to_1_hour=50, up_to_1_day=20, up_to_7_days=0, over_7_days=0),
        unassigned=55,
        mine=4,
        oldest_at=DAY_AGO,
    ),
    latency=LatencyView(since=DAY_AGO, p50_ms=8.4, p95_ms=17.1, p99_ms=31.0),
    verdicts=VerdictsView(since=DAY_AGO, confirmed=12, false_positive=4, inconclusive=3, suppressed=1, precision=0.75),
    jobs=JobCounts(queued=1, running=1, failed=0, dead=0, oldest_queued_at=AT),
    marks_pending=312,
    watermark=41_870,
    policy="default-2",
)
DECISION = DecisionSummary(
    id="dec_01hr4m8w4e3v9m7c2k5t6q8z0a",
    transaction="eth:0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060",
    risk_score=0.9,
    severity="critical",
    risk_category="sanctions",
    policy="default-2",
    alert="alr_01hr4m8w4e3v9m7c2k5t6q8z0b",
    decided_at=AT,
)

ANSWERS: Mapping[str, object] = {
    "get_summary": SUMMARY,
    "get_risk_trend": TrendView(items=[QUIET, HOUR]),
    "list_decisions": DecisionPage([DECISION], None),
}
