"""The velocity signal: how much a payer sends within the policy's sliding window, this payment included."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Contribution, Signal, WalletHistory, format_micro
from risk.facts import Payment
from risk.policy import VelocityLimits
from risk.signals.limits import beyond

NAME = "velocity"
COUNT, VALUE = "VELOCITY_COUNT", "VELOCITY_VALUE"


def velocity_signal(payment: Payment, payers: Sequence[WalletHistory], limits: VelocityLimits, weight: float) -> Signal:
    """Value the payer that is furthest beyond its limit of payments or of value; `payers` are from the graph's History.

    A payment without payers has no velocity. What a payer pays itself counts for nothing.
    """
    if not payers:
        return Signal(name=NAME, value=None, weight=weight, skipped="the payment has no payer")
    told = [found for payer in payers for found in _over(payment, payer, limits)]
    ordered = sorted(told, key=lambda one: (-one.value, one.reason, one.detail))
    value = ordered[0].value if ordered else 0.0
    return Signal(name=NAME, value=value, weight=weight, contributions=tuple(ordered))


def _over(payment: Payment, payer: WalletHistory, limits: VelocityLimits) -> list[Contribution]:
    """What one payer is beyond, by count and by value."""
    sent = payment.sent_by(payer.wallet)
    if sent is None:
        return []
    count, value = payer.sent_window.count + 1, payer.sent_window.value + sent
    least = "at least " if payer.is_cut else ""
    within = f"within {limits.window_s} s; the policy allows"
    told = []
    if count > limits.max_count:
        detail = f"{payer.wallet} sent {least}{count} payments {within} {limits.max_count}"
        told.append(Contribution(reason=COUNT, value=beyond(count, limits.max_count), detail=detail))
    if value > limits.max_value:
        detail = f"{payer.wallet} sent {least}{format_micro(value)} {within} {format_micro(limits.max_value)}"
        told.append(Contribution(reason=VALUE, value=beyond(value, limits.max_value), detail=detail))
    return told
