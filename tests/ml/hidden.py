"""A world in which only flows tell: features say nothing, and who was once paid very much is illicit."""

from __future__ import annotations

from functools import cache

import numpy as np

from ml.features.catalog import OWN_NAMES
from ml.gnn import fit_gnn
from ml.gnn_net import NetConfig
from ml.model import Fitted, say_nothing
from ml.movements import Attributed, FeatureTable, Labels, ModelInputs
from tests.ml.drawn import DAY, movements_of, usual_payments

SMALL = NetConfig(width=8, layers=2, dropout=0.0, epochs=40)
MUCH = 10**12


def with_much(
    wallets: int = 400, paid_much: int = 80, seed: int = 1, network: str = "eth"
) -> tuple[ModelInputs, Labels]:
    """The first wallets were paid very much by one of the last, who are labelled licit as all others."""
    random = np.random.default_rng(seed)
    payments = usual_payments(random, wallets, 4 * wallets)
    for wallet in range(paid_much):
        payments.append((wallets - 1 - wallet, wallet, MUCH, int(random.integers(0, 365 * DAY))))
    movements = movements_of(payments, wallets)
    movements.keys[:] = [f"{network}:{wallet:05}" for wallet in range(wallets)]
    features = FeatureTable(OWN_NAMES, random.normal(size=(wallets, len(OWN_NAMES))))
    labels = Labels(np.arange(wallets), np.arange(wallets) < paid_much, random.permutation(wallets) * DAY)
    return ModelInputs(movements, Attributed.none(wallets), features), labels


@cache
def learned() -> Fitted:
    """What is learned of this world: once for all tests."""
    return fit_gnn(*with_much(), seed=3, threads=1, say=say_nothing, config=SMALL)
