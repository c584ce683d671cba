"""Fixtures on real servers: one set for the process, emptied before each test that asks for it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import neo4j
import psutil
import psycopg
import pytest
import structlog

from graph.rehearsal import rehearse
from graph.schema import apply_schema
from graph.session import Graph, open_graph
from graph.taxonomy import Taxonomy, load_taxonomy
from jobs.services import Services, open_services
from ledger.schema import migrate
from ledger.session import Ledger
from settings import Settings
from tests.servers import Servers, are_given, running_kafka, running_servers
from tests.web import chromium

# Drawn with the variables of each frame in boxes, as structlog does by itself, one traceback takes ten seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

CORES_A_SET, MEMORY_A_SET, MOST_SETS = 1, 5 << 30, 4
# Where several test processes share the cores, threads that wait for one another by spinning slow all of them down.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` is: as many sets of servers as this machine carries side by side.

    0, which is this process alone, where there is room for one set only or where one is given by URL.
    """
    room = min((os.cpu_count() or 1) // CORES_A_SET, psutil.virtual_memory().total // MEMORY_A_SET, MOST_SETS)
    return 0 if are_given() or room < 2 else room


NOT_RUN = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOT_RUN] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of pages are left out where there is no Chromium, and named at the end."""
    left_out = chromium.leave_out(config, items)
    config.stash[NOT_RUN] += left_out
    if hasattr(config, "workeroutput"):
        config.workeroutput["browser_tests_not_run"] = left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Each process collects by itself; what one has left out, all have."""
    del error
    # One that died has put nothing out.
    node.config.stash[NOT_RUN] += getattr(node, "workeroutput", {}).get("browser_tests_not_run", [])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    chromium.judge(session, session.config.stash[NOT_RUN])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    chromium.tell(terminalreporter, config.stash[NOT_RUN])


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with running_servers() as found:
        migrate(found.postgres_admin_url)
        yield found


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Where Kafka is: one broker for the process, started by the first test that asks for it."""
    with running_kafka() as url:
        yield url


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of model files for the process: they are named after what they hold."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def settings(servers: Servers, models_dir: Path) -> Settings:
    return servers.settings(auth="keys", models_dir=str(models_dir))


@pytest.fixture(scope="session")
def cypher(servers: Servers) -> Iterator[neo4j.Session]:
    """A bare session, to look at the graph past our own code."""
    auth = (servers.neo4j_user, servers.neo4j_password)
    with (
        neo4j.GraphDatabase.driver(servers.neo4j_uri, auth=auth, notifications_min_severity="OFF") as driver,
        driver.session() as session,
    ):
        yield session


@pytest.fixture(scope="session")
async def open_graph_once(servers: Servers) -> AsyncIterator[Graph]:
    async with open_graph(servers.settings().graph, retry_s=30.0) as opened:
        await apply_schema(opened)
        # Once for all tests, whose own applications do not: planning on a server that is cold can take longer than a
        # question may.
        await rehearse(opened)
        yield opened


@pytest.fixture
def graph(open_graph_once: Graph, cypher: neo4j.Session) -> Graph:
    empty_graph(cypher)
    return open_graph_once


def empty_graph(cypher: neo4j.Session) -> None:
    cypher.run("MATCH (n) WHERE NOT n:Counter CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
    cypher.run("MATCH (c:Counter) SET c.seq = 0, c.rebuilding = null").consume()


@pytest.fixture(scope="session")
def postgres(servers: Servers) -> Servers:
    return servers


@pytest.fixture
async def ledger(servers: Servers) -> AsyncIterator[Ledger]:
    empty_ledger(servers.postgres_admin_url)
    opened = await Ledger.open(servers.postgres_url)
    yield opened
    await opened.close()


def empty_ledger(admin_url: str) -> None:
    """Empty every table as the owner, who alone can set the append-only triggers aside.

    Only those that hold something, and what refers to them: emptying all takes ten times as long as looking.
    """
    with psycopg.connect(admin_url) as connection:
        tables = _names(
            connection,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND relname <> 'alembic_version' AND NOT relispartition",
        )
        filled = _names(connection, " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM {t})" for t in tables))
        if not filled:
            return
        emptied = _names(
            connection,
            "WITH RECURSIVE reached(oid) AS (SELECT oid FROM pg_class WHERE relname = ANY(%s) UNION SELECT conrelid"
            " FROM pg_constraint JOIN reached ON confrelid = reached.oid) SELECT oid::regclass::text FROM reached",
            filled,
        )
        guarded = _names(
            connection,
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'"
            " AND tgrelid::regclass::text = ANY(%s)",
            emptied,
        )
        for table in guarded:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        connection.execute(f"TRUNCATE {', '.join(emptied)}")
        for table in guarded:
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


def _names(connection: psycopg.Connection[Any], query: str, *given: object) -> list[str]:
    return [row[0] for row in connection.execute(query, given)]


@pytest.fixture
async def services(settings: Settings, graph: Graph, ledger: Ledger) -> AsyncIterator[Services]:
    async with open_services(settings) as opened:
        yield opened
