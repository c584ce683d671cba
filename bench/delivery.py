"""From a committed alert to whoever reads the stream: at a steady rate of alerts, with many other readers."""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect

from bench.figures import Figure, Sizes, quantile
from bench.ground import BenchError, Ground, serving
from bench.live import DEMO, load_demo, sample_wallets
from bench.posting import post_at_rate, post_in_turn
from graph.addresses import parse_wallet_key
from graph.taxonomy import Taxonomy

NAME = "delivery"
RATE, OTHERS, WARM_UP = 20.0, 50, 50
LIMIT_S, PATIENCE_S = 0.25, 60.0


class _Told(Struct):
    """As much of a message as is measured."""

    type: str
    subject: str = ""
    time: datetime | None = None


class _Listener:
    """Reads a stream; keeps how long after its event's time each new alert was told."""

    def __init__(self) -> None:
        self.lags: dict[str, float] = {}

    async def read(self, client: ClientConnection) -> None:
        """Read until cancelled."""
        decode = msgspec.json.Decoder(_Told).decode
        async for message in client:
            heard = datetime.now(UTC)
            told = decode(message)
            if told.type == "alert.opened" and told.time is not None:
                self.lags[told.subject] = (heard - told.time).total_seconds()


async def measure_delivery(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Post payments out of wallets on the demo's lists, each of which opens an alert, and listen."""
    await load_demo(ground.services, ground.report)
    receivers = await sample_wallets(ground.services, sizes)
    warm_up = min(WARM_UP, sizes.asked)
    bodies = _bodies(ground.services.taxonomy, receivers, warm_up + sizes.asked, sizes.seed)
    async with serving(ground) as (host, port), _listening(host, port) as (ours, others):
        ground.report(f"{NAME}: {len(bodies)} payments, {RATE:g} a second")
        await post_in_turn(host, port, bodies[:warm_up])
        await _heard(ours, warm_up)
        early = set(ours.lags)
        answers = await post_at_rate(host, port, bodies[warm_up:], RATE, sizes.seed)
        for listener in (ours, *others):
            await _heard(listener, len(bodies))
    lags = [lag for alert, lag in ours.lags.items() if alert not in early]
    rest = [lag for one in others for alert, lag in one.lags.items() if alert not in early]
    return [_figure(part, lags, rest, answers, limit_s=limit) for part, limit in ((0.5, None), (0.99, LIMIT_S))]


def _figure(
    part: float, lags: list[float], others: list[float], answers: list[float], *, limit_s: float | None
) -> Figure:
    lag = quantile(lags, part)
    return Figure(
        bench=NAME,
        name=f"alert to WebSocket, p{part * 100:g}",
        ours=lag * 1000,
        unit="ms",
        target="" if limit_s is None else f"at most {limit_s * 1000:g} ms",
        met=None if limit_s is None else lag <= limit_s,
        note=f"{len(lags)} alerts, {RATE:g} a second at random, {OTHERS} other readers (theirs:"
        f" {quantile(others, part) * 1000:.1f} ms); from the event's `time`, which Postgres takes before the commit, to"
        f" the message in a client on this machine; POST answered in {quantile(answers, part) * 1000:.1f} ms",
    )


@asynccontextmanager
async def _listening(host: str, port: int) -> AsyncIterator[tuple[_Listener, list[_Listener]]]:
    """One listener whose times are reported, and the others."""
    listeners = [_Listener() for _ in range(1 + OTHERS)]
    async with AsyncExitStack() as stack:
        tasks = []
        for one in listeners:
            client = await stack.enter_async_context(connect(f"ws://{host}:{port}/api/v1/alerts/stream"))
            tasks.append(asyncio.create_task(one.read(client)))
        try:
            yield listeners[0], listeners[1:]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _heard(listener: _Listener, count: int) -> None:
    """Wait until so many alerts were told; raises BenchError where some never are."""
    for _ in range(int(PATIENCE_S / 0.05)):
        if len(listener.lags) >= count:
            return
        await asyncio.sleep(0.05)
    raise BenchError(f"{len(listener.lags)} of {count} alerts were told")


def _bodies(taxonomy: Taxonomy, receivers: list[str], count: int, seed: int) -> list[bytes]:
    """Payments out of wallets that the demo's lists call illicit."""
    with (DEMO / "attributions.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["category"] in taxonomy.illicit]
    draw, now = random.Random(seed), datetime.now(UTC).replace(microsecond=0)
    return [
        msgspec.json.encode(
            {
                "network": "eth",
                "id": f"delivery-{seed}-{number}",
                "at": now,
                "asset": "ETH",
                "amount": "1.5",
                "sender": draw.choice(rows)["address"],
                "receiver": parse_wallet_key(draw.choice(receivers))[1],
            }
        )
        for number in range(count)
    ]
