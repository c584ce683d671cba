"""What it takes models to say something: the forest beside scikit-learn's, the network beside PyG's message passing."""

from __future__ import annotations

import asyncio

import numpy as np
import torch
from sklearn.ensemble import IsolationForest

from bench.figures import Figure, Sizes, Watch, quantile, times_as_long
from bench.ground import BenchError, Ground
from bench.models.sets import SECOND, movements_of
from bench.pyg_passing import PassingNet
from jobs.simulation import simulate_columns
from ml.features.catalog import compute_own
from ml.gnn_files import NET_COLUMNS
from ml.gnn_graph import flow_graph
from ml.gnn_inputs import NetInputs, net_inputs
from ml.gnn_net import NetConfig, new_net
from ml.gnn_scaling import fit_scaling
from ml.gnn_training import seeded, torch_threads
from ml.isolation import SAMPLES, TREES, Isolation, fit_isolation
from ml.model import say_nothing
from ml.movements import Attributed, Floats, ModelInputs, Movements
from ml.threads import limited_threads

NAME = "inference"
FOREST_TARGET, ONE_TARGET_MS, NET_TARGET = 1.1, 5.0, 1.0
THREADS = 2


async def measure_inference(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Measure on a simulated graph that never leaves memory."""
    return await asyncio.to_thread(_measured, ground, sizes)


def _measured(ground: Ground, sizes: Sizes) -> list[Figure]:
    drawn = simulate_columns(sizes.seed, sizes.wallets, sizes.transactions)
    movements, _ = movements_of(drawn.addresses, drawn.sender, drawn.receiver, drawn.value, drawn.at * SECOND)
    ground.report(f"{NAME}: isolation forest")
    figures = _forest(movements, sizes)
    ground.report(f"{NAME}: network")
    return [*figures, _network(movements, sizes)]


def _forest(movements: Movements, sizes: Sizes) -> list[Figure]:
    """Both forests are of the same trees, on one thread each, and must say the same."""
    inputs = ModelInputs(movements, Attributed.none(movements.wallets), compute_own(movements))
    fitted = fit_isolation(inputs, seed=sizes.seed, threads=1, say=say_nothing).model
    if not isinstance(fitted, Isolation):
        raise BenchError(f"{type(fitted).__name__} is no forest")
    rows = fitted.rows(inputs)
    ours, theirs = Watch(), Watch()
    with limited_threads(1):
        bare = IsolationForest(n_estimators=TREES, max_samples=SAMPLES, random_state=sizes.seed).fit(rows)
        for _ in range(sizes.rounds):
            with theirs:
                reference = bare.score_samples(rows)
            with ours:
                raw = fitted.raw(rows)
    _need_same_order(raw, reference)
    whole = times_as_long(NAME, "isolation forest, all wallets", ours.median, theirs.median, FOREST_TARGET)
    return [whole, _one_wallet(fitted, rows, sizes)]


def _need_same_order(raw: Floats, reference: Floats) -> None:
    """Ours is a mean path length, theirs 2 to the power of it: what one holds more novel, so must the other."""
    theirs = np.log2(-reference)
    if not np.corrcoef(raw, theirs)[0, 1] > 1 - 1e-9:
        raise BenchError("the two forests disagree")


def _one_wallet(fitted: Isolation, rows: Floats, sizes: Sizes) -> Figure:
    """A value, as a payment asks for it."""
    watch = Watch()
    for row in rows[: sizes.sample]:
        with watch:
            fitted.calibration(fitted.raw(row[None]))
    p95 = quantile(watch.times, 0.95) * 1000
    return Figure(
        bench=NAME,
        name="isolation forest, one wallet, p95",
        ours=p95,
        unit="ms",
        target=f"at most {ONE_TARGET_MS:g} ms",
        met=p95 <= ONE_TARGET_MS,
        note=f"{len(watch.times)} wallets, features given; p50 {watch.median * 1000:.2f} ms",
    )


def _network(movements: Movements, sizes: Sizes) -> Figure:
    """Weights are random: what they are takes no time."""
    graph = flow_graph(movements)
    given = net_inputs(graph, fit_scaling(graph.told)(graph.told))
    ours, theirs = Watch(), Watch()
    with seeded(sizes.seed), torch_threads(THREADS), torch.inference_mode():
        known = torch.cat([torch.randn(graph.wallets, NET_COLUMNS), _nothing_known(given)], dim=1)
        net = new_net(NetConfig(), NET_COLUMNS, graph.told.shape[1]).eval()
        passing = PassingNet(net, given)
        for _ in range(sizes.rounds):
            with theirs:
                reference = passing(known)
            with ours:
                said, _ = net(known, *given.flows)
    if not torch.allclose(said, reference, atol=1e-3):
        raise BenchError("the two networks disagree")
    note = f"{graph.wallets:,} wallets, {len(graph):,} flows, {THREADS} threads, one network of the blend's five"
    return times_as_long(NAME, "network, all wallets", ours.median, theirs.median, NET_TARGET, note=note)


def _nothing_known(given: NetInputs) -> torch.Tensor:
    return given.with_labels(torch.empty(0, dtype=torch.int64), torch.empty(0))
