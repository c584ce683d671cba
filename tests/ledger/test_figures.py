"""Figures that are kept and what came after them are together a plain count of all decisions, wherever it stopped."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import psycopg
import pytest
from msgspec import Struct

from graph.model import format_micro
from ledger.audit import EventDraft, append
from ledger.canonical import canonical_json
from ledger.decisions import record_decisions
from ledger.figures import (
    GROWTH,
    Span,
    Volume,
    behind,
    count_events,
    floor_to_bucket,
    list_latencies,
    list_volumes,
    quantile,
)
from ledger.landed import record_landed
from ledger.session import Connection, Ledger
from tests.ledger.records import decision, landed
from tests.servers import Servers

START = floor_to_bucket(datetime.now(UTC)) - timedelta(hours=30)
HOURS = [Span(START + timedelta(hours=n), START + timedelta(hours=n + 1)) for n in range(36)]
OVERLAPPING = [Span(START), Span(START + timedelta(hours=7)), Span(START + timedelta(hours=29))]


class Told(Struct, frozen=True):
    """One decision as its event tells it."""

    at: datetime
    severity: str
    risk_score: float
    value: int
    latency_ms: float


class Killed(Exception):
    """Stands for the end of a process: the transaction it is in is rolled back."""


def draw(source: random.Random, at: datetime) -> Told:
    severity = source.choice(["none", "none", "low", "high", "critical"])
    return Told(at, severity, source.random(), source.randrange(10**15), source.lognormvariate(2, 1))


def plain_count(told: list[Told], spans: list[Span]) -> list[Volume]:
    found = []
    for span in spans:
        by_severity: dict[str, list[Told]] = defaultdict(list)
        for one in told:
            if one.at >= span.since and (span.until is None or one.at < span.until):
                by_severity[one.severity].append(one)
        for severity, ones in sorted(by_severity.items()):
            found.append(
                Volume(
                    since=span.since,
                    severity=severity,  # type: ignore[arg-type]
                    decisions=len(ones),
                    score_sum=float(sum(Fraction(str(one.risk_score)) for one in ones)),
                    score_max=max(one.risk_score for one in ones),
                    value=sum(one.value for one in ones),
                )
            )
    return found


async def put_on_record(connection: Connection, seq: int, told: list[Told]) -> None:
    """Events as of any time, past the chain of hashes, which figures have nothing to do with."""
    for number, one in enumerate(told, seq):
        body = {name: getattr(one, name) for name in ("severity", "risk_score", "latency_ms")}
        body |= {"value": format_micro(one.value)}
        await connection.execute(
            "INSERT INTO audit_events VALUES (%s, %s, 'test', 'transaction.decided', %s, %s, '', '')",
            (number, one.at, f"eth:{number}", canonical_json(body)),
        )


async def assert_counted(ledger: Ledger, told: list[Told]) -> None:
    async with ledger.read() as connection:
        for spans in (HOURS, OVERLAPPING):
            assert await list_volumes(connection, spans) == plain_count(told, spans)
        latencies = await list_latencies(connection, since=START)
    assert sum(count for _, count in latencies) == len(told)


@pytest.mark.parametrize("seed", range(4))
async def test_kept_and_uncounted_are_together_a_plain_count(ledger: Ledger, seed: int) -> None:
    """Decisions come, figures are kept up to anywhere, the keeper is killed: no reader ever sees another sum."""
    source, told, at = random.Random(seed), list[Told](), START

    for _ in range(12):
        match source.choice(["decide", "decide", "keep", "killed"]):
            case "decide":
                new = []
                for _ in range(source.randrange(12)):
                    at += timedelta(seconds=source.expovariate(1 / 1_500))
                    new.append(draw(source, at))
                async with ledger.transaction() as connection:
                    await put_on_record(connection, len(told) + 1, new)
                told += new
            case "keep":
                async with ledger.transaction() as connection:
                    await count_events(connection, most=source.randrange(1, 15))
            case "killed":
                with pytest.raises(Killed):
                    async with ledger.transaction() as connection:
                        await count_events(connection)
                        raise Killed
        await assert_counted(ledger, told)
    async with ledger.transaction() as connection:
        await count_events(connection)
        assert not await behind(connection)
    await assert_counted(ledger, told)


async def test_a_figure_counted_twice_would_be_seen(ledger: Ledger) -> None:
    """Negative control: the comparison finds a keeper that forgets how far it was."""
    told = [draw(random.Random(1), START + timedelta(minutes=n)) for n in range(9)]
    async with ledger.transaction() as connection:
        await put_on_record(connection, 1, told)
        await count_events(connection)
    await assert_counted(ledger, told)

    async with ledger.transaction() as connection:
        await connection.execute("UPDATE figures_counted SET seq = seq - 1")

    with pytest.raises(AssertionError):
        await assert_counted(ledger, told)


async def test_keepers_do_not_wait_for_each_other_and_readers_for_none(ledger: Ledger) -> None:
    """While one keeper has not committed, another does nothing and a reader counts for himself."""
    told = [draw(random.Random(2), START + timedelta(minutes=n)) for n in range(9)]
    async with ledger.transaction() as connection:
        await put_on_record(connection, 1, told[:5])
        await count_events(connection)
        await put_on_record(connection, 6, told[5:])

    async with ledger.transaction() as first:
        assert await count_events(first) == 4
        async with ledger.transaction() as second:
            assert await count_events(second) == 0
        await assert_counted(ledger, told)
    await assert_counted(ledger, told)


async def test_an_event_that_tells_less_is_looked_up(ledger: Ledger) -> None:
    """Events of before there were figures have neither value nor latency; the records they are about do."""
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed("eth:1", body='{"landed_value":7000000}')])
        await record_decisions(connection, [decision("eth:1", latency_ms=12.5)])
        body = {"severity": "high", "risk_score": 0.75}
        (event,) = await append(connection, EventDraft("test", "transaction.decided", "eth:1", body))

    async with ledger.transaction() as connection:
        (volume,) = await list_volumes(connection, [Span(START)])
        await count_events(connection)
        assert await list_volumes(connection, [Span(START)]) == [volume]
        ((latency, count),) = await list_latencies(connection, since=floor_to_bucket(event.at))

    assert (volume.decisions, volume.value, volume.score_sum) == (1, 7_000_000, 0.75)
    assert latency == pytest.approx(12.5, rel=0.025)
    assert count == 1


async def test_other_events_are_passed_over(ledger: Ledger) -> None:
    async with ledger.transaction() as connection:
        await append(connection, EventDraft("test", "alert.opened", "alr_1", {"severity": "high"}))
    async with ledger.transaction() as connection:
        assert await count_events(connection) == 1
        assert await list_volumes(connection, [Span(START)]) == []
        assert not await behind(connection)


async def test_latencies_are_told_within_two_and_a_half_percent(ledger: Ledger) -> None:
    """Every quantile of the bins lies that near to that of the latencies themselves."""
    source = random.Random(3)
    told = [draw(source, START) for _ in range(400)]
    async with ledger.transaction() as connection:
        await put_on_record(connection, 1, told)
        counts = await list_latencies(connection, since=START)

    ordered = sorted(one.latency_ms for one in told)
    for part in (0.01, 0.5, 0.95, 0.99, 1.0):
        true = ordered[max(0, -int(-part * len(ordered) // 1) - 1)]
        assert quantile(counts, part) == pytest.approx(true, rel=(GROWTH - 1) / (GROWTH + 1) + 1e-9)
    assert quantile([], 0.5) is None


async def test_old_latencies_are_let_go(ledger: Ledger, postgres: Servers) -> None:
    told = [draw(random.Random(4), START - timedelta(days=3)), draw(random.Random(5), START)]
    async with ledger.transaction() as connection:
        await put_on_record(connection, 1, told)
        await count_events(connection)
    with psycopg.connect(postgres.postgres_admin_url) as owner:
        assert owner.execute("SELECT count(*), sum(decisions)::int FROM latency_figures").fetchone() == (1, 1)
        assert owner.execute("SELECT sum(decisions)::int FROM decision_figures").fetchone() == (2,)
