"""The queue of alerts: highest priority first, and pages that hold still while alerts come in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graph.errors import NotFound
from graph.model import Alert
from ledger.alerts import get_alert, list_alerts, record_alerts
from ledger.decisions import record_decisions
from ledger.landed import record_landed
from tests.ledger.records import NOW, alert, decision, landed


def numbered(number: int) -> Alert:
    """Alerts with equal priorities and equal times among them."""
    return alert(number, "eth:1", priority=(number % 3) / 3, created_at=NOW + timedelta(seconds=number % 4))


@pytest.fixture
async def queue(ledger):
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed("eth:1")])
        await record_decisions(connection, [decision("eth:1")])
        await record_alerts(connection, [numbered(n) for n in range(20)])
    return ledger


async def test_alerts_are_recorded_once_and_read_back(queue):
    async with queue.transaction() as connection:
        assert await record_alerts(connection, [numbered(20), numbered(3)]) == ["alr_0020"]
        assert await get_alert(connection, "alr_0020") == numbered(20)
        with pytest.raises(NotFound, match="alr_none"):
            await get_alert(connection, "alr_none")


async def test_order_is_priority_then_newest_then_id(queue):
    async with queue.read() as connection:
        alerts, end = await list_alerts(connection, limit=100)
    expected = sorted((numbered(n) for n in range(20)), key=lambda a: (a.priority, a.created_at, a.id), reverse=True)
    assert (alerts, end) == (expected, None)


async def test_pages_are_stable_while_alerts_come_in(queue):
    async with queue.read() as connection:
        whole, _ = await list_alerts(connection, limit=100)
    seen, after, coming = [], None, iter(range(100, 200))
    while True:
        async with queue.transaction() as connection:
            page, after = await list_alerts(connection, after=after, limit=3)
            seen += page
            await record_alerts(connection, [alert(next(coming), "eth:1", priority=p) for p in (0.0, 0.5, 1.0)])
        if after is None:
            break
    old = [a for a in seen if a.id < "alr_0100"]
    assert old == whole
    assert len(seen) == len({a.id for a in seen})


async def test_a_full_last_page_says_that_it_is_the_last(queue):
    async with queue.read() as connection:
        page, after = await list_alerts(connection, limit=20)
    assert (len(page), after) == (20, None)


async def test_alerts_are_listed_by_status_and_severity(queue):
    async with queue.transaction() as connection:
        await record_alerts(connection, [alert(50, "eth:1", severity="critical")])
        await connection.execute("UPDATE alerts SET status = 'acknowledged', assignee = 'ann' WHERE id = 'alr_0003'")
        acknowledged, _ = await list_alerts(connection, status="acknowledged")
        critical, _ = await list_alerts(connection, severity="critical")
        none, _ = await list_alerts(connection, severity="critical", status="acknowledged")
    assert [(a.id, a.status, a.assignee) for a in acknowledged] == [("alr_0003", "acknowledged", "ann")]
    assert [a.id for a in critical] == ["alr_0050"]
    assert none == []
