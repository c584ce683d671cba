"""Where tracing starts: at a wallet, or at the parties of a payment.

Both have the same shape, down to the types inside: the database keeps a plan per shape, and making one takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from graph.clock import FOREVER
from graph.model import Direction
from graph.session import Row
from graph.sums import micros

NOBODY = ""


class Payment(Struct, frozen=True):
    """What a payment's exposure needs: its key, time, and value by wallet on either side (micro-units)."""

    key: str
    at: datetime
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]

    def side(self, direction: Direction) -> Mapping[str, int]:
        """The parties whose money is asked for: payers on the source side, payees on the destination side."""
        return self.inputs if direction == "source" else self.outputs


def wallet_start(key: str, as_of: datetime | None = None) -> Row:
    """Start at a wallet itself, with all of its money until `as_of`."""
    return {"id": key, "wallets": [{"key": key, "mass": 1.0}], "as_of": micros(as_of or FOREVER), "own": [NOBODY]}


def payment_start(payment: Payment, direction: Direction) -> Row:
    """Start at the parties on that side, weighted by value, until the payment's time."""
    side = payment.side(direction)
    total = sum(side.values())
    # A party without value counts only where no party has any.
    weights = {key: value / total for key, value in side.items() if value} or dict.fromkeys(side, 1 / len(side))
    wallets = [{"key": key, "mass": mass} for key, mass in sorted(weights.items())]
    own = sorted(payment.outputs if direction == "source" else payment.inputs)
    return {"id": payment.key, "wallets": wallets, "as_of": micros(payment.at), "own": own or [NOBODY]}
