"""Which flows made the networks say what they say of a wallet, and how far that is true.

The flows that matter most by gradient are taken away, for messages of both directions and all layers, and the score
is computed again; so it is without as many random flows of the same neighbourhood. Features stay as they were: what
is measured is what the networks heard along flows, within the blend's score.
"""

from __future__ import annotations

import numpy as np
import torch
from msgspec import Struct

from ml.calibration import sigmoid
from ml.gnn_blend import UNLABELLED, Gnn, Seen
from ml.gnn_graph import FlowGraph
from ml.gnn_inputs import NetInputs, net_inputs
from ml.movements import Floats, Integers, ModelInputs
from ml.tree_walks import mean_values

# The gradient is taken at several weights of all flows between none and whole, and its mean counts.
STEPS = 4
DRAWS = 20


class GnnExplanation(Struct, frozen=True):
    """Flows that raised a wallet's score, most first: places of payer and payee, and log-odds that each added.

    `fidelity` is how far the score falls without them, `random_fidelity` the mean of DRAWS times as many random flows
    of the neighbourhood, and `random_deviation` the standard deviation of those.
    """

    flows: tuple[tuple[int, int, float], ...]
    fidelity: float
    random_fidelity: float
    random_deviation: float


def explain_wallet(
    model: Gnn, inputs: ModelInputs, place: int, *, most_flows: int = 20, seed: int = 0
) -> GnnExplanation:
    """Explain the score of one wallet; with no flows around it, or none that raised it, there is nothing to tell."""
    near = _Near(model, model.see(inputs), place)
    importance = near.importance()
    order = np.argsort(-importance, kind="stable")[:most_flows]
    chosen = order[importance[order] > 0]
    if not len(chosen):
        return GnnExplanation((), 0.0, 0.0, 0.0)
    random = np.random.default_rng(seed)
    drawn = [random.choice(len(near.graph), len(chosen), replace=False) for _ in range(DRAWS)]
    whole = near.score(near.graph)
    drops = [whole - near.score(near.graph.without(flows)) for flows in drawn]
    return GnnExplanation(
        flows=tuple(
            (int(near.places[near.graph.payers[i]]), int(near.places[near.graph.payees[i]]), float(importance[i]))
            for i in chosen
        ),
        fidelity=whole - near.score(near.graph.without(chosen)),
        random_fidelity=float(np.mean(drops)),
        random_deviation=float(np.std(drops)),
    )


class _Near:
    """The wallets from which anything comes to one wallet, and the flows between them: all that its score rests on."""

    def __init__(self, model: Gnn, seen: Seen, place: int) -> None:
        self.model = model
        self.places = _around(seen.graph, place, model.head.config.layers)
        self.at = int(np.searchsorted(self.places, place))
        self.graph = _within(seen.graph, self.places)
        fold = int(seen.folds[place])
        self.folds = range(len(model.parts)) if fold == UNLABELLED else (fold,)
        rows = torch.from_numpy(self.places)
        self.known = [seen.known(fold)[rows] for fold in self.folds]
        row = seen.rows[place : place + 1]
        self.by_trees = [
            float(mean_values(model.parts[fold].trees, row)[0]) + model.head.tree_offsets[fold] for fold in self.folds
        ]

    def score(self, graph: FlowGraph) -> float:
        """The blend's score of the wallet, over these flows."""
        net, head = self._inputs(graph), self.model.head
        with torch.inference_mode():
            said = [
                self.model.parts[fold].net(known, *net.flows)[0][self.at].item()
                for fold, known in zip(self.folds, self.known, strict=True)
            ]
        log_odds = head.offset + head.net_weight * np.mean(said) + head.tree_weight * np.mean(self.by_trees)
        return float(sigmoid(np.array([log_odds]))[0])

    def importance(self) -> Floats:
        """Log-odds that each flow adds, as its weight grows from nothing to whole along with all others'."""
        net = self._inputs(self.graph)
        (_, in_order), (_, out_order) = self.graph.by_payee, self.graph.by_payer
        found = np.zeros(len(self.graph))
        for fold, known in zip(self.folds, self.known, strict=True):
            for step in range(STEPS):
                weights = [torch.full((len(found),), (step + 0.5) / STEPS, requires_grad=True) for _ in range(2)]
                raw, _ = self.model.parts[fold].net(known, *net.flows, (weights[0], weights[1]))
                to_payees, to_payers = torch.autograd.grad(raw[self.at], weights)
                found[in_order] += to_payees.numpy()
                found[out_order] += to_payers.numpy()
        return found * self.model.head.net_weight / (STEPS * len(self.folds))

    def _inputs(self, graph: FlowGraph) -> NetInputs:
        """Only the flows; what is known of wallets differs between parts."""
        return net_inputs(graph, (), np.empty((graph.wallets, 0)), self.model.head.flow_scaling(graph.told))


def _around(graph: FlowGraph, place: int, hops: int) -> Integers:
    """The wallets within so many flows of one, ascending."""
    is_near = np.zeros(graph.wallets, bool)
    is_near[place] = True
    for _ in range(hops):
        touches = is_near[graph.payers] | is_near[graph.payees]
        is_near[graph.payers[touches]] = is_near[graph.payees[touches]] = True
    return np.flatnonzero(is_near)


def _within(graph: FlowGraph, places: Integers) -> FlowGraph:
    """The flows between some wallets, who are numbered anew."""
    number = np.full(graph.wallets, -1)
    number[places] = np.arange(len(places))
    payers, payees = number[graph.payers], number[graph.payees]
    kept = (payers >= 0) & (payees >= 0)
    return FlowGraph(len(places), payers[kept], payees[kept], graph.told[kept])
