"""What a clock adds to a live answer on the demo graph, and what the largest hubs take."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from bench.columns import read_columns
from bench.figures import Figure, Sizes, Watch, quantile, times_as_long
from bench.ground import Ground
from bench.live import WARM_UP, load_demo, sample_wallets
from graph.clock import NOW, Clock
from graph.exposure import get_exposure
from graph.model import Direction, Exposure
from jobs.services import Services

NAME = "clocks"
# After the last transfer of the demo: the same money, found through transactions instead of flows.
AS_OF = Clock(as_of=datetime(2020, 1, 1, tzinfo=UTC))
HUBS, HUB_LIMIT_S = 20, 0.25
DIRECTIONS: tuple[Direction, Direction] = ("source", "destination")


async def measure_clocks(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Load the demo, ask sampled wallets with and without `as_of` in turn, then its hubs."""
    services = ground.services
    await load_demo(services, ground.report)
    keys = await sample_wallets(services, sizes)
    for key in keys[:WARM_UP]:
        await expose(services, key, sizes.hops, NOW)
        await expose(services, key, sizes.hops, AS_OF)
    without, with_clock = Watch(), Watch()
    for key in keys:
        with without:
            await expose(services, key, sizes.hops, NOW)
        with with_clock:
            await expose(services, key, sizes.hops, AS_OF)
    ground.report(f"clocks: {len(keys)} wallets asked")
    note = f"{sizes.hops} hops, {len(keys)} wallets with inflow, seed {sizes.seed}"
    figures = [
        times_as_long(
            NAME,
            f"exposure as_of, {name}",
            quantile(with_clock.times, part),
            quantile(without.times, part),
            5,
            note=f"{note}; reference: {name} without a clock",
        )
        for name, part in (("p50", 0.5), ("p95", 0.95))
    ]
    return [*figures, await measure_hubs(services, NAME, "demo", sizes)]


async def measure_hubs(services: Services, bench: str, graph_name: str, sizes: Sizes) -> Figure:
    """Ask the wallets with most counterparties both ways, as the API does; every answer has to come in time."""
    flows = await read_columns(services.graph)
    degrees = Counter(flows.sources) + Counter(flows.targets)
    hubs = [key for key, _ in sorted(degrees.items(), key=lambda item: (-item[1], item[0]))[:HUBS]]
    watch, cut = Watch(), 0
    for turn in range(sizes.rounds + 1):
        for key in hubs:
            for direction in DIRECTIONS:
                with watch:
                    found = await expose(services, key, sizes.hops, NOW, direction)
                cut += turn > 0 and not found.exact
    asked = sizes.rounds * len(hubs) * len(DIRECTIONS)
    p95 = quantile(watch.times[-asked:], 0.95)
    return Figure(
        bench=bench,
        name=f"exposure of the {len(hubs)} largest hubs of the {graph_name} graph, p95",
        ours=p95 * 1000,
        unit="ms",
        target="at most 250 ms, exact or not",
        met=p95 <= HUB_LIMIT_S,
        note=f"up to {degrees[hubs[0]]:,} flows; {cut} of {asked} answers said that they were cut, at"
        f" {services.limits_of(None).max_flows:,} flows in reach",
    )


async def expose(services: Services, key: str, hops: int, clock: Clock, direction: Direction = "source") -> Exposure:
    """One live answer."""
    limits = services.limits_of(None)
    return await get_exposure(services.tracing(direction, hops, limits=limits, clock=clock), key)
