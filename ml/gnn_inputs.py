"""A graph and what is known of its wallets as tensors."""

from __future__ import annotations

import numpy as np
import torch
from msgspec import Struct
from torch import Tensor

from ml.gnn_graph import FlowGraph, Incidence
from ml.movements import Floats


class NetInputs(Struct, frozen=True):
    """A graph as tensors: what is known of wallets (constant last), both incidences, and the columns of flows."""

    known: Tensor
    by_payee: Incidence
    by_payer: Incidence
    told: tuple[Tensor, Tensor]

    @property
    def flows(self) -> tuple[Incidence, Incidence, tuple[Tensor, Tensor]]:
        """All but what is known of wallets."""
        return self.by_payee, self.by_payer, self.told

    def to(self, device: str) -> NetInputs:
        """Return the same on another device."""
        told = (self.told[0].to(device), self.told[1].to(device))
        return NetInputs(self.known.to(device), self.by_payee.to(device), self.by_payer.to(device), told)

    def with_labels(self, places: Tensor, illicit: Tensor) -> Tensor:
        """What is known of wallets, and two more columns: known to be illicit, known to be licit."""
        labels = self.known.new_zeros(len(self.known), 2)
        labels[places, 0], labels[places, 1] = illicit, 1 - illicit
        return torch.cat([self.known, labels], dim=1)


def net_inputs(graph: FlowGraph, told: Floats) -> NetInputs:
    """Tensors of a graph, of whose wallets nothing is known but the constant; `told` is standardised."""
    known = torch.ones(graph.wallets, 1)
    (by_payee, in_order), (by_payer, out_order) = graph.by_payee, graph.by_payer
    columns = torch.from_numpy(np.column_stack([told, np.ones(len(told))]).astype(np.float32))
    return NetInputs(known, by_payee, by_payer, (columns[in_order], columns[out_order]))
