"""All that a decision depends on. Recorded with it, so that it can be made again: values in, the same values out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from graph.model import Exposure, History, Signal


class Payment(Struct, frozen=True, kw_only=True):
    """The payment itself, as far as rules may look at it. `payers` and `payees` map wallet key to value.

    `purpose` is personal text: None where there is none, or where it has been erased.
    """

    key: str
    network: str
    asset: str
    at: datetime
    value: int
    amount: str
    payers: dict[str, int]
    payees: dict[str, int]
    context: dict[str, Any] = {}
    purpose: str | None = None

    @property
    def wallets(self) -> tuple[str, ...]:
        """Every party once, in order of key."""
        return tuple(sorted({*self.payers, *self.payees}))

    def sent_by(self, wallet: str) -> int | None:
        """Micro-units that left a payer for others by this payment; None if nothing did.

        As for what it sent before: what it pays itself, its change, does not count.
        """
        given, taken = self.payers.get(wallet, 0), self.payees.get(wallet, 0)
        # Every payer pays every payee in proportion, so that is what its change comes to.
        return given - (given * taken // self.value if self.value else 0) or None


class Finding(Struct, frozen=True, kw_only=True):
    """What a graph rule found about one payment: the wallets and transactions of the pattern, and its value."""

    wallets: tuple[str, ...]
    transactions: tuple[str, ...]
    value: int
    detail: str = ""


class Watched(Struct, frozen=True):
    """A party of the payment that somebody watches."""

    watchlist: str
    wallet: str


class Facts(Struct, frozen=True, kw_only=True):
    """What was found out about a payment when it was decided.

    `exposures` are source and destination. `unsolicited`: no payee had ever paid a payer; asked only where it matters.
    `findings` has an entry for each graph rule that was asked, None where it found nothing; `failed` names those
    that could not be asked, with the reason. `cut` names rules whose condition could not be judged, with the reason:
    how long that takes is no property of the payment. `models` are signals computed elsewhere, ready to be weighed;
    `model_versions` has the version of each model that was asked, by the name of its signal.
    """

    exposures: tuple[Exposure, ...]
    history: History
    seq: int
    unsolicited: bool = False
    findings: dict[str, Finding | None] = {}
    failed: dict[str, str] = {}
    cut: dict[str, str] = {}
    watched: tuple[Watched, ...] = ()
    models: tuple[Signal, ...] = ()
    model_versions: dict[str, str] = {}


class DecisionInput(Struct, frozen=True, kw_only=True):
    """All that a decision depends on, beside what it is made under. `content` and `text_digest` are of the payment."""

    payment: Payment
    content: str
    text_digest: str | None
    facts: Facts
