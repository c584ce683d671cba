"""Payments from Kafka against the same number over HTTP in bulk, in turn, on the same servers."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import msgspec

from bench.figures import Figure, Sizes
from bench.ground import BenchError, Ground, child, serving
from bench.live import load_demo
from bench.posting import post_bulk
from bench.replaying import split_demo
from jobs.kafka_client import Outgoing, open_publisher
from jobs.services import Services
from stack.local import LocalStack
from stack.processes import KAFKA

NAME, TARGET = "kafka", 0.8
# A round and the one that warms up, each once over HTTP and once over Kafka.
WAYS, POLL_S, PATIENCE_S = 2, 0.02, 300.0


async def measure_kafka(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Half of the demo's later payments are posted in bulk, half are put into the topic, part by part in turn."""
    folder = Path(tempfile.mkdtemp(prefix="headwater-bench-kafka-"))
    try:
        history, bodies = split_demo(folder)
        await load_demo(ground.services, ground.report, history)
        size = min(len(bodies) // (WAYS * (sizes.rounds + 1)), 5 * sizes.asked)
        parts = [bodies[start : start + size] for start in range(0, WAYS * (sizes.rounds + 1) * size, size)]
        async with _kafka(ground, folder) as url, serving(ground) as address:
            return [await _in_turn(ground, parts, url, address, folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _kafka(ground: Ground, folder: Path) -> AsyncIterator[str]:
    """The broker of the settings, or one of its own."""
    settings = ground.services.settings
    if settings.kafka.kafka_url:
        yield settings.kafka.kafka_url
        return
    stack = LocalStack(folder / "kafka", LocalStack.of(settings.stack).cache_dir)
    try:
        yield stack.start((KAFKA,), detach=False, report=ground.report).kafka_url
    finally:
        await asyncio.to_thread(stack.stop)


async def _in_turn(
    ground: Ground, parts: Sequence[Sequence[bytes]], url: str, address: tuple[str, int], folder: Path
) -> Figure:
    own = folder.name
    topics = {"kafka_transactions": f"in-{own}", "kafka_dead_letters": f"dead-{own}", "kafka_group": own}
    posted, consumed = list[float](), list[float]()
    async with child(ground, "consume", folder / "consume.log", kafka_url=url, **topics):
        for bulk, messages in zip(parts[::WAYS], parts[1::WAYS], strict=True):
            ground.report(f"{NAME}: round {len(posted)} of {len(parts) // WAYS - 1}")
            posted.append(await post_bulk(*address, bulk))
            consumed.append(await _consume(ground.services, url, topics["kafka_transactions"], messages))
    rate, reference = median(consumed[1:]), median(posted[1:])
    return Figure(
        bench=NAME,
        name="payments from Kafka, against the same number in bulk over HTTP",
        ours=rate,
        unit="per s",
        reference=reference,
        ratio=rate / reference,
        target=f"at least {TARGET:g} x as fast",
        met=rate >= TARGET * reference,
        note=f"the demo's own payments, {len(parts[0]):,} each, median of {len(posted) - 1}; from the first message"
        " sent to the last decision",
    )


async def _consume(services: Services, url: str, topic: str, bodies: Sequence[bytes]) -> float:
    """Payments a second, from the first message sent to the last decision; raises BenchError if they do not come."""
    wanted = await _decisions(services) + len(bodies)
    messages = [Outgoing(topic, msgspec.json.decode(body)["sender"].encode(), body, ()) for body in bodies]
    async with open_publisher(url) as publisher:
        started = perf_counter()
        await publisher.publish(messages)
    while (found := await _decisions(services)) < wanted:
        if perf_counter() - started > PATIENCE_S:
            raise BenchError(f"of {len(bodies)} messages {wanted - found} were not decided in {PATIENCE_S:.0f} s")
        await asyncio.sleep(POLL_S)
    return len(bodies) / (perf_counter() - started)


async def _decisions(services: Services) -> int:
    async with services.ledger.read() as connection:
        row = await (await connection.execute("SELECT count(*) AS number FROM decisions")).fetchone()
    return int(row["number"]) if row else 0
