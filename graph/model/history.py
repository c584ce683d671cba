"""What a payment's parties did before it: the facts that velocity, anomaly and rules look at."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Window(Struct, frozen=True):
    """Payments of one wallet on one side within a stretch of time; `parties` are distinct counterparties."""

    count: int = 0
    value: int = 0
    parties: int = 0


class WalletHistory(Struct, frozen=True, kw_only=True):
    """What one wallet had sent and received when a payment moved, that payment left out. Values are micro-units.

    Windows end at the payment's time and include it: `sent_window` is the policy's velocity window, the others an
    hour and a day. `mean` and `deviation` (of the population) are of the values of the last `sampled` payments sent,
    None where there are none. `near_threshold` counts those of the last day just below the policy's reporting
    threshold. `sent_count` and `received_count` are over all time until then; above 1,000 they are the wallet's own
    sums, later payments too. `is_cut` says that a window held more payments than were read, or one of too many
    parties to look into, so that its figures are lower bounds.
    """

    wallet: str
    sent_window: Window = Window()
    sent_hour: Window = Window()
    sent_day: Window = Window()
    received_hour: Window = Window()
    received_day: Window = Window()
    sent_count: int = 0
    received_count: int = 0
    sampled: int = 0
    mean: float | None = None
    deviation: float | None = None
    near_threshold: int = 0
    first_at: datetime | None = None
    is_cut: bool = False


class History(Struct, frozen=True, kw_only=True):
    """The parties of one payment, each side with the most valuable first; at most 10 a side, `left_out` is the rest.

    `paid_before`: a payer had paid a payee before. A wallet that the graph had not seen has an empty history.
    """

    payers: tuple[WalletHistory, ...] = ()
    payees: tuple[WalletHistory, ...] = ()
    paid_before: bool = False
    left_out: int = 0
