"""Payments screened in real time and in bulk: landed, decided, audited, alerts written, with the shipped rules."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from bench.figures import Figure, Sizes, Watch, quantile, times_as_long
from bench.ground import BenchError, Ground, serving
from bench.live import sample_wallets
from bench.posting import post_at_once, post_at_rate, post_bulk, post_in_turn
from bench.replaying import replay_demo
from bench.scoring import load_simulation
from graph.addresses import parse_wallet_key
from graph.model import MICRO, Party, Transaction, format_micro
from jobs.screening import screen_transactions
from jobs.services import Services

NAME, LARGE = "screening", "screening-large"
WARM_UP, CHUNK, CALLERS = 100, 500, 16
TIMES_FLOOR, LIMIT_S, BULK_RATE = 6, 0.1, 1_000


async def measure_screening(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Post what happened in the demo, and then between its wallets."""
    with TemporaryDirectory() as folder:
        replayed = await replay_demo(ground, NAME, Path(folder), sizes, BULK_RATE)
    return [replayed, *await _measure(ground, NAME, "demo", sizes)]


async def measure_large(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Post between wallets of the simulated graph."""
    with TemporaryDirectory() as folder:
        await load_simulation(ground.services, Path(folder), sizes, ground.report)
    return await _measure(ground, LARGE, "simulated", sizes)


async def _measure(ground: Ground, bench: str, graph_name: str, sizes: Sizes) -> list[Figure]:
    services = ground.services
    keys = await sample_wallets(services, msgspec.structs.replace(sizes, asked=100 * sizes.asked))
    drawn = draw_payments(keys, services.settings.reference_currency, sizes.seed)
    ground.report(f"{bench}: one at a time")
    floor, ours = await _one_at_a_time(services, drawn, sizes)
    rules = len((await services.current_book()).rules)
    note = f"{len(ours)} payments between wallets of the {graph_name} graph, seed {sizes.seed}, {rules} rules in force"
    figures = [
        times_as_long(
            bench,
            "screening one payment, p50",
            quantile(ours, 0.5),
            quantile(floor, 0.5),
            TIMES_FLOOR,
            note=f"{note}; p95 {quantile(ours, 0.95) * 1000:.1f} ms, p99 {quantile(ours, 0.99) * 1000:.1f} ms;"
            " reference: RETURN 1 and then one Postgres commit",
        )
    ]
    ground.report(f"{bench}: in bulk")
    driver_rate = await _in_bulk(services, drawn, sizes)
    async with serving(ground) as (host, port):
        ground.report(f"{bench}: over HTTP")
        figures += await _over_http(bench, drawn, (host, port), sizes)
        rates = [await post_bulk(host, port, bodies(drawn, 5 * sizes.asked)) for _ in range(sizes.rounds)]
    rate = sorted(rates)[len(rates) // 2]
    bulk = Figure(
        bench=bench,
        name="bulk screening over HTTP, between wallets drawn at random",
        ours=rate,
        unit="per s",
        reference=driver_rate,
        ratio=rate / driver_rate,
        target=f"at least {BULK_RATE:,} per s",
        met=rate >= BULK_RATE,
        note=f"{5 * sizes.asked:,} lines each, median of {sizes.rounds}; reference: {CHUNK} at a time, without HTTP",
    )
    return [*figures, bulk]


async def _one_at_a_time(
    services: Services, drawn: Iterator[Transaction], sizes: Sizes
) -> tuple[list[float], list[float]]:
    """Seconds of the least that must be done, and of all that is done, in turn."""
    floor, ours = Watch(), Watch()
    warm_up = min(WARM_UP, sizes.asked)
    for payment in islice(drawn, warm_up + sizes.asked):
        with floor:
            await _touch(services)
        with ours:
            await _screen(services, [payment])
    return floor.times[warm_up:], ours.times[warm_up:]


async def _touch(services: Services) -> None:
    """One round trip to the graph, and one row written and committed."""
    await services.graph.read("ping")
    async with services.ledger.transaction() as connection:
        await connection.execute(
            "INSERT INTO figures_counted AS kept (seq) VALUES (0) ON CONFLICT (only_row) DO UPDATE SET seq = kept.seq"
        )


async def _in_bulk(services: Services, drawn: Iterator[Transaction], sizes: Sizes) -> float:
    """Payments a second in chunks, the first of which warms up."""
    size = min(CHUNK, sizes.asked)
    chunks = [list(islice(drawn, size)) for _ in range(1 + 5 * sizes.asked // size)]
    await _screen(services, chunks[0])
    started = perf_counter()
    for chunk in chunks[1:]:
        await _screen(services, chunk)
    return (len(chunks) - 1) * size / (perf_counter() - started)


async def _screen(services: Services, payments: list[Transaction]) -> None:
    done = await screen_transactions(services, payments, actor="bench", trace_id="bench")
    if not all(one.created and one.decision for one in done):
        raise BenchError("a payment was not landed and decided")


async def _over_http(bench: str, drawn: Iterator[Transaction], address: tuple[str, int], sizes: Sizes) -> list[Figure]:
    """One post at a time, as many as it takes at once, and at half that rate."""
    await post_in_turn(*address, bodies(drawn, min(WARM_UP, sizes.asked)))
    alone = await post_in_turn(*address, bodies(drawn, sizes.asked))
    ceiling = await post_at_once(*address, bodies(drawn, 2 * sizes.asked), CALLERS)
    loaded = await post_at_rate(*address, bodies(drawn, 2 * sizes.asked), ceiling / 2, sizes.seed)
    p99 = quantile(loaded, 0.99)
    return [
        Figure(
            bench=bench,
            name="POST /transactions, one at a time, p50",
            ours=quantile(alone, 0.5) * 1000,
            unit="ms",
            note=f"one kept connection, no target; p99 {quantile(alone, 0.99) * 1000:.1f} ms",
        ),
        Figure(bench=bench, name=f"POST /transactions, {CALLERS} callers at once", ours=ceiling, unit="per s"),
        Figure(
            bench=bench,
            name="POST /transactions at half that rate, p99",
            ours=p99 * 1000,
            unit="ms",
            target=f"at most {LIMIT_S * 1000:g} ms",
            met=p99 <= LIMIT_S,
            note=f"{len(loaded)} posts due at random, {ceiling / 2:.0f} a second, each timed from when it was due;"
            f" p50 {quantile(loaded, 0.5) * 1000:.1f} ms",
        ),
    ]


def draw_payments(keys: list[str], currency: str, seed: int) -> Iterator[Transaction]:
    """Payments between wallets drawn at random, of 0.01 to 1,000 units, as of the second in which they are drawn."""
    draw = random.Random(seed)
    for number in count():
        sender, receiver = (parse_wallet_key(key) for key in draw.sample(keys, 2))
        value = int(MICRO * 10 ** draw.uniform(-2, 3))
        yield Transaction(
            network=sender[0],
            id=f"0x{seed:08x}{number:056x}",
            at=datetime.now(UTC).replace(microsecond=0),
            asset=currency,
            amount=format_micro(value),
            value=value,
            inputs=(Party(sender[1], format_micro(value)),),
            outputs=(Party(receiver[1], format_micro(value)),),
        )


def bodies(drawn: Iterator[Transaction], number: int) -> list[bytes]:
    """As many payments as a caller would post them."""
    return [
        msgspec.json.encode(
            {
                "network": one.network,
                "id": one.id,
                "at": one.at,
                "asset": one.asset,
                "amount": one.amount,
                "sender": one.inputs[0].address,
                "receiver": one.outputs[0].address,
            }
        )
        for one in islice(drawn, number)
    ]
