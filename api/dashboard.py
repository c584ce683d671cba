"""The dashboard: how much was decided, what waits for a person, how fast it goes; exact as of the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import get
from msgspec import Struct
from msgspec.structs import asdict

from api.lifespan import GivenCaller, GivenServices
from graph.marks import standing
from graph.model import AlertStatus, Severity
from graph.money import format_micro
from graph.together import together
from jobs.services import Services
from ledger.dashboard import AlertCounts, JobCounts, count_alerts, count_jobs, count_opened, count_waiting_of
from ledger.figures import Span, Volume, floor_to_bucket, list_latencies, list_volumes, quantile
from ledger.verdicts import VerdictCounts, count_verdicts

SEVERITIES: tuple[Severity, ...] = ("none", "low", "high", "critical")
STATUSES: tuple[AlertStatus, ...] = ("open", "acknowledged", "resolved", "dismissed")
WAITING: tuple[AlertStatus, ...] = ("open", "acknowledged")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONTH = timedelta(days=30)
HOURS = 24


class VolumeView(Struct, frozen=True, kw_only=True):
    """What was decided since a time, which begins five whole minutes; `value` is what these transactions moved."""

    since: datetime
    transactions: int
    value: str
    decisions: dict[Severity, int]

    @classmethod
    def from_volumes(cls, since: datetime, volumes: list[Volume]) -> VolumeView:
        """Return the sum of the volumes of the span that begins then."""
        counted = [volume for volume in volumes if volume.since == since]
        return cls(
            since=since,
            transactions=sum(volume.decisions for volume in counted),
            value=format_micro(sum(volume.value for volume in counted)),
            decisions=by_severity(counted),
        )


class VolumesView(Struct, frozen=True, kw_only=True):
    """What was decided in the last hour, 24 hours and seven days."""

    last_hour: VolumeView
    last_24_hours: VolumeView
    last_7_days: VolumeView

    @classmethod
    def from_volumes(cls, spans: list[Span], volumes: list[Volume]) -> VolumesView:
        """Return the volumes of three spans, the shortest first."""
        hour, day, week = (VolumeView.from_volumes(span.since, volumes) for span in spans)
        return cls(last_hour=hour, last_24_hours=day, last_7_days=week)


class AgesView(Struct, frozen=True, kw_only=True):
    """How long alerts have been waiting."""

    up_to_1_hour: int
    up_to_1_day: int
    up_to_7_days: int
    over_7_days: int


class AlertsView(Struct, frozen=True, kw_only=True):
    """The queue of alerts. `waiting` is of those open or acknowledged, and so are the counts below it.

    `mine` are the caller's.
    """

    by_status: dict[AlertStatus, int]
    waiting: dict[Severity, int]
    ages: AgesView
    unassigned: int
    mine: int
    oldest_at: datetime | None

    @classmethod
    def from_counts(cls, counts: AlertCounts, mine: int) -> AlertsView:
        """Return the counts as they are on the wire; `younger` is by a week, a day and an hour."""
        waiting = [count for count in counts.standing if count.status in WAITING]
        week, day, hour = counts.younger
        return cls(
            by_status={name: sum(c.alerts for c in counts.standing if c.status == name) for name in STATUSES},
            waiting={name: sum(count.alerts for count in waiting if count.severity == name) for name in SEVERITIES},
            ages=AgesView(
                up_to_1_hour=hour,
                up_to_1_day=day - hour,
                up_to_7_days=week - day,
                over_7_days=sum(count.alerts for count in waiting) - week,
            ),
            unassigned=sum(count.unassigned for count in waiting),
            mine=mine,
            oldest_at=counts.oldest_at,
        )


class LatencyView(Struct, frozen=True, kw_only=True):
    """How long decisions took, in milliseconds, each within 2.5 %; null where none was made."""

    since: datetime
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None

    @classmethod
    def from_counts(cls, since: datetime, counts: list[tuple[float, int]]) -> LatencyView:
        """Return the quantiles of counted latencies."""
        p50, p95, p99 = (quantile(counts, part) for part in (0.5, 0.95, 0.99))
        return cls(since=since, p50_ms=p50, p95_ms=p95, p99_ms=p99)


class VerdictsView(VerdictCounts, frozen=True, kw_only=True):
    """What people found since a time, by the verdicts in force; what suppressions closed was looked at by nobody.

    `precision` is the share of confirmed ones among those confirmed or found false, null where there is none of both.
    """

    since: datetime
    precision: float | None

    @classmethod
    def from_counts(cls, since: datetime, counts: VerdictCounts) -> VerdictsView:
        """Return the counts with what they say of the alerts."""
        told = counts.confirmed + counts.false_positive
        return cls(since=since, precision=counts.confirmed / told if told else None, **asdict(counts))


class SummaryView(Struct, frozen=True, kw_only=True):
    """The state of things. `marks_pending` counts wallets whose stored score a change has made stale."""

    at: datetime
    volumes: VolumesView
    alerts: AlertsView
    latency: LatencyView
    verdicts: VerdictsView
    jobs: JobCounts
    marks_pending: int
    watermark: int
    policy: str


class HourView(Struct, frozen=True, kw_only=True):
    """One hour from `at` on; `mean_risk_score` and `max_risk_score` are null where nothing was decided."""

    at: datetime
    transactions: int
    value: str
    decisions: dict[Severity, int]
    mean_risk_score: float | None
    max_risk_score: float | None
    alerts_opened: int

    @classmethod
    def from_volumes(cls, at: datetime, volumes: list[Volume], opened: int) -> HourView:
        """Return the hour that `volumes` are of."""
        count = sum(volume.decisions for volume in volumes)
        return cls(
            at=at,
            transactions=count,
            value=format_micro(sum(volume.value for volume in volumes)),
            decisions=by_severity(volumes),
            mean_risk_score=sum(volume.score_sum for volume in volumes) / count if count else None,
            max_risk_score=max((volume.score_max for volume in volumes), default=None),
            alerts_opened=opened,
        )


class TrendView(Struct, frozen=True, kw_only=True):
    """The last 24 hours, the oldest first; the last one has not ended yet."""

    items: list[HourView]


def by_severity(volumes: list[Volume]) -> dict[Severity, int]:
    """Decisions of every severity, those that did not occur as well."""
    return {name: sum(volume.decisions for volume in volumes if volume.severity == name) for name in SEVERITIES}


@get("/dashboard/summary", operation_id="get_summary", summary="The state of things: volumes, alerts, latency, queues")
async def get_summary(services: GivenServices, caller: GivenCaller) -> SummaryView:
    """Count what was decided lately, what waits, and how long decisions take.

    Decisions count from when they were put on record; history imported without screening has none. `latency` is from
    the arrival of a payment, or of its batch, to its decision. Jobs that ended well are not counted.
    """
    now = datetime.now(UTC)
    # Side by side: the slowest is waited for, not their sum.
    parts = await together(
        _graph(services),
        _volumes(services, now),
        _latency(services, now),
        _queues(services, now, caller.id),
        _verdicts(services, now),
    )
    return SummaryView(at=now, **{name: value for part in parts for name, value in part.items()})


async def _graph(services: Services) -> dict[str, Any]:
    watermark, marks = await standing(services.graph)
    return {"marks_pending": marks, "watermark": watermark, "policy": (await services.current_book()).policy.id}


async def _volumes(services: Services, now: datetime) -> dict[str, Any]:
    spans = [Span(floor_to_bucket(now - ago)) for ago in (HOUR, DAY, WEEK)]
    async with services.ledger.read() as connection:
        return {"volumes": VolumesView.from_volumes(spans, await list_volumes(connection, spans))}


async def _latency(services: Services, now: datetime) -> dict[str, Any]:
    since = floor_to_bucket(now - DAY)
    async with services.ledger.read() as connection:
        return {"latency": LatencyView.from_counts(since, await list_latencies(connection, since=since))}


async def _verdicts(services: Services, now: datetime) -> dict[str, Any]:
    since = now - MONTH
    async with services.ledger.read() as connection:
        return {"verdicts": VerdictsView.from_counts(since, await count_verdicts(connection, since))}


async def _queues(services: Services, now: datetime, caller: str) -> dict[str, Any]:
    async with services.ledger.read() as connection:
        alerts = await count_alerts(connection, [now - ago for ago in (WEEK, DAY, HOUR)])
        mine = await count_waiting_of(connection, caller)
        return {"alerts": AlertsView.from_counts(alerts, mine), "jobs": await count_jobs(connection)}


@get("/dashboard/risk-trend", operation_id="get_risk_trend", summary="Decisions of the last 24 hours, by the hour")
async def get_risk_trend(services: GivenServices) -> TrendView:
    """Return 24 hours, the one that runs included; an hour without decisions is there, with null scores."""
    this = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [this - number * HOUR for number in reversed(range(HOURS))]
    async with services.ledger.read() as connection:
        volumes = await list_volumes(connection, [Span(at, at + HOUR) for at in hours])
        opened = await count_opened(connection, hours[0])
    return TrendView(
        items=[
            HourView.from_volumes(at, [volume for volume in volumes if volume.since == at], opened.get(at, 0))
            for at in hours
        ]
    )
