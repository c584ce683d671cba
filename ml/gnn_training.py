"""The training of one network: full batch, a fold of the labels hidden in each epoch, the loss of those alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ml.gnn_inputs import NetInputs
from ml.gnn_net import FlowNet, NetConfig, new_net
from ml.movements import Integers


class View(Struct, frozen=True):
    """What is known of all wallets without some labels, and these: their places, and whether each is illicit."""

    known: Tensor
    places: Integers
    illicit: NDArray[np.bool_]


def train_net(
    inputs: NetInputs,
    views: Sequence[View],
    *,
    config: NetConfig,
    epochs: int,
    seed: int,
    told: Callable[[int], None],
) -> FlowNet:
    """Train a network on views in turn; `told` hears of each epoch. The same seed and threads give the same weights."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with seeded(seed):
        columns = views[0].known.shape[1] - inputs.known.shape[1] - 2
        net = new_net(config, columns, inputs.told[0].shape[1] - 1).to(device)
        inputs = inputs.to(device)
        given = [_on(device, view) for view in views]
        net.start_at(float(torch.cat([target for *_, target in given]).mean()))
        optimizer = torch.optim.AdamW(net.parameters(), lr=config.rate, weight_decay=config.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, total_steps=epochs + 1, pct_start=0.2)
        net.train()
        for epoch in range(epochs):
            told(epoch)
            known, at, target = given[epoch % len(given)]
            optimizer.zero_grad(set_to_none=True)
            raw, _ = net(known, *inputs.flows)
            torch.autograd.backward(functional.binary_cross_entropy_with_logits(raw[at], target))
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return net.cpu().eval()


def _on(device: str, view: View) -> tuple[Tensor, Tensor, Tensor]:
    target = torch.from_numpy(view.illicit.astype(np.float32))
    return view.known.to(device), torch.from_numpy(view.places).to(device), target.to(device)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a seed within, and leave the random numbers of others as they were."""
    devices = range(torch.cuda.device_count())
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def torch_threads(threads: int) -> Iterator[None]:
    """Hold torch to so many threads at most within."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, max(1, threads)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
