"""The network over flows, blended with boosted trees on the same features.

Labels are parted in three. Each part has a network and trees that are never shown the labels of one third, neither
to learn from nor as what is known of neighbours. What they say of that third calibrates the blend, and is what the
blend says of those wallets: no wallet is judged by its own label. Of any other wallet it says the mean of the three.
"""

from __future__ import annotations

import numpy as np
import torch
from msgspec import Struct
from torch import Tensor

from graph.model import ModelKind
from ml.calibration import sigmoid
from ml.gnn_files import GnnHead, Part, write_gnn
from ml.gnn_graph import FlowGraph, flow_graph
from ml.gnn_inputs import NetInputs, net_inputs
from ml.learned_features import learned_columns
from ml.movements import Floats, Integers, ModelInputs
from ml.tree_shap import base_value, leaf_paths, shapley_values
from ml.tree_walks import mean_values

KIND: ModelKind = "gnn"
UNLABELLED = -1


class Seen(Struct, frozen=True):
    """Inputs as the networks take them: the fold of each wallet, UNLABELLED for most, and whether it is illicit."""

    rows: Floats
    graph: FlowGraph
    net: NetInputs
    folds: Integers
    illicit: Tensor

    def known(self, fold: int) -> Tensor:
        """What is known of wallets to the part that must not see a fold's labels."""
        shown = torch.from_numpy(np.flatnonzero((self.folds != UNLABELLED) & (self.folds != fold)))
        return self.net.with_labels(shown, self.illicit[shown])


class Gnn:
    """Networks and trees. The raw output is the calibrated log-odds that a wallet is illicit."""

    kind = KIND

    def __init__(self, head: GnnHead, parts: tuple[Part, ...]) -> None:
        self.head, self.parts = head, parts
        self.features, self.feature_digest = head.features, head.feature_digest

    def scores(self, inputs: ModelInputs) -> Floats:
        """How likely each wallet is illicit, where illicit wallets are as frequent as among the labels."""
        return sigmoid(self.raw(self.see(inputs)))

    def see(self, inputs: ModelInputs) -> Seen:
        """The columns that were learned, scaled, and the flows; raises FeatureMismatch for other columns."""
        rows = learned_columns(inputs, self.features, self.feature_digest)
        graph = flow_graph(inputs.movements)
        net = net_inputs(graph, self.features, self.head.scaling(rows), self.head.flow_scaling(graph.told))
        places = {key: place for place, key in enumerate(inputs.movements.keys)}
        folds, illicit = np.full(len(rows), UNLABELLED), torch.zeros(len(rows))
        for fold, known in enumerate(self.head.folds):
            for keys, value in ((known.illicit, 1.0), (known.licit, 0.0)):
                at = [places[key] for key in keys if key in places]
                folds[at], illicit[at] = fold, value
        return Seen(rows, graph, net, folds, illicit)

    def raw(self, seen: Seen) -> Floats:
        """The log-odds of each wallet."""
        head = self.head
        said = [
            head.net_weight * self.net_says(seen, fold)
            + head.tree_weight * (mean_values(part.trees, seen.rows) + head.tree_offsets[fold])
            for fold, part in enumerate(self.parts)
        ]
        return head.offset + blended(said, seen.folds)

    def net_says(self, seen: Seen, fold: int) -> Floats:
        """The log-odds of one network."""
        with torch.inference_mode():
            raw, _ = self.parts[fold].net(seen.known(fold), *seen.net.flows)
        found: Floats = raw.numpy().astype(np.float64)
        return found

    def contributions(self, inputs: ModelInputs, places: Integers) -> tuple[Floats, float]:
        """What each feature of a wallet adds to the log-odds: gradient times input for networks, Shapley for trees.

        Networks have no bias but one, so what is added is the output, without remainder. What they heard along flows
        is told with `payers` and `payees`, the numbers of wallets that it came from.
        """
        head, seen = self.head, self.see(inputs)
        moved, bases = [], []
        for fold, part in enumerate(self.parts):
            paths = leaf_paths(part.trees)
            by_trees = np.array([shapley_values(paths, row) for row in seen.rows[places]])
            by_net, net_base = self._net_moved(seen, fold, places)
            moved.append(head.net_weight * by_net + head.tree_weight * by_trees.reshape(by_net.shape))
            base = head.net_weight * net_base
            bases.append(base + head.tree_weight * (base_value(paths) + head.tree_offsets[fold]))
        mean = float(np.mean(bases))
        # Of a wallet that one part judges alone, where that part begins is told with what flows said, half each.
        for rows, base in zip(moved, bases, strict=True):
            for column in self._heard_columns:
                rows[:, column] += (base - mean) / 2 * (seen.folds[places] != UNLABELLED)
        return blended(moved, seen.folds[places]), head.offset + mean

    def files(self) -> dict[str, bytes]:
        """The model as JSON and arrays."""
        return write_gnn(self.head, self.parts)

    @property
    def _heard_columns(self) -> list[int]:
        """The columns that stand for what came from payers and from payees."""
        return [self.features.index(name) if name in self.features else 0 for name in ("payers", "payees")]

    def _net_moved(self, seen: Seen, fold: int, places: Integers) -> tuple[Floats, float]:
        """What features, and what was heard, add to a network's output, and what it begins with."""
        net, at = self.parts[fold].net, torch.from_numpy(places)
        known = seen.known(fold)
        with torch.no_grad():
            _, all_heard = net(known, *seen.net.flows)
        known = known[at].requires_grad_()
        heard = [one[at].requires_grad_() for one in all_heard]
        given = [known, *heard]
        grads = torch.autograd.grad(net.alone(known, heard).sum(), given)
        own, *came = [(grad * one.detach()).double().numpy() for grad, one in zip(grads, given, strict=True)]
        moved = own[:, : len(self.features)].copy()
        rest = own[:, len(self.features) :].sum(axis=1)
        half = came[0].shape[1] // 2
        for column, side in zip(self._heard_columns, (slice(None, half), slice(half, None)), strict=True):
            moved[:, column] += rest / 2 + sum(one[:, side].sum(axis=1) for one in came)
        return moved, float(net.out.bias.item())


def blended(said: list[Floats], folds: Integers) -> Floats:
    """The mean over parts, but of wallets of a fold what the part says that did not see it."""
    found: Floats = np.mean(said, axis=0)
    for fold, one in enumerate(said):
        found[folds == fold] = one[folds == fold]
    return found
