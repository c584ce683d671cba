"""The isolation_forest signal: how unlike other wallets a payer is once it has paid, and what makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from graph.model import Contribution, Signal
from risk.policy import Policy

NAME: Final = "isolation_forest"
MOST = 5


class Moved(Struct, frozen=True):
    """What one feature of the payer is, in words what it tells, and how much it moved the model's raw output.

    Above 0 is towards unusual.
    """

    feature: str
    value: float
    says: str
    by: float


def is_weighed(policy: Policy) -> bool:
    """Whether the signal can change a decision under a policy; where it cannot, nothing is computed."""
    return policy.replaced_by == NAME or policy.weights.get(NAME, 0.0) > 0.0 or policy.alone.get(NAME, 0.0) > 0.0


def isolation_signal(wallet: str, value: float, moved: Sequence[Moved]) -> Signal:
    """Share the value out among what made it: of all that moved the wallet towards unusual, the largest few.

    The weight is the policy's, and given where signals are weighed.
    """
    towards = sorted((one for one in moved if one.by > 0.0), key=lambda one: (-one.by, one.feature))
    whole = sum(one.by for one in towards)
    told = [_contribution(wallet, value, one, one.by / whole) for one in towards[:MOST]] if value > 0.0 else []
    return Signal(name=NAME, value=value, weight=0.0, contributions=tuple(told))


def skipped_signal(reason: str) -> Signal:
    """The signal where no value could be had, with the reason."""
    return Signal(name=NAME, value=None, weight=0.0, skipped=reason)


def _contribution(wallet: str, value: float, one: Moved, share: float) -> Contribution:
    detail = f"{wallet} is unusual: {one.feature} is {one.value:.4g}; {one.says[:1].lower()}{one.says[1:].rstrip('.')}"
    return Contribution(reason=f"UNUSUAL_{one.feature.upper()}", value=value * share, share=share, detail=detail)
