"""What is recorded for good cannot be changed: not by the application, not by a careless owner."""

from __future__ import annotations

import psycopg
import pytest

from ledger.audit import EventDraft, append
from ledger.changes import record_changes
from ledger.decisions import record_decisions
from ledger.landed import record_landed
from tests.ledger.records import as_owner, decision, landed, sqlstate_of, withdrawn

CHANGES = {
    "audit_events": "UPDATE audit_events SET actor = actor",
    "landed": "UPDATE landed SET content = content",
    "decisions": "UPDATE decisions SET policy = policy",
    "decision_facts": "UPDATE decision_facts SET decision = decision",
    "transaction_changes": "UPDATE transaction_changes SET reason = reason",
    "attribution_changes": "UPDATE attribution_changes SET reason = reason",
    "read_log": "UPDATE read_log SET actor = actor",
    "score_changes": "UPDATE score_changes SET words = words",
    "alert_changes": "UPDATE alert_changes SET reason = reason",
    "verdicts": "UPDATE verdicts SET verdict = verdict",
    "notes": "UPDATE notes SET digest = digest",
    "case_closings": "UPDATE case_closings SET reason = reason",
    "case_closing_verdicts": "UPDATE case_closing_verdicts SET reason = reason",
    "rule_versions": "UPDATE rule_versions SET body = body",
    "policies": "UPDATE policies SET body = body",
    "book_changes": "UPDATE book_changes SET state = state",
    "checkpoints": "UPDATE checkpoints SET note = note",
    "audit_tree": "UPDATE audit_tree SET hash = hash",
    "model_versions": "UPDATE model_versions SET body = body",
    "model_states": "UPDATE model_states SET state = state",
}
REFUSED = [
    statement
    for table, update in CHANGES.items()
    for statement in (
        update,
        f"{update} WHERE false",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    )
]
DENIED = "42501"


@pytest.fixture
async def _filled(ledger):
    async with ledger.transaction() as connection:
        await record_landed(connection, [landed("eth:1")])
        await record_decisions(connection, [decision("eth:1")])
        await record_changes(connection, [withdrawn("eth:1", 2)])
        await append(connection, EventDraft("system", "test", "eth:1", {}))


@pytest.mark.parametrize("statement", REFUSED)
@pytest.mark.usefixtures("_filled")
def test_neither_the_application_nor_the_owner_changes_a_record(postgres, statement):
    assert sqlstate_of(postgres.postgres_url, statement) == DENIED
    assert sqlstate_of(postgres.postgres_admin_url, statement) == DENIED


def test_the_guard_also_holds_for_a_session_that_calls_itself_a_replica(postgres):
    with psycopg.connect(postgres.postgres_url) as connection:
        rows = connection.execute(
            "SELECT tgrelid::regclass::text, tgenabled FROM pg_trigger WHERE tgname = 'append_only' ORDER BY 1"
        ).fetchall()
    assert rows == [(table, "A") for table in sorted(CHANGES)]  # A: always


@pytest.mark.parametrize("table", CHANGES)
def test_the_application_cannot_switch_the_guard_off(postgres, table):
    assert sqlstate_of(postgres.postgres_url, f"ALTER TABLE {table} DISABLE TRIGGER append_only") == DENIED
    assert sqlstate_of(postgres.postgres_url, f"DROP TABLE {table} CASCADE") == DENIED


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE audit_copy ()",
        "CREATE TEMPORARY TABLE audit_events ()",
        "UPDATE api_keys SET role = 'admin'",
        "UPDATE users SET name = 'x'",
        "DELETE FROM users",
        "UPDATE sessions SET ends_at = 'infinity'",
        "UPDATE idempotency SET fingerprint = ''",
        "UPDATE alerts SET body = '{}'",
        "UPDATE alerts SET transaction = transaction",
        "UPDATE alembic_version SET version_num = 'x'",
        "SELECT refuse_change()",
    ],
)
def test_the_application_has_no_right_it_does_not_need(postgres, statement):
    assert sqlstate_of(postgres.postgres_url, statement) == DENIED


@pytest.mark.usefixtures("_filled")
def test_without_the_guard_the_owner_would_succeed(postgres):
    """Negative control: it is the trigger that refuses."""
    as_owner(postgres.postgres_admin_url, "UPDATE audit_events SET actor = 'somebody else'")
    with psycopg.connect(postgres.postgres_admin_url) as connection:
        assert connection.execute("SELECT actor FROM audit_events").fetchall() == [("somebody else",)]
