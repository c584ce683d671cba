"""What-ifs of wallets with illicit money behind them against their live exposure, in turn, on the demo."""

from __future__ import annotations

from bench.figures import Figure, Sizes, Watch, quantile, times_as_long
from bench.ground import BenchError, Ground
from bench.live import load_demo, sample_wallets
from graph.exposure import get_exposure, get_stops
from graph.overlays import Overlay
from graph.stops import StopLedger
from graph.what_if import what_if
from jobs.services import Services

NAME = "what-if"
SOURCE = "forta-network/labelled-datasets (MIT)"
WARM_UP = 20


async def measure_what_if(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Ask for wallets with an illicit stop: as they are, if that stop were a service, if its source were revoked."""
    services = ground.services
    await load_demo(services, ground.report)
    asked = await _with_illicit(services, await sample_wallets(services, sizes), sizes.hops)
    if not asked:
        raise BenchError("no wallet of the sample has illicit money behind it")
    live, service, revoked = Watch(), Watch(), Watch()
    first = asked[:WARM_UP]
    for round_, (key, stop) in enumerate([*first, *asked]):
        tracing = services.tracing("source", sizes.hops, limits=services.limits_of(None))
        a_service = Overlay(categories={stop: "exchange"})
        unheard = Overlay(without_sources=frozenset({SOURCE}))
        with live:
            await get_exposure(tracing, key)
        with service:
            await what_if(tracing, key, a_service)
        with revoked:
            await what_if(tracing, key, unheard)
        if round_ == len(first) - 1:
            for watch in (live, service, revoked):
                watch.times.clear()
    note = f"{sizes.hops} hops, {len(asked)} wallets with illicit money, seed {sizes.seed}; reference: live exposure"
    return [
        times_as_long(NAME, f"{name} {which}", quantile(w.times, part), quantile(live.times, part), 3, note=note)
        for name, w in (("a stop supposed a service", service), ("a source left out", revoked))
        for which, part in (("p50", 0.5), ("p95", 0.95))
    ]


async def _with_illicit(services: Services, keys: list[str], hops: int) -> list[tuple[str, str]]:
    """Wallets that have illicit money behind them, each with the largest such stop."""
    found = []
    for key in keys:
        ledger = await get_stops(services.tracing("source", hops, limits=services.limits_of(None)), key, limit=1_000)
        if stop := _largest(ledger, services):
            found.append((key, stop))
    return found


def _largest(ledger: StopLedger, services: Services) -> str | None:
    illicit = (stop.wallet for stop in ledger.stops if stop.category in services.taxonomy.illicit)
    return next(illicit, None)
