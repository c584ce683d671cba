"""`headwater reconcile`, `rebuild`, `digest` and `erase` by the command line, on real servers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import neo4j
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from cli.main import headwater
from jobs.screening import screen_transactions
from jobs.services import open_services
from tests.builders import pay
from tests.conftest import empty_graph, empty_ledger
from tests.servers import Servers

Run = Callable[..., Result]


@pytest.fixture
def run(servers: Servers, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands on servers that hold three payments, one with text."""
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ(reconcile_grace_s="0").items():
        monkeypatch.setenv(name, value)
    empty_ledger(servers.postgres_admin_url)
    empty_graph(cypher)
    asyncio.run(_populate(servers))
    return lambda *arguments: CliRunner().invoke(headwater, arguments)


async def _populate(servers: Servers) -> None:
    given = [
        pay("a", "b", 5, id="p0"),
        pay("b", "c", 2, id="p1"),
        replace(pay("c", "d", 1, id="p2"), purpose="for Ada"),
    ]
    async with open_services(servers.settings()) as services:
        await screen_transactions(services, given, actor="test", trace_id="trace")


def test_differences_are_told_then_repaired_then_no_more(run: Run, cypher: neo4j.Session) -> None:
    before = run("digest").output
    assert "3 transactions, 4 wallets, 3 flows, 0 attributions" in before
    assert "everything agrees" in run("reconcile", "--all").output
    cypher.run("MATCH (t:Transaction {key: 'acct:p0'}) DETACH DELETE t").consume()

    told = run("reconcile", "--all", "--dry-run")
    assert told.exit_code == 1 and "FOUND missing_transaction acct:p0" in told.output
    assert "0 repaired, 1 left" in told.output and run("digest").output != before
    repaired = run("reconcile")
    assert repaired.exit_code == 0 and "REPAIRED missing_transaction acct:p0" in repaired.output, repaired.output

    assert run("digest").output == before
    assert "everything agrees" in run("reconcile", "--all").output


def test_a_graph_is_rebuilt_and_one_in_use_is_not_without_a_word(run: Run, cypher: neo4j.Session) -> None:
    before = run("digest").output
    refused = run("rebuild")
    assert refused.exit_code != 0 and "--replace empties it first" in str(refused.exception)
    asked = CliRunner().invoke(headwater, ["rebuild", "--replace"], input="n\n")
    assert asked.exit_code == 1 and "empties the graph" in asked.output and run("digest").output == before
    empty_graph(cypher)

    filled = run("rebuild")

    assert filled.exit_code == 0 and before in filled.output
    assert run("rebuild", "--replace", "--yes").exit_code == 0 and run("digest").output == before


def test_text_is_erased_once(run: Run) -> None:
    assert run("erase", "text", "acct:p2").exit_code == 2, "it needs a reason"

    assert "the text of acct:p2 is erased" in run("erase", "text", "acct:p2", "--reason", "asked for").output
    assert "has no text" in run("erase", "text", "acct:p2", "--reason", "asked for").output
    missing = run("erase", "text", "acct:nobody", "--reason", "asked for")
    assert missing.exit_code != 0 and "acct:nobody" in str(missing.exception)
