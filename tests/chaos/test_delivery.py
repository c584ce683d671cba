"""kill -9 of every process while payments come over HTTP and Kafka, one to five times each.

Each payment is landed and decided once, every alert event reaches every reader in one sequence, the chain holds, and
the reconciler finds nothing left. The seed fixes what is sent and who dies; the interleaving is the machine's.
SIGKILL is not power loss: the page cache survives.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import neo4j
import pytest
from msgspec import Struct

from graph.schema import prepare
from jobs.kafka_publishing import ALERTS, DECISIONS
from jobs.reconciling import new_sweep, reconcile
from jobs.services import Services, open_services
from jobs.verifying import verify_ledger
from ledger import kafka as cursors
from ledger.schema import migrate
from settings import KafkaSettings, Settings, load_settings
from stack.local import LocalStack
from stack.processes import EVERY_PART
from tests.chaos.flood import POISON, SCAMMERS, Flood, Known, payment, sends
from tests.chaos.havoc import drawn_order, under_fire
from tests.chaos.processes import Part, Victim, free_port, headwater, wait_until_ready
from tests.chaos.readers import Told, reading
from tests.chaos.reckoning import compare_readers, compare_stores, events_of, told_by_kafka
from tests.chaos.scene import session
from tests.jobs.kafka_ground import committed, make_topic, read, until
from tests.jobs.receiver import Receiver
from tests.reliability import percentile, record
from tests.servers import Servers
from tests.stack.conftest import stack_in_folder

SEED = 20261123
PROGRAMS = ("serve", "worker", "consume")
PARTITIONS = 4
DRAIN_S = 240.0
TOPICS = KafkaSettings()


class Stage(Struct):
    """Where the API answers, its servers with Kafka, and who can be killed."""

    url: str
    settings: Settings
    servers: Servers
    victims: list[Victim]

    @property
    def kafka(self) -> str:
        return self.settings.kafka.kafka_url


@pytest.mark.timeout(1_200)
async def test_a_thousand_payments_survive_a_kill_of_everybody(tmp_path: Path) -> None:
    await survive(tmp_path, payments=1_000, rounds=1)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
async def test_ten_thousand_payments_survive_twenty_kills_of_everybody(tmp_path: Path) -> None:
    await survive(tmp_path, payments=10_000, rounds=20)


async def survive(folder: Path, *, payments: int, rounds: int) -> None:
    print(f"seed {SEED}")
    rng, began = random.Random(SEED), time.monotonic()
    async with on_stage(folder) as stage, Receiver.open() as receiver:
        await _label(stage.url)
        flood, everything = Flood(stage.url, stage.kafka, TOPICS.kafka_transactions, rng), sends(payments, rng)
        async with reading(stage.url, receiver) as told:
            order = drawn_order(stage.victims, rounds, rng)
            timeline = await under_fire(flood, everything, order, stage.url, rng)
            async with open_services(stage.settings, retry_s=30) as services:
                await _drained(services, stage, told)
                timeline.say("everything is told")
                assert flood.known.acknowledged == {f"acct:d{number}" for number in range(payments)}
                await _reckon(services, stage, flood, told)
                timeline.say("everything is compared")
    print(_summary(flood, told))
    assert flood.known.cut and timeline.late == []
    record(
        f"exactly once over HTTP and Kafka, {rounds} x kill -9 of everybody",
        n=payments,
        failures=0,
        sends=len(everything),
        kills=timeline.kills,
        p50=percentile(timeline.ready_s, 0.5),
        p99=percentile(timeline.ready_s, 0.99),
        seed=SEED,
        seconds=round(time.monotonic() - began, 1),
    )


@asynccontextmanager
async def on_stage(folder: Path) -> AsyncIterator[Stage]:
    """Servers of its own, which are killed, too, and our three programs on them."""
    with ExitStack() as stack:
        local = stack.enter_context(stack_in_folder(LocalStack.of(load_settings().stack).cache_dir))
        found = local.start(EVERY_PART, detach=False, report=print)
        migrate(found.postgres_admin_url)
        servers = Servers(**{name: getattr(found, name) for name in Servers.__struct_fields__})
        port = free_port()
        own = {"kafka_url": found.kafka_url, "kafka_from": "beginning", "webhook_allow": "127.0.0.0/8"}
        own |= {"webhook_retries": "0.5,1,2,5,5,5,5,5,5,5", "auth": "off", "host": "127.0.0.1", "port": str(port)}
        environ = servers.environ(**own, data_dir=str(folder))
        settings = load_settings(environ)
        await prepare(settings.graph, "USD")
        await make_topic(found.kafka_url, TOPICS.kafka_transactions, PARTITIONS)
        programs = [stack.enter_context(headwater(name, folder / f"{name}.log", environ)) for name in PROGRAMS]
        url = f"http://127.0.0.1:{port}"
        yield Stage(url, settings, servers, [*programs, *(Part(local, name, EVERY_PART) for name in EVERY_PART)])


async def _label(url: str) -> None:
    """Some wallets are known for fraud, so that what they pay is an alert."""
    await asyncio.to_thread(wait_until_ready, url, 240.0)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for number in range(SCAMMERS):
            body = {"wallet": f"acct:w{number}", "category": "scam", "source": "chaos"}
            answer = await client.post("/api/v1/attributions", json=body)
            assert answer.is_success, answer.text


async def _drained(services: Services, stage: Stage, told: Sequence[Told]) -> None:
    """Until every message is consumed, every event told: all of it by itself."""

    async def is_consumed() -> bool:
        done = await committed(stage.kafka, stage.settings, PARTITIONS)
        there = len(await read(stage.kafka, TOPICS.kafka_transactions, 0))
        return sum(done.values()) >= there

    async def is_told() -> bool:
        async with services.ledger.read() as connection:
            out = await cursors.find_publishing(connection)
        expected = events_of(stage.servers, ALERTS)
        return out is not None and out.lag == 0 and all(expected.keys() <= one.seqs.keys() for one in told)

    await until(is_consumed, DRAIN_S)
    await until(is_told, DRAIN_S)


async def _reckon(services: Services, stage: Stage, flood: Flood, told: Sequence[Told]) -> None:
    known, expected = flood.known, events_of(stage.servers, ALERTS)
    assert known.odd == []
    with session(stage.servers) as cypher:
        assert compare_stores(known, stage.servers, cypher) == []
    assert len(expected) >= len(known.acknowledged) // 20
    topic = told_by_kafka("topic", await read(stage.kafka, TOPICS.kafka_alerts, len(expected)))
    assert compare_readers(expected, [*told, topic], ordered=("feed", "stream")) == []
    decided = events_of(stage.servers, DECISIONS)
    decisions = told_by_kafka("decisions", await read(stage.kafka, TOPICS.kafka_decisions, len(decided)))
    assert compare_readers(decided, [decisions], ordered=()) == []
    letters = await read(stage.kafka, TOPICS.kafka_dead_letters, known.poison)
    assert {letter.value for letter in letters} <= set(POISON)
    assert (await verify_ledger(services, _quiet)).findings == []
    sweep = await new_sweep(services, everything=True, repairing=False)
    sweep.grace_s = 0
    await reconcile(sweep)
    assert sweep.findings == []
    with session(stage.servers) as cypher:
        _spoil_stores(known, stage, cypher)
    _spoil_readers(expected, [*told, topic])


def _spoil_stores(known: Known, stage: Stage, cypher: neo4j.Session) -> None:
    """Negative control: what a client gave up, and a transaction that is another one, are named."""
    lost = replace(known, by_http={*known.by_http, "acct:given-up"})
    assert any("acct:given-up" in text for text in compare_stores(lost, stage.servers, cypher))
    key = f"acct:{payment(0)['id']}"
    cypher.run("MATCH (t:Transaction {key: $key}) SET t.key = t.key + '-again'", key=key).consume()
    assert any(text.startswith("graph:") and key in text for text in compare_stores(known, stage.servers, cypher))


def _spoil_readers(expected: dict[int, str], told: Sequence[Told]) -> None:
    """Negative control: an event that did not reach a reader, or reached it late, is named."""
    seq = next(iter(expected))
    for one in told:
        kind = one.seqs.pop(seq)
        found = compare_readers(expected, told, ordered=())
        assert found == [f"{one.name} was not told of [{seq}] (1)"]
        one.seqs[seq] = kind
    assert compare_readers(expected, told, ordered=("stream",)) == []
    told[1].backwards.append((2, 1))
    assert compare_readers(expected, told, ordered=("stream",)) == ["stream went backwards: [(2, 1)]"]


def _summary(flood: Flood, told: Sequence[Told]) -> str:
    known = flood.known
    read_by = {one.name: {"events": len(one.seqs), "again": one.repeated, "cut": one.cut} for one in told}
    ways = {"http": len(known.by_http), "kafka": len(known.by_kafka), "both": len(known.by_http & known.by_kafka)}
    return f"{ways} cut {known.cut} refused {known.refused} poison {known.poison} readers {read_by}"


def _quiet(text: str) -> None:
    assert text
