"""The queue of alerts: highest priority first, and pages that hold still while alerts come in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from graph.errors import NotFound
from graph.model import Alert
from ledger import alert_groups
from ledger.alert_groups import list_groups
from ledger.alert_pages import ALL, Asked, list_alerts, list_newest
from ledger.alerts import get_alert, record_alerts
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
        acknowledged, _ = await list_alerts(connection, Asked(status="acknowledged"))
        critical, _ = await list_alerts(connection, Asked(severity="critical"))
        none, _ = await list_alerts(connection, Asked(severity="critical", status="acknowledged"))
    assert [(a.id, a.status, a.assignee) for a in acknowledged] == [("alr_0003", "acknowledged", "ann")]
    assert [a.id for a in critical] == ["alr_0050"]
    assert none == []


MADE = [
    numbered(30),
    alert(31, "eth:9", wallets=("eth:x", "eth:y"), group_id="other", risk_category="theft", severity="low"),
    alert(32, "eth:1", wallets=("eth:y",), class_="retro", decision=None, transaction=None, created_at=NOW),
    alert(33, "eth:9", severity="critical", group_id="other", created_at=NOW + timedelta(days=2)),
]
MEET = {
    "status": lambda a, wanted: a.status == wanted,
    "severity": lambda a, wanted: a.severity == wanted,
    "class_": lambda a, wanted: a.class_ == wanted,
    "category": lambda a, wanted: a.risk_category == wanted,
    "assignee": lambda a, wanted: (a.assignee or "none") == wanted,
    "group": lambda a, wanted: a.group_id == wanted,
    "wallet": lambda a, wanted: wanted in a.wallets,
    "proposed": lambda a, wanted: (a.proposal is not None) == wanted,
    "suppressed": lambda a, wanted: (a.suppressed_by is not None) == wanted,
    "since": lambda a, wanted: a.created_at >= wanted,
    "until": lambda a, wanted: a.created_at < wanted,
}
FILTERS = [
    {},
    {"status": "open"},
    {"status": "dismissed"},
    {"category": "theft"},
    {"assignee": "ann"},
    {"assignee": "none", "severity": "critical"},
    {"group": "other"},
    {"group": "nothing"},
    {"wallet": "eth:y"},
    {"wallet": "eth:y", "class_": "retro"},
    {"proposed": True},
    {"proposed": False, "suppressed": False},
    {"suppressed": True},
    {"since": NOW + timedelta(days=2)},
    {"until": NOW + timedelta(seconds=1), "status": "open"},
]


@pytest.fixture
async def worked(queue):
    async with queue.transaction() as connection:
        await record_landed(connection, [landed("eth:9", body='{"content":{},"landed_value":5}')])
        await record_decisions(connection, [decision("eth:9")])
        await record_alerts(connection, MADE)
        for changed in (
            "assignee = 'ann' WHERE id IN ('alr_0003', 'alr_0031')",
            "proposal = 'close', proposed_at = now() WHERE id = 'alr_0004'",
            "status = 'dismissed', verdict = 'inconclusive', suppressed_by = 'sup_1' WHERE id = 'alr_0005'",
        ):
            await connection.execute(f"UPDATE alerts SET {changed}")
    return queue


@pytest.mark.parametrize("asked", FILTERS, ids=str)
async def test_each_filter_keeps_what_meets_it_in_either_order(worked, asked):
    async with worked.read() as connection:
        every, _ = await list_alerts(connection, ALL, limit=100)
        found, _ = await list_alerts(connection, Asked(**asked), limit=100)
        newest, _ = await list_newest(connection, Asked(**asked), limit=100)

    assert len(every) == 24
    meeting = [a for a in every if all(MEET[name](a, wanted) for name, wanted in asked.items())]
    assert found == meeting
    assert newest == sorted(meeting, key=lambda a: (a.created_at, a.id), reverse=True)


async def test_newest_alerts_page_without_gap_or_repeat(worked):
    seen, after = [], None
    async with worked.read() as connection:
        whole, _ = await list_newest(connection, limit=100)
        while True:
            page, after = await list_newest(connection, after=after, limit=5)
            seen += page
            if after is None:
                break
    assert seen == whole


async def test_groups_count_every_alert_and_hide_none(worked):
    async with worked.read() as connection:
        every, _ = await list_alerts(connection, limit=100)
        first, after = await list_groups(connection, limit=1)
        second, end = await list_groups(connection, after=after, limit=1)
        narrow, _ = await list_groups(connection, Asked(severity="low"))
    groups = {group.group_id: group for group in first + second}

    assert end is None and set(groups) == {"g", "other"}
    for name, group in groups.items():
        inside = [a for a in every if a.group_id == name]
        assert (group.count, group.first) == (len(inside), inside[0].id)
        assert group.open == sum(a.status == "open" for a in inside)
        assert (group.oldest_at, group.newest_at) == (
            min(a.created_at for a in inside),
            max(a.created_at for a in inside),
        )
    assert (groups["other"].severity, groups["other"].value) == ("critical", 10)
    assert (groups["g"].severity, groups["g"].value) == ("high", None)
    assert [(group.group_id, group.count, group.severity) for group in narrow] == [("other", 1, "low")]


@pytest.mark.parametrize("walked", [1, 7, 500])
@pytest.mark.parametrize("asked", FILTERS, ids=str)
async def test_groups_come_in_the_order_of_their_first_alerts(worked, monkeypatch, asked, walked):
    """However far down the queue the groups of a page are looked for, it is the page of a plain grouping."""
    monkeypatch.setattr(alert_groups, "WALKED", walked)
    monkeypatch.setattr(alert_groups, "PAGES_WALKED", 1)
    seen, after = [], None
    async with worked.transaction() as connection:
        await record_alerts(connection, [replace(numbered(n), group_id=f"g{n * n % 11}") for n in range(100, 160)])
        queue, _ = await list_alerts(connection, Asked(**asked), limit=100)
        while True:
            page, after = await list_groups(connection, Asked(**asked), after=after, limit=2)
            seen += page
            if after is None:
                break

    inside = {name: [a for a in queue if a.group_id == name] for name in dict.fromkeys(a.group_id for a in queue)}
    assert [(group.group_id, group.first, group.count) for group in seen] == [
        (name, alerts[0].id, len(alerts)) for name, alerts in inside.items()
    ]
    assert [group.newest_at for group in seen] == [max(a.created_at for a in alerts) for alerts in inside.values()]


async def test_an_alert_keeps_what_its_payment_was_landed_with(queue):
    """Whatever the payment says of itself: a context may name anything, and hold a NUL."""
    body = '{"content":{"context":{"landed_value":7,"x":"\\u0000"}},"landed_value":42,"text":"ab"}'
    async with queue.transaction() as connection:
        await record_landed(connection, [landed("eth:2", body=body)])
        await record_decisions(connection, [decision("eth:2")])
        await record_alerts(connection, [alert(70, "eth:2")])
        assert (await get_alert(connection, "alr_0070")).value == 42
        assert (await get_alert(connection, "alr_0001")).value is None
