"""The training of one network: full batch, some of the labels hidden in each epoch, the loss of those alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ml.gnn_inputs import NetInputs
from ml.gnn_net import FlowNet, NetConfig, new_net
from ml.movements import Integers


def train_net(
    inputs: NetInputs,
    places: Integers,
    illicit: NDArray[np.bool_],
    *,
    config: NetConfig,
    epochs: int,
    seed: int,
    told: Callable[[int], None],
) -> FlowNet:
    """Train a network; `told` hears of each epoch. The same seed and threads give the same weights."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with seeded(seed):
        net = new_net(config, inputs.known.shape[1] - 1, inputs.told[0].shape[1] - 1).to(device)
        inputs = inputs.to(device)
        at = torch.from_numpy(places).to(device)
        target = torch.from_numpy(illicit.astype(np.float32)).to(device)
        net.start_at(float(target.mean()))
        optimizer = torch.optim.AdamW(net.parameters(), lr=config.rate, weight_decay=config.decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, total_steps=epochs + 1, pct_start=0.2)
        net.train()
        for epoch in range(epochs):
            told(epoch)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(_loss(net, inputs, at, target, config.hidden))
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return net.cpu().eval()


def _loss(net: FlowNet, inputs: NetInputs, at: Tensor, target: Tensor, share: float) -> Tensor:
    """Hide some of the labels, show the others, and ask for those hidden."""
    is_hidden = torch.rand(len(at), device=at.device) < share
    is_hidden[torch.randint(len(at), (1,), device=at.device)] = True
    known = inputs.with_labels(at[~is_hidden], target[~is_hidden])
    raw, _ = net(known, *inputs.flows)
    return functional.binary_cross_entropy_with_logits(raw[at[is_hidden]], target[is_hidden])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a seed within, and leave the random numbers of others as they were."""
    devices = range(torch.cuda.device_count())
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def torch_threads(threads: int) -> Iterator[None]:
    """Hold torch to so many threads within."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, threads))
    try:
        yield
    finally:
        torch.set_num_threads(before)
