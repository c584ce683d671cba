"""What each wallet paid others, and got from others, in one transaction: what it pays itself is no payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Net by wallet (micro-units), of the payers and of the payees.
Nets = tuple[dict[str, int], dict[str, int]]

_NOTHING = {"net": None, "others": None}


def counted(own: Mapping[str, int], across: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """What each wallet of one side moved, and how many others moved something across; who moved nothing is left out."""
    moved = sum(1 for net in across.values() if net)
    return {
        wallet: {"net": net, "others": moved - (1 if across.get(wallet) else 0)} for wallet, net in own.items() if net
    }


def take(side: dict[str, dict[str, Any]], wallet: str) -> dict[str, Any]:
    """What stands with a wallet's first part alone, so that it is found once; None with its other parts."""
    return side.pop(wallet, _NOTHING)
