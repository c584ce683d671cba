"""What payers had moved by their payments: one question for a batch, and one more for each that it cut short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from graph.money import apportion
from graph.sums import MAX_PAIRS, at_micros, micros
from graph.together import together
from jobs.model_inputs import read_own_inputs
from jobs.services import Services
from risk.facts import Payment

if TYPE_CHECKING:
    from ml.movements import Movements
    from ml.payers import Payer

# Of a payment of more payers the most valuable are looked at, as in histories.
MOST_PAYERS = 10
# Of each payer as many movements more than count may be read, so that payments of a batch may follow each other.
MOST_FURTHER = 2_000
# So many of those that were cut short are asked about at once: a batch must not take every connection.
SIDE_BY_SIDE = 4


class Paying(Struct, frozen=True):
    """A payment to judge; `is_landed` if its own movements are in the graph already."""

    payment: Payment
    is_landed: bool


class Read(Struct, frozen=True):
    """Payers, each with the place of its payment in the batch, and movements that hold all of theirs that counts."""

    movements: Movements
    payers: list[tuple[int, Payer]]


async def payer_movements(services: Services, given: Sequence[Paying]) -> list[Read]:
    """Read the newest movements of all payers until their payments; what a payer pays itself counts for nothing."""
    from ml.payers import are_enough

    payers = [(place, payer) for place, one in enumerate(given) for payer in _payers(one)]
    if not payers:
        return []
    further = _most_of_one(given)
    movements = await _read(services, [payer for _, payer in payers], further)
    enough = are_enough(movements, [payer for _, payer in payers], further)
    whole = [one for one, is_enough in zip(payers, enough, strict=True) if is_enough]
    cut = [one for one, is_enough in zip(payers, enough, strict=True) if not is_enough]
    reads = [Read(movements, whole)]
    for first in range(0, len(cut), SIDE_BY_SIDE):
        part = cut[first : first + SIDE_BY_SIDE]
        alone = await together(*(_read(services, [payer], 0) for _, payer in part))
        reads += [Read(own, [one]) for own, one in zip(alone, part, strict=True)]
    return reads


async def _read(services: Services, payers: Sequence[Payer], further: int) -> Movements:
    until = at_micros(max(payer.at for payer in payers))
    return await read_own_inputs(services, [payer.wallet for payer in payers], until, further=further)


def _payers(one: Paying) -> list[Payer]:
    from ml.payers import Payer

    payment, at = one.payment, micros(one.payment.at)
    paying = [wallet for wallet in payment.payers if payment.sent_by(wallet)]
    first = sorted(paying, key=lambda wallet: (-payment.payers[wallet], wallet))[:MOST_PAYERS]
    return [Payer(wallet, at, () if one.is_landed else _moving(payment, wallet)) for wallet in first]


def _moving(payment: Payment, wallet: str) -> list[tuple[str, str, int]]:
    """What a payment will move of a wallet; of many payers to many payees, to a micro-unit or two."""
    if len(payment.payers) * len(payment.payees) > MAX_PAIRS:
        return []  # a pool: who paid whom in it is not known once it has landed either
    payers, weights = list(payment.payers), list(payment.payers.values())
    pairs = [
        (payer, payee, part)
        for payee, whole in payment.payees.items()
        for payer, part in zip(payers, apportion(whole, weights), strict=True)
    ]
    return [pair for pair in pairs if wallet in pair[:2] and pair[0] != pair[1] and pair[2]]


def _most_of_one(given: Sequence[Paying]) -> int:
    """How many movements a batch adds to one side of a wallet at most: so many more are read of each."""
    added = Counter[str]()
    for one in given if len(given) > 1 else ():
        payers, payees = len(one.payment.payers), len(one.payment.payees)
        added.update(dict.fromkeys(one.payment.payers, payees))
        added.update(dict.fromkeys(one.payment.payees, payers))
    return min(MOST_FURTHER, max(added.values(), default=0))
