"""The scene of a test: API and worker, what they stand on, and the load under which they are killed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import neo4j
import psycopg

from ledger.schema import migrate
from settings import load_settings
from stack.local import LocalStack
from tests.chaos.journal import Journal
from tests.chaos.processes import Victim, free_port, headwater, wait_until_ready
from tests.chaos.stories import a_mixture, tell_all
from tests.servers import Servers
from tests.stack.conftest import stack_in_folder

SEED = 20261122
# Work of a killed worker is taken over when its lease has run out, 15 s after it was last heard of.
DRAIN_S = 150.0
# Every time the API dies, some requests are between graph and ledger; the worker may be anywhere in its work.
SHARES = {"serve": 3, "worker": 2}
AT_WORK = "SELECT EXISTS (SELECT FROM jobs WHERE name = 'rescreen' AND state = 'running')"


@dataclass
class Scene:
    """Where the API answers, its servers, and who can be killed."""

    url: str
    servers: Servers
    victims: list[Victim]


@dataclass
class Load:
    """How many stories of each kind, and how often everybody is killed meanwhile."""

    payments: int
    labels: int
    runs: int
    rounds: int


def programs(stack: ExitStack, servers: Servers, folder: Path, others: Sequence[Victim], redis_url: str = "") -> Scene:
    """API and worker on the servers, with those killed beside them."""
    port = free_port()
    more = {"redis_url": redis_url} if redis_url else {}
    environ = servers.environ(auth="off", host="127.0.0.1", port=str(port), data_dir=str(folder), **more)
    own = [stack.enter_context(headwater(name, folder / f"{name}.log", environ)) for name in ("serve", "worker")]
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url)
    return Scene(url, servers, [*own, *others])


@contextmanager
def own_servers() -> Iterator[tuple[LocalStack, Servers]]:
    """Servers that nobody else uses: these are killed, too."""
    with stack_in_folder(LocalStack.of(load_settings().stack).cache_dir) as local:
        found = local.start(detach=False, report=print)
        migrate(found.postgres_admin_url)
        yield local, Servers(**{name: getattr(found, name) for name in Servers.__struct_fields__})


@contextmanager
def session(servers: Servers) -> Iterator[neo4j.Session]:
    auth = (servers.neo4j_user, servers.neo4j_password)
    with (
        neo4j.GraphDatabase.driver(servers.neo4j_uri, auth=auth, notifications_min_severity="OFF") as driver,
        driver.session() as opened,
    ):
        yield opened


async def under_load(scene: Scene, load: Load) -> Journal:
    """A scored graph, then everything at once: what clients do, re-screening, and kills."""
    print(f"seed {SEED}")
    rng, journal = random.Random(SEED), Journal()
    await tell_all(scene.url, a_mixture(40, 0, 0, rng, first=1_000_000), journal)
    await scored(scene.url)
    stories = a_mixture(load.payments, load.labels, load.runs, rng)
    telling = asyncio.create_task(tell_all(scene.url, stories, journal))
    killed = await _mischief(scene, load.rounds, rng, telling)
    await telling
    print("killed", killed, "answers cut", journal.cut, "refused", journal.refused)
    assert journal.cut, "no kill hit a request"
    await asyncio.to_thread(wait_until_ready, scene.url, 120.0)
    return journal


async def scored(url: str) -> None:
    """A scoring run, from its request to its end."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        run = (await client.post("/api/v1/scoring-runs")).json()["run"]["id"]
        limit = time.monotonic() + DRAIN_S
        while not (await client.get(f"/api/v1/scoring-runs/{run}")).json().get("finished_at"):
            assert time.monotonic() < limit, f"{run} did not end"
            await asyncio.sleep(0.2)


async def _mischief(scene: Scene, rounds: int, rng: random.Random, telling: asyncio.Task[None]) -> list[str]:
    """Kill everybody in each round, at random moments, the worker in the middle of its work."""
    killed, once = [], [victim for victim in scene.victims for _ in range(SHARES.get(victim.name, 1))]
    for victim in (one for _ in range(rounds) for one in rng.sample(once, len(once))):
        if victim.name == "worker":
            await asyncio.to_thread(_wait_for_work, scene.servers)
        await asyncio.sleep(rng.uniform(0.1, 1.0))
        await asyncio.to_thread(victim.kill)
        killed.append(f"{victim.name}{' after the load' if telling.done() else ''}")
        await asyncio.sleep(rng.uniform(0.1, 0.5))
        await asyncio.to_thread(victim.start)
        if victim.name == "serve":
            await asyncio.to_thread(wait_until_ready, scene.url)
    return killed


def _wait_for_work(servers: Servers, tries: int = 200) -> None:
    """Until a re-screening runs, but not for ever."""
    with psycopg.connect(servers.postgres_url, autocommit=True) as connection:
        for _ in range(tries):
            if connection.execute(AT_WORK).fetchone() == (True,):
                return
            time.sleep(0.02)
