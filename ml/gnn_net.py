"""The network: messages along flows to payees and, apart from them, to payers; sum, mean and largest of each.

Nothing has a bias but the head, and nothing is normalised: with rectifiers alone the output grows in proportion to
the inputs, so gradient times input is what each input adds, exactly. A constant input stands for the bias.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor, nn

from ml.gnn_graph import FlowGraph, Incidence


class NetConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large a network is and how it learns. `work` bounds epochs times wallets and flows, within 20 epochs up."""

    width: int = 32
    layers: int = 3
    dropout: float = 0.2
    epochs: int = 24
    work: int = 10_000_000
    rate: float = 0.01
    decay: float = 1e-3

    def epochs_for(self, graph: FlowGraph) -> int:
        """How often the whole graph is gone through."""
        return min(self.epochs, max(20, self.work // (len(graph) + graph.wallets + 1)))


class Spread(torch.autograd.Function):
    """The row of each flow's wallet; backwards a product that sums over each wallet's flows."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, at: Tensor, sums: Tensor) -> Tensor:
        """Take the row of each flow's wallet."""
        ctx.sums = sums
        return rows.index_select(0, at)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Sum over each wallet's flows."""
        total: Tensor = ctx.sums @ grad
        return total, None, None


class Summed(torch.autograd.Function):
    """The sum of the rows of each wallet's flows; backwards each flow gets its wallet's."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, at: Tensor, sums: Tensor) -> Tensor:
        """Sum over each wallet's flows."""
        ctx.at = at
        return sums @ rows

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Take the row of each flow's wallet."""
        return grad.index_select(0, ctx.at), None, None


class Messages(nn.Module):
    """What wallets hear along flows of one direction: (wallets, 3 * width)."""

    def __init__(self, width: int, columns: int) -> None:
        super().__init__()
        self.teller = nn.Linear(width, width, bias=False)
        self.hearer = nn.Linear(width, width, bias=False)
        self.flow = nn.Linear(columns, width, bias=False)

    def forward(self, hidden: Tensor, flows: Incidence, told: Tensor, weight: Tensor | None) -> Tensor:
        """Sum over the root of their number, mean, and largest; `weight` is one factor per flow."""
        rows = self.flow(told)
        rows += Spread.apply(self.teller(hidden), flows.teller, flows.told)
        rows += Spread.apply(self.hearer(hidden), flows.hearer, flows.heard)
        rows = rows.relu_()
        if weight is not None:
            rows = rows * weight[:, None]
        total, number = Summed.apply(rows, flows.hearer, flows.heard), flows.number
        return torch.cat([total / number.sqrt(), total / number, _largest(rows, flows)], dim=1)


def _largest(rows: Tensor, flows: Incidence) -> Tensor:
    """The largest of each column over each wallet's flows, 0 without any; none is below 0."""
    if rows.is_cuda:
        return _scattered_largest(rows, flows)
    # The same to the bit, in a fraction of the time, but there is none for GPUs.
    found: Tensor = torch.sparse.mm(flows.heard, rows, "amax")
    return found


def _scattered_largest(rows: Tensor, flows: Incidence) -> Tensor:
    with warnings.catch_warnings():
        # The package scripts functions at import, which torch has deprecated; it takes seconds, too.
        warnings.simplefilter("ignore", (FutureWarning, DeprecationWarning))
        from torch_geometric.utils import scatter
    found: Tensor = scatter(rows, flows.hearer, dim_size=len(flows.heard), reduce="max")
    return found


class FlowNet(nn.Module):
    """Log-odds per wallet from what is known of wallets and of flows."""

    def __init__(self, inputs: int, columns: int, *, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Linear(inputs, width, bias=False)
        self.to_payees = nn.ModuleList(Messages(width, columns) for _ in range(layers))
        self.to_payers = nn.ModuleList(Messages(width, columns) for _ in range(layers))
        self.own = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(layers))
        self.hear = nn.ModuleList(nn.Linear(6 * width, width, bias=False) for _ in range(layers))
        self.mix = nn.Linear((layers + 1) * width, width, bias=False)
        self.out = nn.Linear(width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        known: Tensor,
        by_payee: Incidence,
        by_payer: Incidence,
        told: tuple[Tensor, Tensor],
        weights: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Return log-odds, and what each wallet heard in each layer. `told` and `weights` are in either order."""
        to_payees, to_payers = weights or (None, None)
        hidden = [torch.relu(self.enter(known))]
        all_heard: list[Tensor] = []
        for layer in range(len(self.own)):
            heard = [
                self.to_payees[layer](hidden[-1], by_payee, told[0], to_payees),
                self.to_payers[layer](hidden[-1], by_payer, told[1], to_payers),
            ]
            all_heard.append(torch.cat(heard, dim=1))
            hidden.append(self.next_hidden(layer, hidden[-1], all_heard[-1]))
        return self.head(hidden), all_heard

    def start_at(self, share: float) -> None:
        """Begin with log-odds of the share that is illicit for every wallet."""
        with torch.no_grad():
            self.out.bias.fill_(math.log(share / (1 - share)))

    def alone(self, known: Tensor, all_heard: list[Tensor]) -> Tensor:
        """Log-odds when what each wallet heard is given: each row then depends on its own row alone."""
        hidden = [torch.relu(self.enter(known))]
        for layer, heard in enumerate(all_heard):
            hidden.append(self.next_hidden(layer, hidden[-1], heard))
        return self.head(hidden)

    def next_hidden(self, layer: int, hidden: Tensor, heard: Tensor) -> Tensor:
        """What a wallet is after a layer: what it was, and what it makes of itself and of what it heard."""
        return hidden + torch.relu(self.own[layer](hidden) + self.hear[layer](self.dropout(heard)))

    def head(self, hidden: list[Tensor]) -> Tensor:
        """Log-odds, from what a wallet was after every layer."""
        found: Tensor = self.out(torch.relu(self.mix(self.dropout(torch.cat(hidden, dim=1))))).squeeze(1)
        return found


def new_net(config: NetConfig, features: int, columns: int) -> FlowNet:
    """A network for so many features and columns of flows; each has a constant besides, wallets two labels."""
    return FlowNet(features + 3, columns + 1, width=config.width, layers=config.layers, dropout=config.dropout)
