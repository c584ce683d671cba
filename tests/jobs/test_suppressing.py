"""A suppression keeps quiet what is known, and nothing else: any change of what an alert rests on lets it through.

A thief's money reaches a through m; each payment of a opens an alert. It is suppressed, the same payment again is
recorded and closed as it comes; then one thing is changed, and the next one must open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
import pytest
from msgspec.structs import replace

from graph.model import Alert, Transaction
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy
from jobs import suppressing
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.worker import HANDLERS
from ledger.alert_changes import list_changes
from ledger.alert_pages import Asked, list_alerts
from ledger.alerts import get_alert
from ledger.audit import list_events
from ledger.proposals import told_live
from ledger.verdicts import list_labels
from tests.builders import label, land, pay
from tests.chaos.processes import free_port
from tests.servers import Servers

numbers = count(1)


@pytest.fixture
async def tied(services: Services, graph: Graph, taxonomy: Taxonomy) -> Services:
    """All that a has came from a thief, through m."""
    await land(graph, pay("thief", "m", 100), pay("m", "a", 100))
    await label(graph, taxonomy, thief="scam")
    return services


async def post(services: Services, *payments: Transaction) -> list[Alert]:
    """Screen payments and return their alerts as they stand."""
    screened = await screen_transactions(services, payments, actor="tester", trace_id="t")
    async with services.ledger.read() as connection:
        return [await get_alert(connection, s.decision.alert) for s in screened if s.decision and s.decision.alert]


def again() -> Transaction:
    return pay("a", "b", 10, id=f"again{next(numbers)}", day=2)


async def suppress(services: Services, alert: Alert, until: datetime | None = None) -> str:
    name = f"sup_{next(numbers)}"
    await suppressing.suppress(services, name, alert.id, reason="known refund", until=until, actor="boss")
    return name


async def new_way(services: Services) -> None:
    """More of the thief's money reaches a, through n."""
    await land(services.graph, pay("thief", "n", 50), pay("n", "a", 50, day=1))


async def new_attribution(services: Services) -> None:
    await label(services.graph, services.taxonomy, m="scam")


async def ended(services: Services) -> None:
    async with services.ledger.read() as connection:
        cursor = await connection.execute("SELECT id FROM suppressions")
        [row] = await cursor.fetchall()
    await suppressing.end(services, row["id"], actor="boss")


async def test_the_same_again_is_recorded_and_closed_as_it_comes(tied: Services) -> None:
    [first] = await post(tied, again())
    name = await suppress(tied, first)

    quiet = await post(tied, again(), again())

    assert first.status == "open" and len(quiet) == 2
    for alert in quiet:
        assert (alert.status, alert.suppressed_by, alert.verdict) == ("dismissed", name, "inconclusive")
        assert (alert.version, alert.assignee, alert.severity) == (2, None, first.severity)
    async with tied.ledger.read() as connection:
        shown, _ = await list_alerts(connection, Asked(suppressed=True))
        events = [e for e in await list_events(connection) if e.action == "alert.changed"]
        [change], _ = await list_changes(connection, quiet[0].id)
        labels, _ = await list_labels(connection)
        told = await told_live(connection, ["acct:a"])
    assert {alert.id for alert in shown} == {alert.id for alert in quiet} == {event.subject for event in events}
    assert {(event.actor, event.body["suppression"]) for event in events} == {("suppression", name)}
    assert (change.actor, change.reason, change.suppression) == ("suppression", "known refund", name)
    assert labels == []  # nobody has looked at them
    assert len(told) == 1  # and who is not shown has not been told


@pytest.mark.parametrize("change", [new_way, new_attribution, ended], ids=lambda change: change.__name__)
async def test_an_alert_that_rests_on_something_else_opens(
    tied: Services, change: Callable[[Services], Awaitable[None]]
) -> None:
    [first] = await post(tied, again())
    await suppress(tied, first)
    [before] = await post(tied, again())
    await change(tied)

    [after] = await post(tied, again())

    assert (before.status, after.status, after.suppressed_by) == ("dismissed", "open", None)


async def test_what_has_nothing_to_do_with_it_leaves_it_in_force(tied: Services) -> None:
    """Negative control of the changes above: money elsewhere, a label elsewhere, more of the same way."""
    [first] = await post(tied, again())
    await suppress(tied, first)
    await land(tied.graph, pay("x", "y", 5), pay("thief", "z", 5), pay("m", "a", 1, day=1))
    await label(tied.graph, tied.taxonomy, y="scam")

    [after] = await post(tied, again())

    assert after.status == "dismissed"


async def test_other_parties_are_not_suppressed(tied: Services) -> None:
    [first] = await post(tied, again())
    await suppress(tied, first)

    [other] = await post(tied, pay("a", "c", 10, day=2))

    assert other.status == "open"


async def test_a_higher_severity_is_never_suppressed(tied: Services, servers: Servers) -> None:
    [first] = await post(tied, again())
    await suppress(tied, first)
    with psycopg.connect(servers.postgres_admin_url) as owner:
        owner.execute("UPDATE suppressions SET severity = 'low'")

    [after] = await post(tied, again())

    assert (first.severity in ("high", "critical"), after.status) == (True, "open")


async def test_where_the_graph_cannot_tell_an_alert_opens(tied: Services) -> None:
    """Seen once too often rather than never: here Neo4j is gone, in the other case it answers."""
    [first] = await post(tied, again())
    await suppress(tied, first)
    nowhere = replace(tied.settings.graph, neo4j_uri=f"bolt://127.0.0.1:{free_port()}")
    async with open_graph(nowhere, retry_s=0.1) as gone, tied.ledger.transaction() as connection:
        blind = await suppressing.close_suppressed(replace(tied, graph=gone), connection, [first])
        seeing = await suppressing.close_suppressed(tied, connection, [first])

    assert (len(blind), len(seeing)) == (0, 1)


async def test_a_suppression_is_over_when_its_time_is(tied: Services) -> None:
    [first] = await post(tied, again())
    await suppress(tied, first, until=datetime.now(UTC) - timedelta(seconds=1))
    [after] = await post(tied, again())
    await suppress(tied, first, until=datetime.now(UTC) + timedelta(hours=1))
    [quiet] = await post(tied, again())

    assert (after.status, quiet.status) == ("open", "dismissed")


async def test_a_retro_alert_is_suppressed_too(services: Services, graph: Graph, taxonomy: Taxonomy) -> None:
    """It crosses the threshold again by money on the same way, then by money on another."""
    await land(graph, pay("thief", "m", 200_000), pay("m", "a", 95), pay("clean", "a", 5))
    await run_job(services, HANDLERS, (await request_scoring_run(services, actor="t"))[1].id)
    await label(graph, taxonomy, thief="scam")
    opened = await drained(services)
    await suppress(services, opened["acct:a"])

    await land(graph, pay("clean", "a", 1_000))
    await drained(services)
    await land(graph, pay("m", "a", 100_000))
    risen = await drained(services)

    assert risen["acct:a"].id != opened["acct:a"].id
    assert (risen["acct:a"].status, opened["acct:a"].status) == ("dismissed", "open")
    await land(graph, pay("clean", "a", 1_000_000))
    await drained(services)
    await land(graph, pay("thief", "n", 100_000_000), pay("n", "a", 100_000_000))
    assert (await drained(services))["acct:a"].status == "open"


async def drained(services: Services) -> dict[str, Alert]:
    """Re-screen, and return the latest retro alert about each wallet."""
    await run_job(services, HANDLERS, (await request_rescreening(services)).id)
    async with services.ledger.read() as connection:
        found, _ = await list_alerts(connection, Asked(class_="retro"), limit=100)
    return {alert.wallets[0]: alert for alert in sorted(found, key=lambda one: one.created_at)}
