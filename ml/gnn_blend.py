"""What trees say of wallets, heard along flows and round rings by networks and by later trees, as one model.

Labels are parted. Each part has trees on features that never learn from the labels of one fold. What they say, and
labels of other folds, is what the part's network and later trees hear of a wallet's counterparties; both learn from
the other folds, each of which hears only what was said without it. What they say of the fold left out calibrates the
blend, and is what the blend says of those wallets. Of any other wallet it says the mean of all parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from msgspec import Struct
from torch import Tensor

from graph.model import ModelKind
from ml.calibration import sigmoid
from ml.gnn_files import GnnHead, Part, write_gnn
from ml.gnn_graph import FlowGraph, flow_graph
from ml.gnn_heard import FROM_PAYEES, FROM_PAYERS, HEARD_COLUMNS, heard_columns
from ml.gnn_inputs import NetInputs, net_inputs
from ml.gnn_training import torch_threads
from ml.learned_features import learned_columns
from ml.movements import Floats, Integers, ModelInputs
from ml.tree_arrays import TreeArrays
from ml.tree_shap import base_value, leaf_paths, shapley_values
from ml.tree_walks import mean_values

KIND: ModelKind = "gnn"
UNLABELLED = -1
# The machine serves others while wallets are judged.
THREADS = 2
# Log-odds of trees are made as large as other inputs of a network by this; it must not bend them, since what each
# feature adds to them is told.
SAID_SCALE = 0.3


class Seen(Struct, frozen=True):
    """Inputs as the parts take them: the fold of each wallet, UNLABELLED for most, and whether it is illicit."""

    rows: Floats
    graph: FlowGraph
    net: NetInputs
    folds: Integers
    illicit: Tensor

    def known(self, fold: int) -> Integers:
        """1 for wallets known to be illicit, -1 for licit, 0 else, to the part that must not see a fold's labels."""
        is_known = (self.folds != UNLABELLED) & (self.folds != fold)
        return np.where(is_known, np.where(self.illicit.numpy() > 0, 1, -1), 0)


class Heard(Struct, frozen=True):
    """What one part takes of every wallet: columns that later trees add to features, and all that a network takes."""

    columns: Floats
    net: Tensor


class Gnn:
    """Trees, networks and later trees. The raw output is the calibrated log-odds that a wallet is illicit."""

    kind = KIND

    def __init__(self, head: GnnHead, parts: tuple[Part, ...]) -> None:
        self.head, self.parts = head, parts
        self.features, self.feature_digest = head.features, head.feature_digest

    @torch_threads(THREADS)
    def scores(self, inputs: ModelInputs) -> Floats:
        """How likely each wallet is illicit, where illicit wallets are as frequent as among the labels."""
        return sigmoid(self.raw(self.see(inputs)))

    def see(self, inputs: ModelInputs) -> Seen:
        """The columns that were learned, and the flows; raises FeatureMismatch for other columns."""
        rows = learned_columns(inputs, self.features, self.feature_digest)
        graph = flow_graph(inputs.movements)
        net = net_inputs(graph, self.head.flow_scaling(graph.told))
        places = {key: place for place, key in enumerate(inputs.movements.keys)}
        folds, illicit = np.full(len(rows), UNLABELLED), torch.zeros(len(rows))
        for fold, known in enumerate(self.head.folds):
            for keys, value in ((known.illicit, 1.0), (known.licit, 0.0)):
                at = [places[key] for key in keys if key in places]
                folds[at], illicit[at] = fold, value
        return Seen(rows, graph, net, folds, illicit)

    def raw(self, seen: Seen) -> Floats:
        """The log-odds of each wallet."""
        all_heard = self.hear(seen, self.trees_say(seen.rows))
        said = [self.part_says(seen, fold, heard) for fold, heard in enumerate(all_heard)]
        return self.head.offset + blended(said, seen.folds)

    def trees_say(self, rows: Floats) -> Floats:
        """The log-odds of each part's trees, from features alone."""
        return trees_say([part.trees for part in self.parts], self.head.tree_offsets, rows)

    def hear(self, seen: Seen, said: Floats) -> list[Heard]:
        """What each part takes of wallets, where trees say this of them."""
        return hear(seen, said, hear_columns(seen, said))

    def part_says(self, seen: Seen, fold: int, heard: Heard) -> Floats:
        """The weighted log-odds of a part's network and later trees."""
        head = self.head
        by_trees = self.later_says(seen, fold, heard)
        return head.net_weight * self.net_says(seen, fold, heard) + head.tree_weight * by_trees

    def later_says(self, seen: Seen, fold: int, heard: Heard) -> Floats:
        """The log-odds of a part's later trees."""
        rows = np.hstack([seen.rows, heard.columns])
        return mean_values(self.parts[fold].later, rows) + self.head.later_offsets[fold]

    def net_says(self, seen: Seen, fold: int, heard: Heard) -> Floats:
        """The log-odds of one network."""
        with torch.inference_mode():
            raw, _ = self.parts[fold].net(heard.net, *seen.net.flows)
        found: Floats = raw.numpy().astype(np.float64)
        return found

    @torch_threads(THREADS)
    def contributions(self, inputs: ModelInputs, places: Integers) -> tuple[Floats, float]:
        """What each feature of a wallet adds to the log-odds: gradient times input for networks, Shapley for trees.

        Networks have no bias but one, so what is added is the output, without remainder; what trees said of the
        wallet itself is told with the features that made them say it. What was heard of others is told with `payers`
        and `payees`, the numbers of wallets that it came from.
        """
        head, seen = self.head, self.see(inputs)
        all_heard = self.hear(seen, self.trees_say(seen.rows))
        moved, bases = [], []
        for fold, (part, heard) in enumerate(zip(self.parts, all_heard, strict=True)):
            paths = leaf_paths(part.later)
            rows = np.hstack([seen.rows[places], heard.columns[places]])
            by_trees = np.array([shapley_values(paths, row) for row in rows]).reshape(rows.shape)
            by_net = self._net_moved(seen, fold, heard, places)
            moved.append(head.net_weight * by_net + head.tree_weight * self._told(by_trees))
            base = head.tree_weight * (base_value(paths) + head.later_offsets[fold])
            bases.append(base + head.net_weight * float(part.net.out.bias.item()))
        mean = float(np.mean(bases))
        # Of a wallet that one part judges alone, where that part begins is told with what flows said, half each.
        for rows, base in zip(moved, bases, strict=True):
            for column in self._heard_places:
                rows[:, column] += (base - mean) / 2 * (seen.folds[places] != UNLABELLED)
        return blended(moved, seen.folds[places]), head.offset + mean

    def files(self) -> dict[str, bytes]:
        """The model as JSON and arrays."""
        return write_gnn(self.head, self.parts)

    @property
    def _heard_places(self) -> list[int]:
        """The features that stand for what came from payers and from payees."""
        return [self.features.index(name) if name in self.features else 0 for name in ("payers", "payees")]

    def _told(self, moved: Floats, more: Floats | float = 0.0) -> Floats:
        """What features and then heard columns add, by feature; `more` comes from payers and payees alike."""
        found, heard = np.split(moved, [len(self.features)], axis=1)
        found, rings = found.copy(), heard[:, FROM_PAYERS.stop :].sum(axis=1) + more
        for column, side in zip(self._heard_places, (FROM_PAYERS, FROM_PAYEES), strict=True):
            found[:, column] += heard[:, side].sum(axis=1) + rings / 2
        return found

    def _net_moved(self, seen: Seen, fold: int, heard: Heard, places: Integers) -> Floats:
        """What features, and what was heard, add to a network's output."""
        part, at = self.parts[fold], torch.from_numpy(places)
        with torch.no_grad():
            _, all_heard = part.net(heard.net, *seen.net.flows)
        known = heard.net[at].requires_grad_()
        came = [one[at].requires_grad_() for one in all_heard]
        grads = torch.autograd.grad(part.net.alone(known, came).sum(), [known, *came])
        given = [(grad * one.detach()).double().numpy() for grad, one in zip(grads, [known, *came], strict=True)]
        own, messages = given[0], given[1:]
        # Trees said so much of the wallet; each feature's share in that is its share in what came of it.
        paths = leaf_paths(part.trees)
        by_feature = np.array([shapley_values(paths, row) for row in seen.rows[places]])
        slope = SAID_SCALE * grads[0][:, 0].double().numpy()[:, None]
        by_feature = slope * by_feature.reshape(len(places), -1)
        rest = own.sum(axis=1) - by_feature.sum(axis=1)
        found = self._told(np.hstack([by_feature, np.zeros((len(places), HEARD_COLUMNS))]), rest)
        half = messages[0].shape[1] // 2
        for column, side in zip(self._heard_places, (slice(None, half), slice(half, None)), strict=True):
            found[:, column] += sum(one[:, side].sum(axis=1) for one in messages)
        return found


def trees_say(trees: Sequence[TreeArrays], offsets: Sequence[float], rows: Floats) -> Floats:
    """The log-odds of each part's trees, (parts, wallets)."""
    return np.array([mean_values(one, rows) + offset for one, offset in zip(trees, offsets, strict=True)])


def hear_columns(seen: Seen, said: Floats) -> Floats:
    """What each part hears of every wallet's counterparties, (parts, wallets, HEARD_COLUMNS)."""
    return heard_columns(seen.graph, said, np.array([seen.known(fold) for fold in range(len(said))]))


def hear(seen: Seen, said: Floats, columns: Floats) -> list[Heard]:
    """The same as later trees and networks take it."""
    found = []
    for fold, (one, heard) in enumerate(zip(said, columns, strict=True)):
        known = seen.known(fold)
        shown = torch.from_numpy(np.flatnonzero(known))
        given = torch.from_numpy((SAID_SCALE * one).astype(np.float32))[:, None]
        net = torch.cat([given, seen.net.with_labels(shown, seen.illicit[shown])], dim=1)
        found.append(Heard(heard, net))
    return found


def blended(said: list[Floats], folds: Integers) -> Floats:
    """The mean over parts, but of wallets of a fold what the part says that did not see it."""
    found: Floats = np.mean(said, axis=0)
    for fold, one in enumerate(said):
        found[folds == fold] = one[folds == fold]
    return found
