"""kill -9 under a load of postings, withdrawals, re-landings and labels, while the worker re-screens by itself.

Whatever was acknowledged is in graph and ledger, once; what is stored equals a fresh count; every change of a score and
every alert about the past is told once. The seed fixes what is sent and who dies; the interleaving is the machine's.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import neo4j
import psycopg
import pytest

from graph.marks import count_marks
from graph.model import Job
from graph.schema import prepare
from jobs.checking import check_scores
from jobs.services import Services, open_services
from jobs.verifying import verify_ledger
from ledger.jobs import list_jobs
from ledger.runs import latest_run
from ledger.scores import find_first_scores, sample_scores
from risk.causes import differs
from tests.chaos.bookkeeping import compare_with_graph, compare_with_ledger
from tests.chaos.journal import Journal
from tests.chaos.processes import Killable, Part, free_port, redis_command
from tests.chaos.scene import DRAIN_S, SEED, Load, own_servers, programs, scored, session, under_load
from tests.chaos.telling import odd_alerts, odd_changes
from tests.conftest import empty_graph, empty_ledger
from tests.reliability import record
from tests.servers import Servers

ALL = 1_000_000


@pytest.mark.usefixtures("graph")
@pytest.mark.timeout(240)
async def test_every_change_is_kept_once_and_told_once(servers: Servers, cypher: neo4j.Session, tmp_path: Path) -> None:
    empty_graph(cypher)
    empty_ledger(servers.postgres_admin_url)
    with ExitStack() as stack:
        port = free_port()
        redis = stack.enter_context(Killable("redis", redis_command(port, tmp_path), tmp_path / "redis.log"))
        scene = programs(stack, servers, tmp_path, [redis], f"redis://127.0.0.1:{port}/0")
        journal = await under_load(scene, Load(payments=120, labels=30, runs=0, rounds=1))
        await _compare(servers, cypher, journal, scene.url)
    await _negative_controls(servers, cypher, journal)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_nothing_is_lost_when_every_server_is_killed_again_and_again(tmp_path: Path) -> None:
    with ExitStack() as stack:
        local, servers = stack.enter_context(own_servers())
        await prepare(servers.settings(rehearse="on").graph, "USD")
        parts = [Part(local, name) for name in ("neo4j", "postgres", "redis")]
        scene = programs(stack, servers, tmp_path, parts)
        cypher = stack.enter_context(session(servers))
        journal = await under_load(scene, Load(payments=1_500, labels=200, runs=8, rounds=6))
        await _compare(servers, cypher, journal, scene.url)
        await _negative_controls(servers, cypher, journal)
    record("changes kept and told once through kills of all servers", n=len(journal.payments), failures=0, seed=SEED)


async def _compare(servers: Servers, cypher: neo4j.Session, journal: Journal, url: str) -> None:
    async with open_services(servers.settings(), retry_s=30) as services:
        await _drained(services)
        assert compare_with_graph(journal, cypher) == []
        assert compare_with_ledger(journal, servers) == []
        assert (await verify_ledger(services, _quiet)).findings == []
        check = await check_scores(services, ALL, SEED)
        assert (check.drifted, check.stale) == ((), 0)
        print(f"{check.checked} stored scores computed again")
        assert check.checked == len(journal.sums())
        assert odd_changes(servers) == []
        assert odd_alerts(servers) == []
        await _compare_with_a_fresh_run(services, url)
        await _drained(services)
        assert odd_alerts(servers) == []


async def _drained(services: Services) -> None:
    """Wait until no mark and no work is left: the worker must come to that by itself."""
    limit = time.monotonic() + DRAIN_S
    while True:
        marks = await count_marks(services.graph)
        async with services.ledger.read() as connection:
            found = await list_jobs(connection, limit=10_000)
        waiting = [_told(job) for job in found if job.state in ("queued", "running")]
        if not marks and not waiting:
            break
        assert time.monotonic() < limit, f"{marks} marks left, {waiting}"
        await asyncio.sleep(0.3)
    print("jobs", Counter((job.name, job.state) for job in found), "tried again", sum(job.attempt > 1 for job in found))
    # Three kills in a row are more than a job is given; whatever is still to be done is asked for anew.
    assert [_told(job) for job in found if job.state == "failed"] == []


async def _compare_with_a_fresh_run(services: Services, url: str) -> None:
    """A run from scratch, by other queries than the re-screening, finds what was stored."""
    async with services.ledger.read() as connection:
        stored = {score.wallet: score for score in await sample_scores(connection, ALL, SEED)}
    await scored(url)
    async with services.ledger.read() as connection:
        run = await latest_run(connection)
        assert run is not None
        assert run.wallets == len(stored)
        fresh = await find_first_scores(connection, run.id, list(stored))
    assert [wallet for wallet, score in stored.items() if differs(score, fresh[wallet], 1e-9)] == []


async def _negative_controls(servers: Servers, cypher: neo4j.Session, journal: Journal) -> None:
    """Each comparison names what is spoilt behind the application's back."""
    _edit(servers, "score_changes", _TOLD_AGAIN)
    assert odd_changes(servers)
    _edit(servers, "alerts", _ALERTED_AGAIN)
    assert any("retro alerts" in text for text in odd_alerts(servers))
    _edit(servers, "alerts", "DELETE FROM alerts WHERE class = 'retro'")
    assert odd_alerts(servers)
    gone = next(payment for payment in journal.payments.values() if payment.withdrawn)
    _edit(servers, "transaction_changes", f"DELETE FROM transaction_changes WHERE transaction = '{gone.key}'")
    assert f"withdrawal {gone.key}: acknowledged {gone.withdrawn}, found None" in compare_with_ledger(journal, servers)
    async with open_services(servers.settings()) as services:
        assert any(gone.key in text for text in (await verify_ledger(services, _quiet)).findings)
        for table in ("wallet_scores", "rescores"):
            _edit(servers, table, f"UPDATE {table} SET score = 1 - score WHERE wallet = '{gone.sender}'")
        assert (await check_scores(services, ALL, SEED)).drifted == (gone.sender,)
    cypher.run("MATCH (:Wallet)-[f:FLOW]->() WITH f LIMIT 1 SET f.count = f.count + 1").consume()
    cypher.run("MATCH (a:Attribution) WITH a ORDER BY a.id LIMIT 1 DETACH DELETE a").consume()
    assert {text.split()[0] for text in compare_with_graph(journal, cypher)} == {"flow", "label"}


_TOLD_AGAIN = (
    "INSERT INTO score_changes (wallet, run, job, before, after, causes, words, watermark)"
    " SELECT wallet, run, job, before, after, causes, words, watermark FROM score_changes c"
    " WHERE job IN (SELECT id FROM jobs WHERE name = 'rescreen')"
    " ORDER BY number LIMIT 1"
)
# Once for every change of the wallet: of a rise that a live alert has told, one more would be due.
_ALERTED_AGAIN = (
    "CREATE TEMP TABLE again AS SELECT a.* FROM (SELECT * FROM alerts WHERE class = 'retro' ORDER BY id LIMIT 1) a"
    " JOIN score_changes c ON c.wallet = (a.body ->> 'wallets')::jsonb ->> 0;"
    " UPDATE again SET id = id || '-again-' || ctid::text; INSERT INTO alerts SELECT * FROM again"
)


def _edit(servers: Servers, table: str, statement: str) -> None:
    """As the owner of the table, who alone can set its triggers aside."""
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # type: ignore[call-overload]
        connection.execute(statement)  # type: ignore[call-overload]
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # type: ignore[call-overload]


def _told(job: Job) -> tuple[str, str, int, str | None]:
    return job.name, job.state, job.attempt, job.error


def _quiet(text: str) -> None:
    assert text
