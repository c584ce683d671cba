"""The queue is counted as it changes: any sequence of changes, folds and kills leaves a plain count of all alerts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
import pytest

from graph.model import Alert
from ledger.alert_pages import list_alerts
from ledger.alerts import record_alerts
from ledger.dashboard import AlertCount, AlertCounts, count_alerts, fold_alert_counts
from ledger.decisions import record_decisions
from ledger.landed import record_landed
from ledger.session import Connection, Ledger
from tests.ledger.records import NOW, alert, decision, landed
from tests.servers import Servers

BOUNDS = [NOW - timedelta(days=7), NOW - timedelta(days=1), NOW - timedelta(hours=1)]
STATUSES, SEVERITIES = ("open", "acknowledged", "resolved", "dismissed"), ("low", "high", "critical")


class Killed(Exception):
    """Stands for the end of a process: the transaction it is in is rolled back."""


def plain_count(alerts: Sequence[Alert], bounds: Sequence[datetime]) -> AlertCounts:
    waiting = [a for a in alerts if a.status in ("open", "acknowledged")]
    counts = []
    for status, severity in {(a.status, a.severity) for a in alerts}:
        ones = [a for a in alerts if (a.status, a.severity) == (status, severity)]
        free = sum(a.assignee is None for a in ones)
        counts.append(AlertCount(status=status, severity=severity, alerts=len(ones), unassigned=free))
    return AlertCounts(
        standing=counts,
        younger=[sum(a.created_at >= bound for a in waiting) for bound in bounds],
        oldest_at=min((a.created_at for a in waiting), default=None),
    )


def in_order(counts: AlertCounts) -> tuple[object, ...]:
    return sorted(counts.standing, key=lambda c: (c.status, c.severity)), counts.younger, counts.oldest_at


async def assert_counted(connection: Connection) -> None:
    alerts, _ = await list_alerts(connection, limit=1_000)
    assert in_order(await count_alerts(connection, BOUNDS)) == in_order(plain_count(alerts, BOUNDS))


async def change(connection: Connection, source: random.Random, first: int) -> None:
    """New alerts, or a statement that changes some, all or none of those there are."""
    if source.random() < 0.5:
        new = [
            alert(
                number,
                "eth:1",
                severity=source.choice(SEVERITIES),
                created_at=NOW - timedelta(hours=source.choice([0, 1, 2, 30, 200])),
            )
            for number in range(first, first + source.randrange(1, 9))
        ]
        await record_alerts(connection, new)
    await connection.execute(
        "UPDATE alerts SET status = %s, assignee = %s WHERE mod(hashtext(id), %s) = 0",
        (source.choice(STATUSES), source.choice([None, "ann", "bob"]), source.choice([1, 2, 3, 5])),
    )


@pytest.fixture
async def book(ledger: Ledger) -> Ledger:
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed("eth:1")])
        await record_decisions(connection, [decision("eth:1")])
    return ledger


@pytest.mark.parametrize("seed", range(4))
async def test_counts_are_a_plain_count_after_any_sequence(book: Ledger, seed: int) -> None:
    source = random.Random(seed)
    for turn in range(12):
        match source.choice(["change", "change", "change rolled back", "fold", "fold rolled back"]):
            case "change":
                async with book.transaction() as connection:
                    await change(connection, source, turn * 10)
                    await assert_counted(connection)
            case "fold":
                async with book.transaction() as connection:
                    await fold_alert_counts(connection, most=0)
            case kind:
                with pytest.raises(Killed):
                    async with book.transaction() as connection:
                        await change(connection, source, turn * 10)
                        if kind == "fold rolled back":
                            await fold_alert_counts(connection, most=0)
                        raise Killed
        async with book.read() as connection:
            await assert_counted(connection)


async def test_folding_leaves_a_row_for_each_way_to_stand(book: Ledger) -> None:
    async with book.transaction() as connection:
        for number in range(20):
            await record_alerts(connection, [alert(number, "eth:1")])
        await fold_alert_counts(connection, most=20)
        assert await rows(connection) == [1] * 20
        await fold_alert_counts(connection, most=19)
        assert await rows(connection) == [20]


async def test_who_folds_waits_for_nobody_who_opens_alerts(book: Ledger) -> None:
    """What is not committed yet is neither folded nor lost."""
    async with book.transaction() as opening:
        await record_alerts(opening, [alert(1, "eth:1")])
        async with book.transaction() as folding:
            await record_alerts(folding, [alert(2, "eth:1")])
            await fold_alert_counts(folding, most=0)
    async with book.read() as connection:
        assert await rows(connection) == [1, 1]
        await assert_counted(connection)


async def test_an_alert_that_was_not_counted_would_be_seen(book: Ledger, postgres: Servers) -> None:
    """Negative control: without the trigger the counts differ."""
    with psycopg.connect(postgres.postgres_admin_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE alerts DISABLE TRIGGER counted_in")
        try:
            async with book.transaction() as connection:
                await record_alerts(connection, [alert(1, "eth:1")])
                with pytest.raises(AssertionError):
                    await assert_counted(connection)
        finally:
            owner.execute("ALTER TABLE alerts ENABLE TRIGGER counted_in")


async def rows(connection: Connection) -> list[int]:
    found = await connection.execute("SELECT alerts FROM alert_figures ORDER BY alerts")
    return [row["alerts"] for row in await found.fetchall()]
