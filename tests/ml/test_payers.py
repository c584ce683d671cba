"""A payer's own features as a payment finds it are those that a batch of the same movements has."""

from __future__ import annotations

import numpy as np
import pytest

from ml.features.catalog import compute_own
from ml.features.rows import WINDOW
from ml.movements import Floats, Movements
from ml.payers import Payer, alone, are_enough, own_values

DAY = 86_400_000_000


def drawn(seed: int, rows: int = 300, wallets: int = 12) -> Movements:
    """Movements with equal times, transactions of several payees, and pairs that repeat."""
    random = np.random.default_rng(seed)
    payers = random.integers(0, wallets, rows)
    payees = (payers + random.integers(1, wallets, rows)) % wallets
    transactions = np.sort(random.integers(0, rows, rows))
    times = np.sort(random.integers(0, 40, rows))[np.unique(transactions, return_inverse=True)[1]] * (DAY // 4)
    order = np.lexsort((payees, payers, transactions, times))
    return Movements(
        keys=[f"w{place:02d}" for place in range(wallets)],
        payers=payers[order],
        payees=payees[order],
        values=random.integers(1, 9, rows)[order] * 1_000_000,
        times=times[order],
        transactions=transactions[order],
    )


def part(given: Movements, which: np.typing.NDArray[np.bool_]) -> Movements:
    columns = ("payers", "payees", "values", "times", "transactions")
    return Movements(given.keys, *(getattr(given, name)[which] for name in columns))


def batch(given: Movements, until: int) -> Floats:
    return compute_own(part(given, given.times <= until)).values


@pytest.mark.parametrize("seed", range(4))
def test_many_payers_at_once_are_as_batches_until_their_times_have_them(seed: int) -> None:
    given = drawn(seed)
    times = [0, 3 * DAY, 7 * DAY, 30 * DAY]
    payers = [Payer(key, until) for until in times for key in given.keys]

    found = own_values(given, payers)

    assert (found == np.concatenate([batch(given, until) for until in times])).all()
    assert (found[: len(given.keys)] != found[-len(given.keys) :]).any(), "the drawing tells little"


@pytest.mark.parametrize("seed", range(4))
def test_a_payment_that_has_not_landed_counts_as_if_it_had(seed: int) -> None:
    given = drawn(seed)
    last = given.transactions == given.transactions[-1]
    at = int(given.times[-1])
    pairs = [
        (given.keys[payer], given.keys[payee], int(value))
        for payer, payee, value in zip(given.payers[last], given.payees[last], given.values[last], strict=True)
    ]
    wallet = pairs[0][0]
    moving = [pair for pair in pairs if wallet in pair[:2]]

    [found] = own_values(part(given, ~last), [Payer(wallet, at, moving)])

    assert (found == batch(given, at)[given.keys.index(wallet)]).all()
    [without] = own_values(part(given, ~last), [Payer(wallet, at)])
    assert (found != without).any()


def test_a_wallet_that_nobody_knows_has_but_its_payment() -> None:
    [found] = own_values(drawn(1), [Payer("new", 50 * DAY, [("new", "w03", 5_000_000)])])
    first, second, value, at = (np.array([one]) for one in (0, 1, 5_000_000, 50 * DAY))
    only = Movements(["new", "w03"], first, second, value, at, first)

    assert (found == compute_own(only).values[0]).all()
    assert own_values(alone(["new"]), [Payer("new", 0)]).shape == (1, len(found))


def test_a_hub_is_its_newest_movements_however_many_there_are() -> None:
    given = drawn(5, rows=4 * WINDOW, wallets=2)

    found = own_values(given, [Payer(key, 50 * DAY) for key in given.keys])

    assert (found == batch(given, 50 * DAY)).all()


def test_what_was_cut_short_is_told() -> None:
    given = drawn(6, rows=3 * WINDOW, wallets=2)
    middle = int(given.times[len(given) // 2])

    assert are_enough(given, [Payer("w00", 50 * DAY), Payer("w00", middle), Payer("none", 0)], 0) == [True, False, True]
    assert are_enough(given, [Payer("w00", middle)], 3 * WINDOW) == [True]
