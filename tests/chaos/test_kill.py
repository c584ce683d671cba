"""kill -9 of API, worker and Redis under load: nothing acknowledged is lost, nothing is double, the chain holds.

The seed fixes which payments are sent how often and when each process dies; the interleaving is the machine's.
SIGKILL is not power loss: the page cache survives.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx
import neo4j
import psycopg
import pytest

from jobs.services import open_services
from jobs.verifying import verify_ledger
from tests.chaos.processes import Killable, free_port, headwater, redis_command, wait_until_ready
from tests.conftest import empty_graph, empty_ledger
from tests.reliability import record
from tests.servers import Servers

SEED = 20261121
WALLETS = 40


def payment(i: int, rng: random.Random) -> dict[str, str]:
    sender, receiver = rng.sample(range(WALLETS), 2)
    at = f"2020-01-{1 + i % 28:02d}T{i % 24:02d}:00:00Z"
    wallets = {"sender": f"w{sender}", "receiver": f"w{receiver}"}
    return {"network": "acct", "id": f"c{i}", "at": at, "asset": "USD", "amount": str(1 + i)} | wallets


async def post(client: httpx.AsyncClient, body: dict[str, str], acknowledged: dict[str, str]) -> None:
    """Send until it is acknowledged, as a client must after a cut connection or a 503."""
    for _ in range(400):
        try:
            answer = await client.post("/api/v1/transactions", json=body)
        except httpx.HTTPError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code in (200, 201):
            decision = answer.json()["decision"]["id"]
            assert acknowledged.setdefault(body["id"], decision) == decision
            return
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.1)
    raise AssertionError(f"{body['id']} was never acknowledged")


async def load(url: str, rng: random.Random, payments: int, acknowledged: dict[str, str]) -> None:
    """Every payment one to three times, in random order, eight at a time."""
    bodies = [payment(i, rng) for i in range(payments)]
    sends = [body for body in bodies for _ in range(rng.randint(1, 3))]
    rng.shuffle(sends)
    queue = asyncio.Queue[dict[str, str]]()
    for body in sends:
        queue.put_nowait(body)

    async def client_loop() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            while not queue.empty():
                await post(client, queue.get_nowait(), acknowledged)

    await asyncio.gather(*(client_loop() for _ in range(8)))


async def mischief(victims: list[Killable], rng: random.Random, rounds: int, done: asyncio.Event) -> list[str]:
    """Kill each victim once a round, at random moments, and start it again a little later."""
    killed = []
    for victim in (victim for _ in range(rounds) for victim in rng.sample(victims, len(victims))):
        await asyncio.sleep(rng.uniform(0.3, 1.2))
        victim.kill()
        killed.append(f"{victim.name}{' after the load' if done.is_set() else ''}")
        await asyncio.sleep(rng.uniform(0.2, 1.0))
        victim.start()
    return killed


async def wait_for_run(url: str, run: str, job: str) -> dict[str, object]:
    """More kills than a job has attempts leave it dead, for an operator to give it new ones."""
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        for _ in range(300):
            if (await client.get(f"/api/v1/jobs/{job}")).json()["state"] == "dead":
                assert (await client.post(f"/api/v1/jobs/{job}/retry")).is_success
            answer = await client.get(f"/api/v1/scoring-runs/{run}")
            if answer.status_code == 200 and answer.json().get("finished_at"):
                found: dict[str, object] = answer.json()
                return found
            await asyncio.sleep(0.3)
    raise AssertionError("the scoring run was not taken up again")


@pytest.mark.usefixtures("graph")
@pytest.mark.timeout(240)
async def test_nothing_acknowledged_is_lost_and_nothing_is_double(
    servers: Servers, cypher: neo4j.Session, tmp_path: Path
) -> None:
    await survive(servers, cypher, tmp_path, payments=240, rounds=1)


@pytest.mark.soak
@pytest.mark.usefixtures("graph")
@pytest.mark.timeout(1800)
async def test_nothing_is_lost_over_ten_rounds_of_kills(
    servers: Servers, cypher: neo4j.Session, tmp_path: Path
) -> None:
    await survive(servers, cypher, tmp_path, payments=3_000, rounds=10)
    record("payments kept once through kills of API, worker and Redis", n=3_000, failures=0, seed=SEED)


async def survive(servers: Servers, cypher: neo4j.Session, tmp_path: Path, *, payments: int, rounds: int) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    empty_graph(cypher)
    empty_ledger(servers.postgres_admin_url)
    port, redis_port = free_port(), free_port()
    environ = servers.environ(
        redis_url=f"redis://127.0.0.1:{redis_port}/0",
        auth="off",
        host="127.0.0.1",
        port=str(port),
        data_dir=str(tmp_path),
    )
    url = f"http://127.0.0.1:{port}"
    acknowledged: dict[str, str] = {}
    with ExitStack() as stack:
        redis = stack.enter_context(Killable("redis", redis_command(redis_port, tmp_path), tmp_path / "redis.log"))
        api = stack.enter_context(headwater("serve", tmp_path / "api.log", environ))
        worker = stack.enter_context(headwater("worker", tmp_path / "worker.log", environ))
        wait_until_ready(url)
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            asked = (await client.post("/api/v1/scoring-runs")).json()
        done = asyncio.Event()
        sabotage = asyncio.create_task(mischief([api, worker, redis], rng, rounds, done))
        await load(url, rng, payments, acknowledged)
        done.set()
        print("killed", await sabotage)
        assert wait_until_ready(url) <= 60
        finished = await wait_for_run(url, asked["run"]["id"], asked["job"]["id"])
        print("scoring run", finished)
    await _compare(servers, cypher, acknowledged, payments)


async def _compare(servers: Servers, cypher: neo4j.Session, acknowledged: dict[str, str], payments: int) -> None:
    """Journal of the client = graph = ledger = audit log, one for one."""
    assert len(acknowledged) == payments
    keys = [f"acct:{name}" for name in acknowledged]
    landed = cypher.run("MATCH (t:Transaction) RETURN t.key AS key, t.seq AS seq, t.value AS value").data()
    assert sorted(row["key"] for row in landed) == sorted(keys)
    assert sorted(row["seq"] for row in landed) == list(range(1, payments + 1))
    flows = cypher.run("MATCH ()-[f:FLOW]->() RETURN sum(f.value) AS value, sum(f.count) AS n").single(strict=True)
    assert (flows["value"], flows["n"]) == (sum(row["value"] for row in landed), payments)
    with psycopg.connect(servers.postgres_url) as connection:
        decisions = dict(connection.execute("SELECT transaction, id FROM decisions").fetchall())
        events = connection.execute("SELECT subject FROM audit_events WHERE action = 'transaction.decided'").fetchall()
        bodies = connection.execute("SELECT count(*) FROM landed").fetchone()
    assert decisions == {f"acct:{name}": decision for name, decision in acknowledged.items()}
    assert Counter(row[0] for row in events) == Counter(keys)
    assert bodies == (payments,)
    await _verify(servers, cypher)


async def _verify(servers: Servers, cypher: neo4j.Session) -> None:
    """The chain holds, until one row is edited behind the application's back: that row is named."""
    async with open_services(servers.settings()) as services:
        assert (await verify_ledger(services, _quiet)).findings == []
        _edit(servers, "UPDATE audit_events SET actor = 'nobody' WHERE seq = 100")
        assert [text.split(":")[0] for text in (await verify_ledger(services, _quiet)).findings] == ["audit event 100"]
        _edit(servers, "UPDATE audit_events SET body = 'not JSON' WHERE seq = 50")
        assert "audit event 50" in (await verify_ledger(services, _quiet)).findings[0]
        cypher.run("MATCH (t:Transaction {key: 'acct:c7'}) SET t.content = reverse(t.content)").consume()
        assert any("acct:c7 has other content" in text for text in (await verify_ledger(services, _quiet)).findings)


def _edit(servers: Servers, statement: str) -> None:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("ALTER TABLE audit_events DISABLE TRIGGER append_only")
        connection.execute(statement)  # type: ignore[call-overload]
        connection.execute("ALTER TABLE audit_events ENABLE ALWAYS TRIGGER append_only")


def _quiet(text: str) -> None:
    assert text
