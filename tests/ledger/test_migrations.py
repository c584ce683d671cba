"""The schema comes to head from nothing, again, twice at once, and after a kill in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from graph.errors import Unavailable
from ledger import schema
from ledger.errors import LedgerNotReady
from ledger.schema import migrate
from ledger.session import Ledger

MIGRATE = [
    sys.executable,
    "-c",
    "import os; from ledger.schema import migrate; migrate(os.environ['ADMIN_URL'])",
]
BARE = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE %I CASCADE', name);
    END LOOP;
    DROP FUNCTION IF EXISTS lock_audit_head, lock_read_log_head, refuse_change;
END $$
"""
SHAPE = """
SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""


@pytest.fixture
def owner(postgres) -> Iterator[psycopg.Connection]:
    """An owner's connection to a database without any table; at head again afterwards."""
    with psycopg.connect(postgres.postgres_admin_url, autocommit=True) as connection:
        connection.execute(BARE)
        try:
            yield connection
        finally:
            connection.execute(BARE)
            migrate(postgres.postgres_admin_url)


def start(admin_url: str) -> subprocess.Popen[bytes]:
    environment = {"ADMIN_URL": admin_url, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(MIGRATE, env=os.environ | environment)


def shape(owner: psycopg.Connection) -> list[tuple[str, ...]]:
    return owner.execute(SHAPE).fetchall()


def version(owner: psycopg.Connection) -> str:
    row = owner.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row
    return str(row[0])


def wait_until_blocked(owner: psycopg.Connection) -> None:
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'headwater-migrations' AND wait_event_type = 'Lock'"
    )
    for _ in range(1200):
        if owner.execute(query).fetchone():
            return
        time.sleep(0.05)
    raise AssertionError("the migration was expected to wait for a lock")


def test_migrating_twice_changes_nothing(owner, postgres):
    migrate(postgres.postgres_admin_url)
    once = shape(owner)
    migrate(postgres.postgres_admin_url)
    assert shape(owner) == once
    assert version(owner) == schema.head()


def test_two_at_once_both_arrive(owner, postgres):
    both = [start(postgres.postgres_admin_url) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert version(owner) == schema.head()


@pytest.mark.parametrize(("table", "reached"), [("decisions", None), ("api_keys", "2026_11_21_records")])
def test_a_migration_killed_in_the_middle_heals(owner, postgres, table, reached):
    with psycopg.connect(postgres.postgres_admin_url) as obstacle:
        obstacle.execute(f"CREATE TABLE {table} ()")
        process = start(postgres.postgres_admin_url)
        wait_until_blocked(owner)
        process.kill()
        process.wait()
        obstacle.rollback()
    tables = {row[0] for row in shape(owner)}
    assert table not in tables
    if reached is None:
        assert tables <= {"alembic_version"}
    else:
        assert version(owner) == reached
    migrate(postgres.postgres_admin_url)
    assert version(owner) == schema.head()


async def test_the_ledger_is_not_ready_before_it_is_migrated(owner, postgres):
    ledger = await Ledger.open(postgres.postgres_url)
    try:
        with pytest.raises(LedgerNotReady, match=f"no version, {schema.head()} is needed"):
            await ledger.check()
        migrate(postgres.postgres_admin_url)
        await ledger.check()
        owner.execute("UPDATE alembic_version SET version_num = 'later'")
        with pytest.raises(LedgerNotReady, match="at later"):
            await ledger.check()
        with pytest.raises(LedgerNotReady, match="later"):
            migrate(postgres.postgres_admin_url)
    finally:
        await ledger.close()


async def test_the_ledger_is_not_ready_for_a_role_that_owns_its_tables(ledger, postgres):
    await ledger.check()
    careless = await Ledger.open(postgres.postgres_admin_url)
    try:
        with pytest.raises(LedgerNotReady, match="use headwater_app"):
            await careless.check()
    finally:
        await careless.close()


def test_a_server_that_is_not_there_is_unavailable():
    with pytest.raises(Unavailable, match="postgres is not available"):
        migrate("postgresql://headwater_owner@127.0.0.1:1/headwater")
