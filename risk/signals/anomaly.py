"""The anomaly signal: how far a payment's value is from what its payer usually sends, as a z-score."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Contribution, Signal, WalletHistory, format_micro
from risk.facts import Payment
from risk.policy import AnomalyLimits
from risk.signals.limits import beyond

NAME = "anomaly"
HIGH, LOW = "AMOUNT_ANOMALY_HIGH", "AMOUNT_ANOMALY_LOW"
# A deviation counts for no less than this part of the mean: who always pays 100 is out of habit from 130, not 101.
LEAST_DEVIATION = 0.1


def anomaly_signal(payment: Payment, payers: Sequence[WalletHistory], limits: AnomalyLimits, weight: float) -> Signal:
    """Value the payer that is furthest out of its habit; mean and deviation are of its last payments, from the graph.

    There is no value where no payer has sent `least_count` payments before. The deviation is taken to be a tenth of
    the mean at least, and one micro-unit.
    """
    known = [payer for payer in payers if payer.sampled >= limits.least_count]
    if not known:
        return Signal(name=NAME, value=None, weight=weight, skipped=_unknown(payers, limits))
    told = [found for payer in known if (found := _out_of_habit(payment, payer, limits))]
    ordered = sorted(told, key=lambda one: (-one.value, one.reason, one.detail))
    value = ordered[0].value if ordered else 0.0
    return Signal(name=NAME, value=value, weight=weight, contributions=tuple(ordered))


def _unknown(payers: Sequence[WalletHistory], limits: AnomalyLimits) -> str:
    if not payers:
        return "the payment has no payer"
    most = max(payer.sampled for payer in payers)
    return f"no payer has a habit yet: {limits.least_count} earlier payments make one, there are {most}"


def _out_of_habit(payment: Payment, payer: WalletHistory, limits: AnomalyLimits) -> Contribution | None:
    sent = payment.sent_by(payer.wallet)
    if sent is None or payer.mean is None or payer.deviation is None:
        return None
    z_score = (sent - payer.mean) / max(payer.deviation, LEAST_DEVIATION * payer.mean, 1.0)
    if abs(z_score) <= limits.z_score:
        return None
    side = "above" if z_score > 0 else "below"
    detail = (
        f"{payer.wallet} sent {format_micro(sent)}, {abs(z_score):.1f} deviations {side} the mean of"
        f" {format_micro(round(payer.mean))} over its last {payer.sampled} payments;"
        f" the policy allows {limits.z_score:g}"
    )
    reason = HIGH if z_score > 0 else LOW
    return Contribution(reason=reason, value=beyond(abs(z_score), limits.z_score), detail=detail)
