"""How the blend learns: five parts, each without a fifth of the labels, and the weights of networks and trees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from msgspec.structs import replace
from numpy.typing import NDArray

from ml.boosting import boosting_arrays, fit_boosting
from ml.calibration import sigmoid_of
from ml.features.catalog import ATTRIBUTED_NAMES, DIGEST
from ml.gnn_blend import KIND, UNLABELLED, Gnn, Heard, Seen, blended, hear, hear_columns, trees_say
from ml.gnn_files import GnnHead, Known, Part
from ml.gnn_graph import flow_graph
from ml.gnn_inputs import net_inputs
from ml.gnn_net import NetConfig
from ml.gnn_scaling import fit_scaling
from ml.gnn_training import View, train_net
from ml.learned_features import learned_columns
from ml.model import Say
from ml.movements import Floats, Integers, Labels, ModelInputs
from ml.splits import folds_of
from ml.tree_arrays import TreeArrays

FOLDS = 5
# How much of the blend the network may be, from nothing to all.
SHARES = np.linspace(0.0, 1.0, 11)


def fit_blend(inputs: ModelInputs, labels: Labels, *, config: NetConfig, seed: int, say: Say) -> Gnn:
    """Learn from all labels, which are in order of place; `say` hears of every epoch."""
    rows = learned_columns(inputs, inputs.features.names, DIGEST)
    seen, head = _begun(inputs, labels, rows, config, seed)
    epochs = config.epochs_for(seen.graph)
    # What rests on attributions would tell a neighbour, and so the wallet itself, what the wallet is labelled.
    own = np.where([name in ATTRIBUTED_NAMES for name in head.features], 0.0, rows)
    say("boosting trees", 0, FOLDS * epochs)
    trees, offsets = zip(
        *(_boosted(own, labels, _others(seen, labels, fold), seed + fold) for fold in range(FOLDS)), strict=True
    )
    said = trees_say(trees, offsets, rows)
    columns = hear_columns(seen, said)
    head = replace(head, tree_offsets=offsets)
    all_heard = hear(seen, said, columns)
    parts, later_offsets = [], []
    for fold in range(FOLDS):
        told = _telling(say, fold * epochs, FOLDS * epochs)
        later, offset = _later(seen, labels, columns, fold, seed)
        views = [_view(seen, labels, heard, other) for other, heard in enumerate(all_heard) if other != fold]
        net = train_net(seen.net, views, config=config, epochs=epochs, seed=seed * FOLDS + fold, told=told)
        parts.append(Part(trees[fold], net, later))
        later_offsets.append(offset)
    return _weighed(seen, labels, all_heard, replace(head, later_offsets=tuple(later_offsets)), tuple(parts))


def _begun(inputs: ModelInputs, labels: Labels, rows: Floats, config: NetConfig, seed: int) -> tuple[Seen, GnnHead]:
    """What all parts see, and the head with nothing weighed yet."""
    graph = flow_graph(inputs.movements)
    flow_scaling = fit_scaling(graph.told)
    folds, illicit = np.full(len(rows), UNLABELLED), torch.zeros(len(rows))
    folds[labels.places] = folds_of(labels.illicit, FOLDS, seed)
    illicit[labels.places] = torch.from_numpy(labels.illicit.astype(np.float32))
    head = GnnHead(
        kind=KIND,
        features=inputs.features.names,
        feature_digest=DIGEST,
        config=config,
        flow_scaling=flow_scaling,
        folds=tuple(_known(inputs.movements.keys, labels, folds, fold) for fold in range(FOLDS)),
        tree_offsets=(),
        later_offsets=(),
        net_weight=0.0,
        tree_weight=0.0,
        offset=0.0,
    )
    net = net_inputs(graph, flow_scaling(graph.told))
    return Seen(rows, graph, net, folds, illicit), head


def _known(keys: list[str], labels: Labels, folds: Integers, fold: int) -> Known:
    is_in = folds[labels.places] == fold
    illicit, licit = (labels.places[is_in & which] for which in (labels.illicit, ~labels.illicit))
    return Known([keys[place] for place in illicit], [keys[place] for place in licit])


def _others(seen: Seen, labels: Labels, fold: int) -> NDArray[np.bool_]:
    """Of each label, whether it is not of the fold."""
    found: NDArray[np.bool_] = seen.folds[labels.places] != fold
    return found


def _boosted(rows: Floats, labels: Labels, which: NDArray[np.bool_], seed: int) -> tuple[TreeArrays, float]:
    """Trees from some of the labels, and what they begin with."""
    return boosting_arrays([fit_boosting(rows[labels.places[which]], labels.illicit[which], seed)], 1.0)


def _later(seen: Seen, labels: Labels, columns: Floats, fold: int, seed: int) -> tuple[TreeArrays, float]:
    """Trees on features and what is heard, from labels not of the fold: each hears what was said without its own."""
    rows = np.hstack([seen.rows, columns[0]])
    for other in range(1, FOLDS):
        rows[seen.folds == other, seen.rows.shape[1] :] = columns[other, seen.folds == other]
    return _boosted(rows, labels, _others(seen, labels, fold), seed + fold)


def _view(seen: Seen, labels: Labels, heard: Heard, fold: int) -> View:
    """What a network learns from a fold: what is heard without its labels, and these."""
    which = ~_others(seen, labels, fold)
    return View(heard.net, labels.places[which], labels.illicit[which])


def _weighed(seen: Seen, labels: Labels, all_heard: list[Heard], head: GnnHead, parts: tuple[Part, ...]) -> Gnn:
    """Weigh networks against trees, and calibrate, by what each part says of the fold it did not see."""
    model = Gnn(head, parts)
    at, folds = labels.places, seen.folds[labels.places]
    nets, trees = (
        blended([says(seen, fold, heard)[at] for fold, heard in enumerate(all_heard)], folds)
        for says in (model.net_says, model.later_says)
    )
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
