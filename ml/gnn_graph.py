"""Wallets and flows as the network sees them: flows sorted by payee and by payer, each with a few numbers."""

from __future__ import annotations

import warnings
from functools import cached_property

import numpy as np
import torch
from msgspec import Struct
from torch import Tensor

from ml.features.context import Context
from ml.movements import Attributed, Floats, Integers, Movements

FLOW_COLUMNS = ("value", "count", "span", "share_of_payer", "share_of_payee")


class Incidence(Struct, frozen=True):
    """Flows sorted by the wallet that hears of them: who hears and who tells, per flow.

    `heard` and `told` are sparse matrices of ones, (wallets, flows), sorted by row: a product with them is a sum over
    the flows that a wallet hears of, or tells, several times as fast as a scattered one.
    """

    hearer: Tensor
    teller: Tensor
    heard: Tensor
    told: Tensor

    @property
    def number(self) -> Tensor:
        """How many flows each wallet hears of, at least 1, as a column."""
        return self.heard.crow_indices().diff().clamp(min=1).to(torch.float32)[:, None]

    def to(self, device: str) -> Incidence:
        """Return the same on another device."""
        return Incidence(*(getattr(self, name).to(device) for name in self.__struct_fields__))


class FlowGraph:
    """Flows from payers to payees and what is told of each, (flows, columns); the rows of `told` are as `payers`."""

    def __init__(self, wallets: int, payers: Integers, payees: Integers, told: Floats) -> None:
        self.wallets, self.payers, self.payees, self.told = wallets, payers, payees, told

    def __len__(self) -> int:
        return len(self.payers)

    @cached_property
    def by_payee(self) -> tuple[Incidence, Integers]:
        """Payees hear what payers tell; and the order of the flows for it."""
        return _incidence(self.payees, self.payers, self.wallets)

    @cached_property
    def by_payer(self) -> tuple[Incidence, Integers]:
        """Payers hear what payees tell; and the order of the flows for it."""
        return _incidence(self.payers, self.payees, self.wallets)

    def without(self, flows: Integers) -> FlowGraph:
        """The same wallets with some flows gone, both ways."""
        kept = np.setdiff1d(np.arange(len(self)), flows)
        return FlowGraph(self.wallets, self.payers[kept], self.payees[kept], self.told[kept])


def flow_graph(movements: Movements) -> FlowGraph:
    """All flows of some movements with their logarithms and shares."""
    flows = Context(movements, Attributed.none(movements.wallets)).flows
    paid = np.bincount(flows.sources, flows.values, movements.wallets)
    got = np.bincount(flows.targets, flows.values, movements.wallets)
    told = [
        np.log1p(flows.values),
        np.log1p(flows.counts),
        np.log1p(flows.last_at - flows.first_at),
        flows.values / paid[flows.sources],
        flows.values / got[flows.targets],
    ]
    return FlowGraph(movements.wallets, flows.sources, flows.targets, np.stack(told, axis=1))


def _incidence(hearers: Integers, tellers: Integers, wallets: int) -> tuple[Incidence, Integers]:
    order = np.lexsort((tellers, hearers))
    hearer, teller = torch.from_numpy(hearers[order]), torch.from_numpy(tellers[order])
    by_teller = torch.argsort(teller, stable=True)
    heard = _ones(hearer, torch.arange(len(order)), wallets)
    return Incidence(hearer, teller, heard, _ones(teller, by_teller, wallets)), order


def _ones(places: Tensor, flows: Tensor, wallets: int) -> Tensor:
    """The matrix with a one where a flow is a wallet's; `flows` are sorted by wallet."""
    counts = torch.bincount(places, minlength=wallets)
    starts = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    with warnings.catch_warnings():
        # Such matrices are called a beta; nothing but their product with a dense one is used.
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(starts, flows, torch.ones(len(flows)), (wallets, len(flows)))
