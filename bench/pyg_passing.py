"""A network of ours over PyG's own message passing: the same weights, gathered per flow and scattered per wallet."""

from __future__ import annotations

import warnings
from typing import cast

import torch
from torch import Tensor

from ml.gnn_inputs import NetInputs
from ml.gnn_net import FlowNet, Messages

with warnings.catch_warnings():
    # The package scripts functions at import, which torch has deprecated.
    warnings.simplefilter("ignore", (FutureWarning, DeprecationWarning))
    from torch_geometric.nn import MessagePassing


class PassingNet:
    """What `net` says of wallets, computed as PyG's documentation has it."""

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


class _Passing(MessagePassing):  # type: ignore[misc]
    """One direction of a layer."""

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
