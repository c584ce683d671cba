"""Small worlds for models to learn: people who pay each other now and then, and mules who hand on at once."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from ml.features.catalog import compute_own
from ml.movements import Attributed, FeatureTable, Integers, Labels, ModelInputs, Movements

DAY = 86_400 * 10**6
MINUTE = 60 * 10**6


def usual_payments(random: np.random.Generator, people: int, payments: int) -> list[tuple[int, int, int, int]]:
    """Payer, payee, value and time: anybody pays anybody, at any time of a year."""
    payers = random.integers(0, people, payments)
    payees = (payers + random.integers(1, people, payments)) % people
    values = (random.lognormal(4.0, 1.0, payments) * 10**6).astype(np.int64) + 1
    times = random.integers(0, 365 * DAY, payments)
    return list(zip(payers.tolist(), payees.tolist(), values.tolist(), times.tolist(), strict=True))


def mule_payments(random: np.random.Generator, mule: int, people: int) -> list[tuple[int, int, int, int]]:
    """Several people pay one within the hour, who hands nearly all on minutes later."""
    start = int(random.integers(0, 364 * DAY))
    payers = random.choice(people, 6, replace=False).tolist()
    taken = [
        (payer, mule, 10**9 + int(random.integers(0, 10**7)), start + i * MINUTE) for i, payer in enumerate(payers)
    ]
    total = sum(value for _, _, value, _ in taken)
    return [*taken, (mule, int(random.integers(0, people)), total * 97 // 100, start + 15 * MINUTE)]


def movements_of(payments: list[tuple[int, int, int, int]], wallets: int) -> Movements:
    """Payments in order of time, each a transaction of its own."""
    rows = np.array(sorted({p for p in payments if p[0] != p[1]}, key=lambda p: (p[3], p)), np.int64).reshape(-1, 4)
    keys = [f"eth:{wallet:05}" for wallet in range(wallets)]
    return Movements(keys, rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], np.arange(len(rows)))


def inputs_of(movements: Movements) -> ModelInputs:
    """What a model sees of movements, where nothing is known of wallets."""
    return ModelInputs(movements, Attributed.none(movements.wallets), compute_own(movements))


def with_mules(people: int = 400, mules: int = 60, seed: int = 1) -> tuple[ModelInputs, Labels]:
    """People first, then mules; all are labelled, known one after the other in a random order."""
    random = np.random.default_rng(seed)
    payments = usual_payments(random, people, 12 * people)
    for mule in range(people, people + mules):
        payments += mule_payments(random, mule, people)
    wallets = people + mules
    illicit = np.arange(wallets) >= people
    labels = Labels(np.arange(wallets), illicit, random.permutation(wallets) * DAY)
    return inputs_of(movements_of(payments, wallets)), labels


def with_value(inputs: ModelInputs, place: int, column: int, value: float) -> ModelInputs:
    """The same inputs but for one number."""
    values = inputs.features.values.copy()
    values[place, column] = value
    return replace(inputs, features=FeatureTable(inputs.features.names, values))


def permuted(inputs: ModelInputs, order: Integers) -> ModelInputs:
    """The same wallets in another order: place i holds what was at `order[i]`."""
    new = np.argsort(order)
    moved = replace(
        inputs.movements,
        keys=[inputs.movements.keys[place] for place in order],
        payers=new[inputs.movements.payers],
        payees=new[inputs.movements.payees],
    )
    return ModelInputs(moved, inputs.attributed, FeatureTable(inputs.features.names, inputs.features.values[order]))
