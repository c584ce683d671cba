"""Which flows made the networks say what they say of a wallet, and how far that is true.

The flows that matter most by gradient are taken away, for messages of both directions and all layers, and the score
is computed again; so it is without as many random flows of the same neighbourhood. Features stay as they were: what
is measured is what the networks heard along flows, within the blend's score.
"""

from __future__ import annotations

import numpy as np
import torch
from msgspec import Struct
from msgspec.structs import replace

from ml.calibration import sigmoid
from ml.gnn_blend import THREADS, UNLABELLED, Gnn, Seen
from ml.gnn_graph import FlowGraph
from ml.gnn_inputs import net_inputs
from ml.gnn_training import torch_threads
from ml.movements import Floats, Integers, ModelInputs

# The gradient is taken at several weights of all flows between none and whole, and its mean counts.
STEPS = 4
DRAWS = 20
NOTHING = np.empty(0, np.int64)


class GnnExplanation(Struct, frozen=True):
    """Flows that raised a wallet's score, most first: places of payer and payee, and log-odds that each added.

    `fidelity` is how far the score falls without them, `random_fidelity` the mean of DRAWS times as many random flows
    of the neighbourhood, and `random_deviation` the standard deviation of those. A score near 1 hardly falls whatever
    is taken away, so the falls of log-odds are told, too.
    """

    flows: tuple[tuple[int, int, float], ...] = ()
    fidelity: float = 0.0
    random_fidelity: float = 0.0
    random_deviation: float = 0.0
    log_odds_fidelity: float = 0.0
    random_log_odds_fidelity: float = 0.0


@torch_threads(THREADS)
def explain_wallet(
    model: Gnn, inputs: ModelInputs, place: int, *, most_flows: int = 20, seed: int = 0, shift: float = 0.0
) -> GnnExplanation:
    """Explain the score of one wallet; with no flows around it, or none that raised it, there is nothing to tell.

    `shift` is added to the log-odds before they are told as a score.
    """
    near = _Near(model, model.see(inputs), place)
    importance = near.importance()
    order = np.argsort(-importance, kind="stable")[:most_flows]
    chosen = order[importance[order] > 0]
    if not len(chosen):
        return GnnExplanation()
    random = np.random.default_rng(seed)
    drawn = [random.choice(len(near.graph), len(chosen), replace=False) for _ in range(DRAWS)]
    log_odds = np.array([near.log_odds(near.graph.without(flows)) for flows in (NOTHING, chosen, *drawn)])
    falls = (log_odds[0] - log_odds)[1:]
    score_falls = (sigmoid(log_odds[0] + shift) - sigmoid(log_odds + shift))[1:]
    return GnnExplanation(
        flows=tuple(
            (int(near.places[near.graph.payers[i]]), int(near.places[near.graph.payees[i]]), float(importance[i]))
            for i in chosen
        ),
        fidelity=float(score_falls[0]),
        random_fidelity=float(score_falls[1:].mean()),
        random_deviation=float(score_falls[1:].std()),
        log_odds_fidelity=float(falls[0]),
        random_log_odds_fidelity=float(falls[1:].mean()),
    )


class _Near:
    """The wallets from which anything comes to one wallet, and the flows between them: all that its score rests on."""

    def __init__(self, model: Gnn, seen: Seen, place: int) -> None:
        self.model = model
        # A ring of five reaches two flows away, and there its flows must be whole.
        self.places = _around(seen.graph, place, max(model.head.config.layers, 3))
        self.at = int(np.searchsorted(self.places, place))
        self.graph = _within(seen.graph, self.places)
        rows = torch.from_numpy(self.places)
        self.seen = Seen(seen.rows[self.places], self.graph, seen.net, seen.folds[self.places], seen.illicit[rows])
        self.said = model.trees_say(self.seen.rows)
        fold = int(seen.folds[place])
        self.folds = range(len(model.parts)) if fold == UNLABELLED else (fold,)

    def log_odds(self, graph: FlowGraph) -> float:
        """What the blend says of the wallet over these flows."""
        seen = self._over(graph)
        all_heard = self.model.hear(seen, self.said)
        said = [self.model.part_says(seen, fold, all_heard[fold])[self.at] for fold in self.folds]
        return float(self.model.head.offset + np.mean(said))

    def importance(self) -> Floats:
        """Log-odds that each flow adds, as its weight grows from nothing to whole along with all others'."""
        seen = self._over(self.graph)
        all_heard = self.model.hear(seen, self.said)
        (_, in_order), (_, out_order) = self.graph.by_payee, self.graph.by_payer
        found = np.zeros(len(self.graph))
        for fold in self.folds:
            for step in range(STEPS):
                weights = [torch.full((len(found),), (step + 0.5) / STEPS, requires_grad=True) for _ in range(2)]
                raw, _ = self.model.parts[fold].net(all_heard[fold].net, *seen.net.flows, (weights[0], weights[1]))
                to_payees, to_payers = torch.autograd.grad(raw[self.at], weights)
                found[in_order] += to_payees.numpy()
                found[out_order] += to_payers.numpy()
        return found * self.model.head.net_weight / (STEPS * len(self.folds))

    def _over(self, graph: FlowGraph) -> Seen:
        """The neighbourhood with these flows."""
        net = net_inputs(graph, self.model.head.flow_scaling(graph.told))
        return replace(self.seen, graph=graph, net=net)


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
