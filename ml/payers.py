"""Payers as their payments find them: each with what it had moved until then, the payment included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ml.features.catalog import compute_own
from ml.features.rows import WINDOW
from ml.movements import Floats, Integers, Movements


class Payer(Struct, frozen=True):
    """A wallet that pays at a time (microseconds since 1970).

    `moving` are payer, payee and value (micro-units) of what the payment moves of it, where that is not among its
    movements already.
    """

    wallet: str
    at: int
    moving: Sequence[tuple[str, str, int]] = ()


class _Rows(Struct, frozen=True):
    """Movements of payers as columns; wallets and transactions are numbered apart for each payer."""

    payers: Integers
    payees: Integers
    values: Integers
    times: Integers
    transactions: Integers


def own_values(movements: Movements, payers: Sequence[Payer]) -> Floats:
    """The own features of each payer (rows), from `movements` that hold its newest WINDOW on each side until then.

    Later ones have no part. One wallet may pay several times: each payer is computed apart from the others, all at
    once.
    """
    named = {key for one in payers for pair in one.moving for key in pair[:2]}
    keys = sorted({*movements.keys, *(one.wallet for one in payers), *named})
    place = {key: i for i, key in enumerate(keys)}
    apart = _apart(movements, np.fromiter((place[key] for key in movements.keys), np.int64), payers, place)
    centres = np.array([number * len(keys) + place[one.wallet] for number, one in enumerate(payers)], np.int64)
    wallets, places = np.unique(np.concatenate((apart.payers, apart.payees, centres)), return_inverse=True)
    order = np.argsort(apart.times, kind="stable")
    rows = len(order)
    table = compute_own(
        Movements(
            keys=[keys[wallet % len(keys)] for wallet in wallets.tolist()],
            payers=places[:rows][order],
            payees=places[rows : 2 * rows][order],
            values=apart.values[order],
            times=apart.times[order],
            transactions=np.unique(apart.transactions[order], return_inverse=True)[1],
        )
    )
    found: Floats = table.values[places[2 * rows :]]
    return found


def alone(wallets: Sequence[str]) -> Movements:
    """Wallets without movements: what is known of them stands in their features."""
    none = np.zeros(0, np.int64)
    return Movements([*wallets], none, none, none, none, none)


def are_enough(movements: Movements, payers: Sequence[Payer], further: int) -> list[bool]:
    """Whether of each payer all is there that its features look at, where WINDOW and so many further were read."""
    place = {key: i for i, key in enumerate(movements.keys)}
    sides = [(side, np.bincount(side, minlength=movements.wallets)) for side in (movements.payers, movements.payees)]

    def is_enough(side: Integers, read: int, wallet: int, until: int) -> bool:
        return read < WINDOW + further or bool((movements.times[side == wallet] <= until).sum() >= WINDOW)

    known = [(place[one.wallet], one.at) if one.wallet in place else None for one in payers]
    return [one is None or all(is_enough(side, int(read[one[0]]), *one) for side, read in sides) for one in known]


def _apart(movements: Movements, keys: Integers, payers: Sequence[Payer], place: Mapping[str, int]) -> _Rows:
    """The rows of each payer, one payer after the other, each in order of time and landing."""
    paid, got = keys[movements.payers], keys[movements.payees]
    sides = [(order := np.argsort(side, kind="stable"), side[order]) for side in (paid, got)]
    wallets, last = len(place), int(movements.transactions.max(initial=-1)) + 1
    parts = []
    for number, one in enumerate(payers):
        own = place[one.wallet]
        new = sorted((place[payer], place[payee], value) for payer, payee, value in one.moving)
        givers, takers, values = (np.array([pair[i] for pair in new], np.int64) for i in range(3))
        same = np.ones(len(new), np.int64)
        rows = np.sort(np.concatenate([_newest(*side, own, movements.times, one.at) for side in sides]))
        parts.append(
            _Rows(
                payers=np.concatenate((paid[rows], givers)) + number * wallets,
                payees=np.concatenate((got[rows], takers)) + number * wallets,
                values=np.concatenate((movements.values[rows], values)),
                times=np.concatenate((movements.times[rows], same * one.at)),
                transactions=np.concatenate((movements.transactions[rows], same * last)) + number * (last + 1),
            )
        )
    return _Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Rows.__struct_fields__))


def _newest(order: Integers, owners: Integers, wallet: int, times: Integers, until: int) -> Integers:
    """The newest rows of a wallet until a time, of rows in the order of their `owners`."""
    first, end = np.searchsorted(owners, [wallet, wallet + 1])
    rows = order[first:end]
    return rows[times[rows] <= until][-WINDOW:]
