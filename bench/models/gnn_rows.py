"""The rows of the network over flows: its scores, and how long it takes beside PyG's own message passing."""

from __future__ import annotations

import time
import warnings
from typing import cast

import numpy as np
import torch
from torch import Tensor

from ml.classifier import in_order
from ml.gnn_fitting import fit_blend
from ml.gnn_graph import flow_graph
from ml.gnn_inputs import NetInputs, net_inputs
from ml.gnn_net import FlowNet, Messages, NetConfig, new_net
from ml.gnn_scaling import fit_scaling
from ml.gnn_training import seeded, torch_threads
from ml.model import Say
from ml.movements import Floats, Labels, ModelInputs
from ml.threads import limited_threads

with warnings.catch_warnings():
    # The package scripts functions at import, which torch has deprecated.
    warnings.simplefilter("ignore", (FutureWarning, DeprecationWarning))
    from torch_geometric.nn import MessagePassing

ROUNDS = 5


def gnn_scores(inputs: ModelInputs, train_labels: Labels, *, seed: int, threads: int, say: Say) -> Floats:
    """What the blend says of every wallet, learned from these labels alone."""
    with limited_threads(threads), torch_threads(threads):
        return fit_blend(inputs, in_order(train_labels), config=NetConfig(), seed=seed, say=say).scores(inputs)


def measure_inference(inputs: ModelInputs, *, threads: int = 2) -> tuple[float, float]:
    """Seconds over all wallets of a network, ours and the same through PyG's MessagePassing; medians of ROUNDS.

    Weights are random: what they are takes no time. Raises AssertionError where the two disagree.
    """
    graph = flow_graph(inputs.movements)
    rows, config = inputs.features.values, NetConfig()
    given = net_inputs(graph, fit_scaling(rows)(rows), fit_scaling(graph.told)(graph.told))
    known = given.with_labels(torch.empty(0, dtype=torch.int64), torch.empty(0))
    with seeded(0), torch_threads(threads), torch.inference_mode():
        net = new_net(config, rows.shape[1], graph.told.shape[1]).eval()
        theirs = _Theirs(net, given)
        assert torch.allclose(net(known, *given.flows)[0], theirs(known), atol=1e-3)
        ours_s, theirs_s = [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            net(known, *given.flows)
            between = time.perf_counter()
            theirs(known)
            ours_s.append(between - began)
            theirs_s.append(time.perf_counter() - between)
    return float(np.median(ours_s)), float(np.median(theirs_s))


class _Passing(MessagePassing):  # type: ignore[misc]
    """One direction of a layer as PyG's documentation has it: gathered per flow, scattered per wallet."""

    def __init__(self, messages: Messages, degree: Tensor) -> None:
        super().__init__(aggr=["sum", "mean", "max"])
        self.messages, self.degree = messages, degree

    def forward(self, hidden: Tensor, edge_index: Tensor, told: Tensor) -> Tensor:
        heard = self.propagate(
            edge_index, said=self.messages.teller(hidden), own=self.messages.hearer(hidden), told=told
        )
        total, mean, most = heard.chunk(3, dim=1)
        return torch.cat([total / self.degree.sqrt(), mean, most], dim=1)

    def message(self, said_j: Tensor, own_i: Tensor, told: Tensor) -> Tensor:
        return torch.relu(said_j + own_i + self.messages.flow(told))


class _Theirs:
    """A network with the same weights, over PyG's message passing."""

    def __init__(self, net: FlowNet, given: NetInputs) -> None:
        self.net = net
        self.sides = [
            (layers, torch.stack([flows.teller, flows.hearer]), told, flows.number)
            for layers, flows, told in (
                (net.to_payees, given.by_payee, given.told[0]),
                (net.to_payers, given.by_payer, given.told[1]),
            )
        ]

    def __call__(self, known: Tensor) -> Tensor:
        hidden = [torch.relu(self.net.enter(known))]
        for layer in range(len(self.net.own)):
            heard = [
                _Passing(cast(Messages, layers[layer]), degree)(hidden[-1], edge_index, told)
                for layers, edge_index, told, degree in self.sides
            ]
            hidden.append(self.net.next_hidden(layer, hidden[-1], torch.cat(heard, dim=1)))
        return self.net.head(hidden)
