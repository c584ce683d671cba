"""Figures of decisions, kept up to an event of the audit log; what came after it is counted when they are read.

The log has no gaps and its order is that of the commits, so that each decision is on one side of that event: none is
left out and none is counted twice, whenever the keeping was stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from graph.model import MICRO, Severity
from ledger.session import Connection

BUCKET = timedelta(minutes=5)
# Bins of latency grow by this factor; its middle is told, which is off by less than 2.5 %.
GROWTH = 1.05
LATENCIES_KEPT = timedelta(days=2)
MOST_EVENTS = 20_000

# Both bounds, or the planner would expect a third of the log. Events of before there were figures tell no value and no
# latency; records are searched as text, since Postgres does not read JSON that has a NUL in some other field.
_DECIDED = f"""
    SELECT bucket, severity, risk_score,
        coalesce({MICRO} * value, (SELECT substring(l.body FROM '^.*"landed_value":([0-9]+)')::numeric
            FROM landed l WHERE l.transaction = subject)) AS value,
        ceil(ln(greatest(0.001, coalesce(latency_ms,
            (SELECT substring(d.body::text FROM '^.*"latency_ms":([0-9.eE+-]+)')::double precision
            FROM decisions d WHERE d.transaction = subject)))) / ln({GROWTH}::double precision))::int AS bin
    FROM (
        SELECT e.subject, date_bin('{BUCKET.seconds} seconds', e.at, timestamptz '2000-01-01 00:00:00+00') AS bucket,
            told.*
        FROM audit_events e, json_to_record(e.body::json)
            AS told (severity text, risk_score numeric, value numeric, latency_ms double precision)
        WHERE e.action = 'transaction.decided' AND e.seq > {{after}} AND e.seq <= {{last}}) AS told
"""
_COUNTED = """
    SELECT bucket, severity, count(*) AS decisions, sum(risk_score) AS score_sum,
        max(risk_score)::double precision AS score_max, sum(value) AS value
    FROM decided GROUP BY bucket, severity
"""
_BINNED = "SELECT bucket, bin, count(*) AS decisions FROM decided GROUP BY bucket, bin"
# In one statement with what is kept, so that both are of one moment.
_TAIL = _DECIDED.format(
    after="(SELECT coalesce(max(seq), 0) FROM figures_counted)", last="(SELECT coalesce(max(seq), 0) FROM audit_events)"
)
_NEXT = _DECIDED.format(after="%(after)s", last="%(last)s")


class Span(Struct, frozen=True):
    """A span of time that begins a bucket, and ends with one or not at all (None)."""

    since: datetime
    until: datetime | None = None


class Volume(Struct, frozen=True, kw_only=True):
    """Decisions of one severity in the span that begins `since`; `value` in micro-units, `score_sum` of scores."""

    since: datetime
    severity: Severity
    decisions: int
    score_sum: float
    score_max: float
    value: int


async def behind(connection: Connection) -> bool:
    """Whether the log has events that are not in the figures yet."""
    cursor = await connection.execute(
        "SELECT coalesce((SELECT max(seq) FROM audit_events), 0)"
        " > coalesce((SELECT seq FROM figures_counted), 0) AS behind"
    )
    row = await cursor.fetchone()
    return bool(row and row["behind"])


async def count_events(connection: Connection, most: int = MOST_EVENTS) -> int:
    """Take at most `most` further events into the figures; returns how many, 0 while another caller is at it."""
    # Not only on conflict: to find one it would wait for whoever is at it.
    await connection.execute(
        "INSERT INTO figures_counted (seq) SELECT 0 WHERE NOT EXISTS (SELECT FROM figures_counted)"
        " ON CONFLICT DO NOTHING"
    )
    cursor = await connection.execute(
        "SELECT seq AS after, least(seq + %s, (SELECT coalesce(max(seq), 0) FROM audit_events)) AS last"
        " FROM figures_counted FOR UPDATE SKIP LOCKED",
        (most,),
    )
    span = await cursor.fetchone()
    if span is None or span["last"] <= span["after"]:
        return 0
    await _add(connection, span)
    await connection.execute("UPDATE figures_counted SET seq = %(last)s", span)
    return int(span["last"] - span["after"])


async def _add(connection: Connection, span: dict[str, int]) -> None:
    await connection.execute(
        f"WITH decided AS MATERIALIZED ({_NEXT}), counted AS ("
        "  INSERT INTO decision_figures AS kept (bucket, severity, decisions, score_sum, score_max, value)"
        f" {_COUNTED} ON CONFLICT (bucket, severity) DO UPDATE SET decisions = kept.decisions + excluded.decisions,"
        "  score_sum = kept.score_sum + excluded.score_sum, score_max = greatest(kept.score_max, excluded.score_max),"
        "  value = kept.value + excluded.value)"
        f" INSERT INTO latency_figures AS kept (bucket, bin, decisions) {_BINNED}"
        " ON CONFLICT (bucket, bin) DO UPDATE SET decisions = kept.decisions + excluded.decisions",
        span,
    )
    await connection.execute("DELETE FROM latency_figures WHERE bucket < clock_timestamp() - %s", (LATENCIES_KEPT,))


async def list_volumes(connection: Connection, spans: Sequence[Span]) -> list[Volume]:
    """Return what was decided in each span, by severity, in order of time; a span without a decision is absent."""
    cursor = await connection.execute(
        # Each joined by itself: of what is kept only the spans are read, by the index, however much there is.
        f"WITH decided AS ({_TAIL}), spans AS (SELECT since, coalesce(until, 'infinity') AS until"
        "  FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS given(since, until)), figures AS ("
        "  SELECT spans.since, kept.* FROM spans JOIN decision_figures kept ON bucket >= since AND bucket < until"
        f"  UNION ALL SELECT spans.since, told.* FROM ({_COUNTED}) told JOIN spans"
        "   ON bucket >= since AND bucket < until)"
        " SELECT since, severity, sum(decisions)::bigint AS decisions, sum(score_sum)::double precision AS score_sum,"
        "  max(score_max) AS score_max, sum(value) AS value FROM figures GROUP BY 1, 2 ORDER BY 1, 2",
        {"since": [span.since for span in spans], "until": [span.until for span in spans]},
    )
    return [Volume(**{**row, "value": int(row["value"])}) for row in await cursor.fetchall()]


async def list_latencies(connection: Connection, *, since: datetime) -> list[tuple[float, int]]:
    """Return how many decisions since then took how many milliseconds, in order, each within 2.5 %.

    Only the last two days are kept.
    """
    cursor = await connection.execute(
        f"WITH decided AS ({_TAIL})"
        " SELECT bin, sum(decisions)::bigint AS decisions FROM (SELECT bucket, bin, decisions FROM latency_figures"
        f"  UNION ALL {_BINNED}) AS figures WHERE bucket >= %(since)s GROUP BY bin ORDER BY bin",
        {"since": since},
    )
    # The point of a bin from which its two ends are equally far, in parts of the truth.
    return [(2 * GROWTH ** row["bin"] / (1 + GROWTH), row["decisions"]) for row in await cursor.fetchall()]


def quantile(counts: list[tuple[float, int]], part: float) -> float | None:
    """The smallest amount that `part` of all counted do not exceed; None where nothing was counted."""
    rank = part * sum(count for _, count in counts)
    for amount, count in counts:
        rank -= count
        if rank <= 0:
            return amount
    return None


def floor_to_bucket(at: datetime) -> datetime:
    """The beginning of the bucket that a time is in."""
    seconds = int(at.timestamp())
    return at.fromtimestamp(seconds - seconds % BUCKET.seconds, tz=at.tzinfo)
