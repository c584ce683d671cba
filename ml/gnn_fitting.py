"""How the blend learns: three networks and trees, each without a third of the labels, and the weights of both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from msgspec.structs import replace
from numpy.typing import NDArray

from ml.boosting import boosting_arrays, fit_boosting
from ml.calibration import sigmoid_of
from ml.features.catalog import DIGEST
from ml.gnn_blend import KIND, UNLABELLED, Gnn, Seen, blended
from ml.gnn_files import GnnHead, Known, Part
from ml.gnn_graph import flow_graph
from ml.gnn_inputs import net_inputs
from ml.gnn_net import NetConfig
from ml.gnn_scaling import fit_scaling
from ml.gnn_training import train_net
from ml.learned_features import learned_columns
from ml.model import Say
from ml.movements import Floats, Integers, Labels, ModelInputs
from ml.splits import folds_of
from ml.tree_walks import mean_values

FOLDS = 3
# How much of the blend the network may be, from nothing to all.
SHARES = np.linspace(0.0, 1.0, 11)


def fit_blend(inputs: ModelInputs, labels: Labels, *, config: NetConfig, seed: int, say: Say) -> Gnn:
    """Learn from all labels, which are in order of place; `say` hears of every epoch."""
    rows = learned_columns(inputs, inputs.features.names, DIGEST)
    seen, head = _begun(inputs, labels, rows, config, seed)
    epochs = config.epochs_for(seen.graph)
    parts, offsets = [], []
    for fold in range(FOLDS):
        told = _telling(say, fold * epochs, FOLDS * epochs)
        part, offset = _fit_part(seen, labels, fold, config=config, seed=seed, epochs=epochs, told=told)
        parts.append(part)
        offsets.append(offset)
    return _weighed(seen, labels, replace(head, tree_offsets=tuple(offsets)), tuple(parts))


def _begun(inputs: ModelInputs, labels: Labels, rows: Floats, config: NetConfig, seed: int) -> tuple[Seen, GnnHead]:
    """What all parts see, and the head with nothing weighed yet."""
    graph = flow_graph(inputs.movements)
    scaling, flow_scaling = fit_scaling(rows), fit_scaling(graph.told)
    folds, illicit = np.full(len(rows), UNLABELLED), torch.zeros(len(rows))
    folds[labels.places] = folds_of(labels.illicit, FOLDS, seed)
    illicit[labels.places] = torch.from_numpy(labels.illicit.astype(np.float32))
    head = GnnHead(
        kind=KIND,
        features=inputs.features.names,
        feature_digest=DIGEST,
        config=config,
        scaling=scaling,
        flow_scaling=flow_scaling,
        folds=tuple(_known(inputs.movements.keys, labels, folds, fold) for fold in range(FOLDS)),
        tree_offsets=(0.0,) * FOLDS,
        net_weight=0.0,
        tree_weight=0.0,
        offset=0.0,
    )
    net = net_inputs(graph, head.features, scaling(rows), flow_scaling(graph.told))
    return Seen(rows, graph, net, folds, illicit), head


def _known(keys: list[str], labels: Labels, folds: Integers, fold: int) -> Known:
    is_in = folds[labels.places] == fold
    illicit, licit = (labels.places[is_in & which] for which in (labels.illicit, ~labels.illicit))
    return Known([keys[place] for place in illicit], [keys[place] for place in licit])


def _fit_part(
    seen: Seen, labels: Labels, fold: int, *, config: NetConfig, seed: int, epochs: int, told: Callable[[int], None]
) -> tuple[Part, float]:
    """One network and its trees, from the labels that are not of the fold; and what the trees begin with."""
    is_in = seen.folds[labels.places] != fold
    places, illicit = labels.places[is_in], labels.illicit[is_in]
    told(0)
    boosted = fit_boosting(seen.rows[places], illicit, seed + fold)
    trees, offset = boosting_arrays([boosted], 1.0)
    net = train_net(seen.net, places, illicit, config=config, epochs=epochs, seed=seed * FOLDS + fold, told=told)
    return Part(net, trees), offset


def _weighed(seen: Seen, labels: Labels, head: GnnHead, parts: tuple[Part, ...]) -> Gnn:
    """Weigh networks against trees, and calibrate, by what each part says of the fold it did not see."""
    model = Gnn(head, parts)
    at, folds = labels.places, seen.folds[labels.places]
    nets = blended([model.net_says(seen, fold)[at] for fold in range(FOLDS)], folds)
    rows = seen.rows[at]
    trees = blended([mean_values(part.trees, rows) + head.tree_offsets[i] for i, part in enumerate(parts)], folds)
    share = max(SHARES, key=lambda share: _likelihood(labels.illicit, share * nets + (1 - share) * trees))
    slope, offset = sigmoid_of(labels.illicit, share * nets + (1 - share) * trees)
    weights = {"net_weight": slope * float(share), "tree_weight": slope * float(1 - share), "offset": offset}
    return Gnn(replace(head, **weights), parts)


def _likelihood(illicit: NDArray[np.bool_], log_odds: Floats) -> float:
    """How well calibrated log-odds foretell what was found: the mean logarithm, below 0."""
    slope, offset = sigmoid_of(illicit, log_odds)
    calibrated = slope * log_odds + offset
    return -float(np.mean(np.logaddexp(0.0, np.where(illicit, -calibrated, calibrated))))


def _telling(say: Say, before: int, total: int) -> Callable[[int], None]:
    return lambda epoch: say("training networks", before + epoch, total)
