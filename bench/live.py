"""Live exposure on the demo graph against one round trip to the database, and over HTTP beside it."""

from __future__ import annotations

import asyncio
import random
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from bench.columns import compare_columns, read_columns
from bench.figures import Figure, Report, Sizes, Watch, quantile, times_as_long
from bench.ground import BenchError, Ground, serving
from bench.ingest import unheard
from graph.exposure import get_exposure
from jobs.importing import import_transactions
from jobs.importing_attributions import import_attributions
from jobs.services import Services

NAME = "live"
DEMO = Path(__file__).parent.parent / "data" / "demo"
MAPPING = {
    "id": "id",
    "at": "timestamp",
    "sender": "sender",
    "receiver": "receiver",
    "amount": "amount_eth",
}
WARM_UP = 100


async def measure_live(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Load the demo, then ask for sampled wallets, one round trip before each answer."""
    services = ground.services
    await load_demo(services, ground.report)
    keys = await sample_wallets(services, sizes)
    for key in keys[:WARM_UP]:
        await _expose(services, key, sizes.hops)
    ping, ours = Watch(), Watch()
    for key in keys:
        with ping:
            await services.graph.read("ping")
        with ours:
            await _expose(services, key, sizes.hops)
    ground.report(f"live: {len(keys)} wallets asked")
    note = f"{sizes.hops} hops, {len(keys)} wallets with inflow, seed {sizes.seed}; reference: p50 of RETURN 1"
    figures = [
        times_as_long(NAME, f"live exposure {name}", quantile(ours.times, part), ping.median, most, note=note)
        for name, part, most in (("p50", 0.5, 3), ("p95", 0.95, 10))
    ]
    figures += await _over_http(ground, keys, sizes.hops)
    return figures + await compare_columns(services, NAME, "demo", 5 * sizes.rounds)


async def load_demo(services: Services, report: Report, transfers: Path = DEMO / "transfers.csv.gz") -> None:
    """Land the demo's transfers, or some of them, and its attributions, unscreened."""
    report("live: loading the demo")
    await import_transactions(
        services,
        transfers,
        network="eth",
        asset="ETH",
        mapping=MAPPING,
        screening=False,
        actor="bench",
        tell=unheard,
    )
    await import_attributions(services, DEMO / "attributions.csv", actor="bench", tell=unheard)


async def sample_wallets(services: Services, sizes: Sizes) -> list[str]:
    """Wallets with inflow, drawn with the seed."""
    flows = await read_columns(services.graph)
    receiving = {target for source, target in zip(flows.sources, flows.targets, strict=True) if source != target}
    return random.Random(sizes.seed).sample(sorted(receiving), min(sizes.asked, len(receiving)))


async def _expose(services: Services, key: str, hops: int) -> None:
    await get_exposure(services.tracing("source", hops, limits=services.limits_of(None)), key)


async def _over_http(ground: Ground, keys: list[str], hops: int) -> list[Figure]:
    """The same questions to the API in a process of its own, and its liveness beside them."""
    paths = [f"/api/v1/wallets/{quote(key)}/exposure?direction=source&hops={hops}" for key in keys]
    async with serving(ground) as (host, port):
        health, ours = await asyncio.to_thread(_ask_in_turn, host, port, paths)
    note = "one kept connection, no target"
    return [
        Figure(bench=NAME, name=name, ours=quantile(times, part) * 1000, unit="ms", note=note)
        for name, times, part in (
            ("GET /health p50", health, 0.5),
            ("GET exposure over HTTP p50", ours, 0.5),
            ("GET exposure over HTTP p95", ours, 0.95),
        )
    ]


def _ask_in_turn(host: str, port: int, paths: list[str]) -> tuple[list[float], list[float]]:
    connection = HTTPConnection(host, port, timeout=10)
    health, ours = Watch(), Watch()
    for path in paths[:WARM_UP]:
        _get(connection, path)
    for path in paths:
        with health:
            _get(connection, "/health")
        with ours:
            _get(connection, path)
    connection.close()
    return health.times, ours.times


def _get(connection: HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise BenchError(f"GET {path} answered {response.status}: {body[:300]!r}")
