"""A server whose disk is full: nothing is acknowledged that is not kept, 503 says why, and room heals it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx
import neo4j
import psycopg
import pytest

from api.app import create_app
from graph.schema import apply_schema
from graph.session import open_graph
from ledger.keys import create_key
from ledger.schema import migrate
from ledger.session import Ledger
from settings import load_settings
from stack.local import LocalStack
from tests.api.conftest import bearer, calling, client, keys, movement, problem
from tests.faults.small_disk import Disk, small_disk
from tests.reliability import record
from tests.servers import Servers
from tests.stack.conftest import stack_in_folder

__all__ = ["client", "keys"]

# In MiB: what a new server takes, and something to fill.
SIZES = {"postgres": 256, "neo4j": 1_536}
SAID = {"postgres": "the disk of postgres is full", "neo4j": "as with a full disk"}
SEED = 20261122
# Seconds until payments are taken again (reliability goal G1).
BACK_S = {"postgres": 60, "neo4j": 120}
# So many payments find room.
ROOMY = 20


@contextmanager
def on_small_disk(name: str) -> Iterator[tuple[LocalStack, Servers, Disk]]:
    """A stack of its own, one of whose servers has a small disk."""
    with ExitStack() as stack:
        local = stack.enter_context(stack_in_folder(LocalStack.of(load_settings().stack).cache_dir))
        disk = stack.enter_context(small_disk(local.data_dir / name, SIZES[name]))
        stack.callback(local.stop)
        found = local.start(detach=False, report=print)
        migrate(found.postgres_admin_url)
        yield local, Servers(**{name: getattr(found, name) for name in Servers.__struct_fields__}), disk


@contextmanager
def told_to_be_full(servers: Servers) -> Iterator[None]:
    """Have Postgres say that its disk is full, by its own code for it, whenever a decision is recorded."""
    with psycopg.connect(servers.postgres_admin_url, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            " 'could not extend file \"base/5/1\": No space left on device' USING ERRCODE = '53100'; END $$"
        )
        owner.execute("CREATE TRIGGER full_disk BEFORE INSERT ON decisions EXECUTE FUNCTION full_disk()")
        try:
            yield
        finally:
            owner.execute("DROP FUNCTION full_disk CASCADE")


async def test_a_full_disk_of_postgres_is_told_and_got_over(client: httpx.AsyncClient, servers: Servers) -> None:
    with told_to_be_full(servers):
        refused = await client.post("/api/v1/transactions", json=movement(1))
    taken = await client.post("/api/v1/transactions", json=movement(1))

    said = problem(refused, 503, "disk-full")
    assert "the disk of postgres is full" in said["detail"] and "base/5" not in refused.text
    assert refused.headers["retry-after"]
    assert taken.status_code == 200, "it had landed, and was not acknowledged"
    assert (await client.get("/api/v1/transactions/acct:p1/decision")).status_code == 200


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(SIZES))
async def test_a_disk_that_is_really_full_loses_nothing(name: str) -> None:
    with on_small_disk(name) as (local, servers, disk):
        async with opened(servers) as client:
            acknowledged, refusal = await fill_up(client, servers, disk, name)
            during = {path: (await client.get(path)).status_code for path in ("/health", "/api/v1/health/ready")}
            disk.free()
            freed = time.monotonic()
            await asyncio.to_thread(start_again, local, name)
            await again(client, movement(10**6))
            back_s = time.monotonic() - freed
            lost = [key for key in acknowledged if not await is_decided(client, key)]
    record(
        f"full disk of {name}",
        n=len(acknowledged),
        failures=len(lost),
        said=refusal,
        taken_again_s=round(back_s, 2),
    )
    assert acknowledged and not lost
    assert during["/health"] == 200
    assert SAID[name] in refusal
    assert back_s < BACK_S[name]


@asynccontextmanager
async def opened(servers: Servers) -> AsyncIterator[httpx.AsyncClient]:
    """The API on these servers, called by an admin."""
    async with open_graph(servers.settings().graph, retry_s=30.0) as graph:
        await apply_schema(graph)
    ledger = await Ledger.open(servers.postgres_url)
    async with ledger.transaction() as connection:
        _, key = await create_key(connection, "test", "admin")
    await ledger.close()
    async with calling(create_app(servers.settings(auth="keys", deadline_s="10")), **bearer(key)) as client:
        await again(client, movement(0))
        yield client


async def fill_up(client: httpx.AsyncClient, servers: Servers, disk: Disk, name: str) -> tuple[list[str], str]:
    """Post large payments, soon to a full disk, until one is refused: what was acknowledged, and the refusal."""
    draw, acknowledged = random.Random(SEED), []
    for number in range(1, 5_000):
        if number > ROOMY:
            disk.fill()
        answer = await client.post("/api/v1/transactions", json=large(number, draw))
        if answer.status_code not in {200, 201}:
            assert answer.status_code == 503, answer.text
            return acknowledged, str(answer.json()["detail"])
        acknowledged.append(f"acct:p{number}")
        if name == "neo4j" and number % 5 == 0:
            await asyncio.to_thread(swell, servers)
    raise AssertionError("its disk does not get full")


def start_again(local: LocalStack, name: str) -> None:
    """What an operator does. Neo4j has stopped its database for good when it could not write, and wants a restart."""
    if name == "neo4j":
        local.process(name).stop()
    local.start(detach=False)


def swell(servers: Servers) -> None:
    """Write to the graph past our code, so that its files have to grow."""
    auth = (servers.neo4j_user, servers.neo4j_password)
    text = "x" * 20_000
    with neo4j.GraphDatabase.driver(servers.neo4j_uri, auth=auth, notifications_min_severity="OFF") as driver:
        try:
            driver.execute_query("UNWIND range(1, 500) AS i CREATE (:Ballast {text: $text + i})", text=text)
        except neo4j.exceptions.Neo4jError as error:
            print("neo4j says", error.code, str(error))
        except neo4j.exceptions.DriverError as error:
            print("the driver says", error)


def large(number: int, draw: random.Random) -> dict[str, Any]:
    """A payment whose record takes some room; it does not get smaller by compression."""
    return movement(number, context={"note": draw.randbytes(7_000).hex()})


async def again(client: httpx.AsyncClient, body: dict[str, Any], tries: int = 600) -> None:
    """Post until it is acknowledged."""
    for _ in range(tries):
        if (await client.post("/api/v1/transactions", json=body)).status_code in {200, 201}:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("it is never taken")


async def is_decided(client: httpx.AsyncClient, key: str) -> bool:
    there = await client.get(f"/api/v1/transactions/{key}")
    decided = await client.get(f"/api/v1/transactions/{key}/decision")
    return there.status_code == decided.status_code == 200
