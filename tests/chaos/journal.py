"""What a client remembers: everything it was told is done, and from that what graph and ledger must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

MICRO = 1_000_000


@dataclass
class Payment:
    """One transaction: how often it has landed and was withdrawn; it counts while the former is more."""

    key: str
    sender: str
    receiver: str
    units: int
    landed: int = 0
    withdrawn: int = 0
    decision: str | None = None

    @property
    def counts(self) -> bool:
        return self.landed > self.withdrawn


@dataclass
class Label:
    """One attribution as it was acknowledged: by its id, and whether it stands."""

    id: str
    wallet: str
    category: str
    stands: bool = True


@dataclass
class Journal:
    """All that was acknowledged; `cut` counts the answers that never came and had to be asked for again."""

    payments: dict[str, Payment] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    cut: int = 0
    refused: int = 0

    def flows(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Value and number of the payments that count, by sender and receiver."""
        value, number = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for payment in self._counting():
            pair = (payment.sender, payment.receiver)
            value[pair] += payment.units * MICRO
            number[pair] += 1
        return {pair: (value[pair], number[pair]) for pair in value}

    def sums(self) -> dict[str, tuple[int, int]]:
        """Value in and out of every wallet that was ever named."""
        found = {wallet: [0, 0] for wallet in self._wallets()}
        for payment in self._counting():
            found[payment.receiver][0] += payment.units * MICRO
            found[payment.sender][1] += payment.units * MICRO
        return {wallet: (into, out) for wallet, (into, out) in found.items()}

    def categories(self) -> dict[str, str]:
        """What each wallet is; at most one label of a wallet stands at a time."""
        return {label.wallet: label.category for label in self.labels.values() if label.stands}

    def _counting(self) -> Iterator[Payment]:
        return (payment for payment in self.payments.values() if payment.counts)

    def _wallets(self) -> Iterator[str]:
        for payment in self.payments.values():
            yield from (payment.sender, payment.receiver)
        for label in self.labels.values():
            yield label.wallet
