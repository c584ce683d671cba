"""All features of a simulated graph against reading the columns they are made of, and those of one wallet."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure, Sizes, Watch, quantile
from bench.ground import BenchError, Ground
from bench.scoring import load_simulation
from graph.movement_columns import read_movements
from jobs.model_inputs import inputs_from, read_own_inputs
from jobs.services import Services
from ml.features.catalog import OWN_NAMES, compute_own
from ml.features.rows import WINDOW
from ml.movements import ModelInputs

NAME, TARGET = "features", 10.0


async def measure_features(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Load the simulated graph, then read it and compute from it in turn."""
    services = ground.services
    with TemporaryDirectory() as folder:
        await load_simulation(services, Path(folder), sizes, ground.report)
    ground.report("features: all wallets")
    reading, computing = Watch(), Watch()
    for _ in range(sizes.rounds):
        with reading:
            columns, _ = await read_movements(services.graph, services.taxonomy)
        with computing:
            inputs = inputs_from(columns, services.taxonomy)
    ratio = computing.median / reading.median
    note = f"{len(inputs.features.names)} features of {inputs.movements.wallets:,} wallets, {len(inputs.movements):,}"
    figures = [
        Figure(
            bench=NAME,
            name="features of all wallets, against reading the columns",
            ours=computing.median,
            unit="s",
            reference=reading.median,
            ratio=ratio,
            target=f"at most {TARGET:g} x as long",
            met=ratio <= TARGET,
            note=f"{note} movements; reference: wallets, movements and attributions read from the graph",
        )
    ]
    ground.report("features: one wallet")
    return figures + await _one_wallet(services, inputs, sizes)


async def _one_wallet(services: Services, inputs: ModelInputs, sizes: Sizes) -> list[Figure]:
    """Wallets drawn at random, and the busiest; each has the numbers that the batch gave it."""
    keys, degrees = inputs.movements.keys, inputs.features.values[:, :2].sum(axis=1)
    drawn = random.Random(sizes.seed).sample(range(len(keys)), min(sizes.sample, len(keys)))
    busiest = int(degrees.argmax())
    usual, hub = Watch(), Watch()
    for watch, places in ((usual, drawn), (hub, [busiest] * min(len(drawn), 20))):
        for place in places:
            with watch:
                alone = await read_own_inputs(services, [keys[place]])
                own = compute_own(alone).values[alone.keys.index(keys[place])]
            if abs(own - inputs.features.values[place, : len(OWN_NAMES)]).max() > 1e-9:
                raise BenchError(f"{keys[place]}: other features by itself than in the batch")
    return [
        _p95("own features of one wallet, read and computed", usual, f"{len(OWN_NAMES)} features, equal to the batch"),
        _p95("own features of the busiest wallet, read and computed", hub, f"of its newest {WINDOW} movements a side"),
    ]


def _p95(name: str, watch: Watch, note: str) -> Figure:
    p95 = quantile(watch.times, 0.95) * 1000
    return Figure(
        bench=NAME, name=f"{name}, p95", ours=p95, unit="ms", note=f"{note}; p50 {watch.median * 1000:.1f} ms"
    )
