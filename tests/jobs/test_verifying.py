"""`headwater verify` finds what was changed behind the application's back, and nothing where nothing was."""

from __future__ import annotations

import neo4j
import psycopg
import pytest

from graph.attributions import Recorded, record_attributions
from graph.attributions import withdraw_attributions as withdraw_from_graph
from graph.model import Attribution
from jobs.attributing import commit_attributions, withdraw_attributions
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from jobs.withdrawing import withdraw_transaction
from tests.builders import key, pay
from tests.servers import Servers


def quiet(text: str) -> None:
    assert text


async def findings(services: Services) -> list[str]:
    return (await verify_ledger(services, quiet)).findings


def edit(servers: Servers, table: str, statement: str) -> None:
    """Change one row as an owner who sets the guard aside."""
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        assert connection.execute(statement).rowcount == 1  # type: ignore[call-overload]
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


async def recorded(services: Services) -> None:
    payments = [pay("a", "b", 1 + i, id=f"v{i}") for i in range(5)]
    await screen_transactions(services, payments, actor="test", trace_id="trace")


async def test_an_untouched_ledger_has_no_findings(services: Services) -> None:
    await recorded(services)

    report = await verify_ledger(services, quiet)

    assert (report.events, report.decisions, report.landed, report.findings) == (6, 5, 5, [])


@pytest.mark.parametrize(
    ("table", "statement", "found"),
    [
        ("audit_events", "UPDATE audit_events SET actor = 'x' WHERE seq = 3", "audit event 3"),
        ("audit_events", "UPDATE audit_events SET body = 'not JSON' WHERE seq = 2", "audit event 2"),
        ("audit_events", "DELETE FROM audit_events WHERE seq = 4", "audit event 4"),
        (
            "decision_facts",
            "UPDATE decision_facts SET body = replace(body::text, '\"unsolicited\":false', '\"unsolicited\":true')"
            "::json"
            " WHERE decision = (SELECT id FROM decisions WHERE transaction = 'acct:v0')",
            "the facts it rests on are not those that its audit event recorded",
        ),
        (
            "decision_facts",
            "DELETE FROM decision_facts WHERE decision = (SELECT id FROM decisions WHERE transaction = 'acct:v2')",
            "the facts it rests on are not those that its audit event recorded",
        ),
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
    edit(servers, table, statement)

    assert found in (await findings(services))[0]


async def test_a_transaction_changed_or_missing_in_the_graph_is_found(
    services: Services, cypher: neo4j.Session
) -> None:
    await recorded(services)
    cypher.run("MATCH (t:Transaction {key: 'acct:v0'}) SET t.content = 'x'").consume()
    cypher.run("MATCH (t:Transaction {key: 'acct:v4'}) DETACH DELETE t").consume()

    decided, gone, landed, missing = await findings(services)

    assert "acct:v0 has other content" in decided and "acct:v4 is not in the graph" in gone
    assert "acct:v0: the graph has no landing 1" in landed and "acct:v4 is not in the graph" in missing


async def changed(services: Services) -> None:
    """v0 withdrawn; v1 withdrawn and landed again at another time."""
    await recorded(services)
    for name in ("v0", "v1"):
        await withdraw_transaction(services, key(name), reason="reorganised", actor="test")
    again = pay("a", "b", 2, id="v1", day=3)
    await screen_transactions(services, [again], actor="test", trace_id="trace")


async def test_withdrawals_and_landings_at_another_time_hold(services: Services) -> None:
    await changed(services)

    assert await findings(services) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE transaction_changes SET reason = 'x' WHERE seq = 6", ["change 6: it is not what its audit event"]),
        (
            "UPDATE transaction_changes SET seq = 60 WHERE seq = 6",
            ["change 60: the graph does not", "change 60: it", "6"],
        ),
        ("DELETE FROM transaction_changes WHERE seq = 7", ["acct:v1: change 7 of the graph is not in the ledger"]),
        (
            "UPDATE transaction_changes SET body = replace(body, '\"USD\"', '\"EUR\"') WHERE seq = 8",
            ["change 8: its body is not", "change 8: it is not what its audit event"],
        ),
    ],
)
async def test_an_edited_change_is_found_and_named(
    services: Services, servers: Servers, statement: str, found: list[str]
) -> None:
    await changed(services)
    edit(servers, "transaction_changes", statement)

    said = await findings(services)
    assert len(said) == len(found) and all(part in text for part, text in zip(found, said, strict=True)), said


async def test_an_edited_landed_body_is_found(services: Services, servers: Servers) -> None:
    await recorded(services)
    edit(
        servers, "landed", "UPDATE landed SET body = replace(body, '\"USD\"', '\"EUR\"') WHERE transaction = 'acct:v3'"
    )

    assert await findings(services) == ["landed transaction acct:v3: its body is not what its digest says"]


@pytest.mark.parametrize(
    "statement",
    [
        "MATCH (t:Transaction {key: 'acct:v2'}) SET t.withdrawn_at = datetime(), t.withdrawn_seq = 9",
        "MATCH (t:Transaction {key: 'acct:v1'}) SET t.earlier_withdrawn_seq = [9]",
        "MATCH (t:Transaction {key: 'acct:v0'}) REMOVE t.withdrawn_at, t.withdrawn_seq",
        "MATCH (t:Transaction {key: 'acct:v1'}) SET t.earlier_content = ['x']",
    ],
)
async def test_a_span_edited_in_the_graph_is_found(services: Services, cypher: neo4j.Session, statement: str) -> None:
    await changed(services)
    cypher.run(statement).consume()  # type: ignore[arg-type]

    assert await findings(services) != []


async def labelled(services: Services) -> list[str]:
    """Two attributions recorded and one of them withdrawn; their ids."""
    given = [
        Attribution(id="", wallet=key(name), category="scam", source="drawn", actor=f"actor of {name}")
        for name in ("a", "b")
    ]
    done = await commit_attributions(services, given, actor="test", source_name="drawn")
    await withdraw_attributions(services, done.ids[:1], reason="wrong", actor="test")
    return list(done.ids)


async def test_attributions_hold(services: Services) -> None:
    await labelled(services)

    report = await verify_ledger(services, quiet)
    assert (report.attributions, report.findings) == (3, [])


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE attribution_changes SET body = replace(body, 'scam', 'theft') WHERE seq = 2", "attribution change 2:"),
        ("UPDATE attribution_changes SET seq = 9 WHERE seq = 3", "attribution change 9:"),
        ("UPDATE attribution_changes SET body = '' WHERE seq = 3", "attribution change 3:"),
        ("DELETE FROM attribution_changes WHERE seq = 1", "1 changes of attributions that the audit log tells of"),
    ],
)
async def test_an_edited_change_of_an_attribution_is_found(
    services: Services, servers: Servers, statement: str, found: str
) -> None:
    await labelled(services)
    edit(servers, "attribution_changes", statement)

    first, *more = await findings(services)
    assert first.startswith(found)
    assert ["is not in the ledger as recorded" in text for text in more] == ([True] if "DELETE" in statement else [])


async def test_an_attribution_edited_in_the_graph_is_found(services: Services, cypher: neo4j.Session) -> None:
    _, name = await labelled(services)
    cypher.run("MATCH (a:Attribution {id: $id}) SET a.confidence = 0.1", id=name).consume()

    assert await findings(services) == [f"attribution change 2: the graph does not have {name} as recorded then"]


async def test_attributions_that_the_ledger_never_recorded_are_found(services: Services) -> None:
    # As a crash between graph and ledger leaves them: one recorded, one that was labelled before withdrawn.
    _, standing = await labelled(services)
    [lost] = (await record(services, "c")).ids
    await withdraw_from_graph(services.graph, [standing], services.taxonomy)

    assert await findings(services) == [
        f"attribution {standing} is not in the ledger as withdrawn; withdraw it again to mend what a crash left open",
        f"attribution {lost} is not in the ledger as recorded; record it again, or withdraw it, to mend what a crash"
        " left open",
    ]
    await withdraw_attributions(services, [standing, lost], reason=None, actor="test")
    assert await findings(services) == []


async def test_many_attributions_that_the_ledger_lacks_are_counted(services: Services) -> None:
    await record(services, *(f"w{i}" for i in range(25)))

    said = await findings(services)
    assert len(said) == 21 and said[-1] == "5 more attributions like these"


async def record(services: Services, *names: str) -> Recorded:
    given = [Attribution(id="", wallet=key(name), category="scam", source="drawn") for name in names]
    return await record_attributions(services.graph, given, services.taxonomy, author="test")
