"""`headwater backup` and `headwater restore`: a new database and an emptied graph become what was backed up."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import neo4j
import psycopg
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from cli.main import headwater
from graph.digest import GraphDigest, graph_digest
from graph.model import Attribution
from jobs.attributing import commit_attributions
from jobs.erasing import erase_transaction_text
from jobs.screening import screen_transactions
from jobs.services import Services, open_services
from jobs.withdrawing import withdraw_transaction
from tests.builders import key, pay
from tests.conftest import empty_graph, empty_ledger
from tests.servers import Servers

NEW = "headwater_restored"


@pytest.fixture
def new_database(servers: Servers) -> Iterator[Servers]:
    """The same servers with another, empty database."""
    with psycopg.connect(servers.postgres_admin_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NEW} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NEW}")
    app, admin = (url.rpartition("/")[0] + "/" + NEW for url in (servers.postgres_url, servers.postgres_admin_url))
    yield replace(servers, postgres_url=app, postgres_admin_url=admin)
    with psycopg.connect(servers.postgres_admin_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NEW} WITH (FORCE)")


def invoke(servers: Servers, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(headwater, arguments)


def populate(servers: Servers) -> GraphDigest:
    async def run(services: Services) -> GraphDigest:
        said = Attribution(id="", wallet=key("thief"), category="theft", source="drawn")
        await commit_attributions(services, [said], actor="test", source_name="drawn")
        payments = [pay("thief", "a", 10, id="p0"), pay("a", "b", 7, id="p1"), pay("b", "c", 1, id="p2")]
        named = [replace(payments[2], purpose="for Ada"), replace(pay("c", "d", 1, id="p3"), purpose="for Bob")]
        await screen_transactions(services, [*payments[:2], *named], actor="test", trace_id="trace")
        await withdraw_transaction(services, key("p1"), reason="reorganised", actor="test")
        await erase_transaction_text(services, key("p2"), reason="asked for", actor="test")
        return await graph_digest(services.graph)

    return in_services(servers, run)


def in_services(servers: Servers, run):
    async def opened():
        async with open_services(servers.settings()) as services:
            return await run(services)

    return asyncio.run(opened())


def rows(servers: Servers, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


EVERYTHING = "SELECT seq, hash FROM audit_events ORDER BY seq"


def test_a_backup_restored_is_what_was(
    servers: Servers, new_database: Servers, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty_ledger(servers.postgres_admin_url)
    empty_graph(cypher)
    before, file = populate(servers), tmp_path / "ledger.backup"

    made = invoke(servers, monkeypatch, "backup", str(file))
    assert made.exit_code == 0 and "It holds secrets" in made.output, made.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # What happens after the backup is not in it; the graph of then must not be there any more.
    logged = rows(servers, EVERYTHING)
    empty_graph(cypher)
    restored = invoke(new_database, monkeypatch, "restore", str(file))

    assert restored.exit_code == 0 and "everything holds" in restored.output, restored.output
    assert before.sha256 in restored.output
    # The rebuild is an event of its own: the log goes on where it was.
    assert rows(new_database, EVERYTHING)[:-1] == logged
    assert rows(new_database, "SELECT count(*) FROM personal_texts") == [(1,)]

    async def one_more(services: Services) -> int:
        await services.ledger.check()
        [screened] = await screen_transactions(services, [pay("a", "e", 1)], actor="test", trace_id="trace")
        return screened.seq

    assert in_services(new_database, one_more) == 7


def test_a_ledger_in_use_is_not_restored_over(
    servers: Servers, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty_ledger(servers.postgres_admin_url)
    empty_graph(cypher)
    populate(servers)
    file = tmp_path / "ledger.backup"
    invoke(servers, monkeypatch, "backup", str(file))
    logged = rows(servers, EVERYTHING)

    refused = invoke(servers, monkeypatch, "restore", str(file))

    assert refused.exit_code != 0 and "in use" in str(refused.exception)
    assert rows(servers, EVERYTHING) == logged
    again = invoke(servers, monkeypatch, "backup", str(file))
    assert again.exit_code != 0 and "is there already" in str(again.exception)


def test_a_damaged_backup_is_refused_before_anything_is_loaded(
    servers: Servers, new_database: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.backup"
    invoke(servers, monkeypatch, "backup", str(file))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)

    refused = invoke(new_database, monkeypatch, "restore", str(file))

    assert refused.exit_code != 0 and "ledger.backup is" in str(refused.exception)
    assert rows(new_database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
