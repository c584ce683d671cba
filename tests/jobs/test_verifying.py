"""`headwater verify` finds what was changed behind the application's back, and nothing where nothing was."""

from __future__ import annotations

import neo4j
import psycopg
import pytest

from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from tests.builders import pay
from tests.servers import Servers


def quiet(text: str) -> None:
    assert text


async def findings(services: Services) -> list[str]:
    return (await verify_ledger(services, quiet)).findings


async def recorded(services: Services) -> None:
    payments = [pay("a", "b", 1 + i, id=f"v{i}") for i in range(5)]
    await screen_transactions(services, payments, actor="test", trace_id="trace")


async def test_an_untouched_ledger_has_no_findings(services: Services) -> None:
    await recorded(services)

    report = await verify_ledger(services, quiet)

    assert (report.events, report.decisions, report.findings) == (5, 5, [])


@pytest.mark.parametrize(
    ("table", "statement", "found"),
    [
        ("audit_events", "UPDATE audit_events SET actor = 'x' WHERE seq = 3", "audit event 3"),
        ("audit_events", "UPDATE audit_events SET body = 'not JSON' WHERE seq = 2", "audit event 2"),
        ("audit_events", "DELETE FROM audit_events WHERE seq = 4", "audit event 4"),
        (
            "decisions",
            "UPDATE decisions SET body = replace(body::text, '\"risk_score\":0.0', '\"risk_score\":0.1')::json"
            " WHERE transaction = 'acct:v2'",
            "it is not what its audit event recorded",
        ),
        (
            "decisions",
            "UPDATE decisions SET input_hash = repeat('0', 64) WHERE transaction = 'acct:v1'",
            "acct:v1 has other content",
        ),
    ],
)
async def test_an_edit_by_the_owner_is_found_and_named(
    services: Services, servers: Servers, table: str, statement: str, found: str
) -> None:
    await recorded(services)
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        assert connection.execute(statement).rowcount == 1
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")

    assert found in (await findings(services))[0]


async def test_a_transaction_changed_or_missing_in_the_graph_is_found(
    services: Services, cypher: neo4j.Session
) -> None:
    await recorded(services)
    cypher.run("MATCH (t:Transaction {key: 'acct:v0'}) SET t.content = 'x'").consume()
    cypher.run("MATCH (t:Transaction {key: 'acct:v4'}) DETACH DELETE t").consume()

    first, second = await findings(services)

    assert "acct:v0 has other content" in first and "acct:v4 is not in the graph" in second
