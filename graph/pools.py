"""Pools: transactions of so many pairs that they stand between payers and payees instead of a flow per pair.

A pool is hop-neutral: value from payer u to payee v is u's value times v's over the whole, one hop, what a wallet
would pay itself left out. That equals the pairs up to one micro-unit each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class PoolPart(Struct, frozen=True):
    """One wallet on one side of a pool. `value` is gross, `net` leaves out what it paid itself (micro-units).

    `across` is its gross value on the other side, `others` how many other wallets with value stand there.
    """

    wallet: str
    value: int
    net: int
    across: int
    others: int

    def row(self) -> dict[str, Any]:
        """As a query's parameter."""
        return {"wallet": self.wallet, "value": self.value, "net": self.net, "across": self.across}


def pool_sides(given: Mapping[str, int], taken: Mapping[str, int], total: int) -> tuple[list[PoolPart], list[PoolPart]]:
    """Both sides of a pool from gross value by wallet; each side adds up to `total`."""
    return _side(given, taken, total), _side(taken, given, total)


def _side(own: Mapping[str, int], other: Mapping[str, int], total: int) -> list[PoolPart]:
    counted = sum(1 for value in other.values() if value)
    parts = []
    for wallet, value in own.items():
        across = other.get(wallet, 0)
        others = counted - (across > 0) if value else 0
        parts.append(PoolPart(wallet, value, value - value * across // total if total else 0, across, others))
    return parts
