"""What a report about a case says: facts as recorded, each with where it comes from; nothing is inferred."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from graph.model import AlertStatus, Severity


class ReportParty(Struct, frozen=True):
    """One side of a transaction: `amount` in units of its asset."""

    wallet: str
    amount: str


class ReportTransaction(Struct, frozen=True, kw_only=True):
    """A transaction that an alert of the case is about; `value` in units of the reference currency.

    The decision's fields are null for history imported without screening. A `withdrawn` one no longer counts.
    """

    transaction: str
    at: datetime
    asset: str
    value: str
    inputs: tuple[ReportParty, ...]
    outputs: tuple[ReportParty, ...]
    withdrawn: bool
    decision: str | None
    risk_score: float | None
    severity: Severity | None


class ReportAttribution(Struct, frozen=True, kw_only=True):
    """What a source says of a wallet, in force when the report was drawn up."""

    id: str
    category: str
    actor: str | None
    source: str
    official: bool


class ReportWallet(Struct, frozen=True, kw_only=True):
    """A wallet of the case. `subject`: somebody put it into the case; else it is party to a transaction or alert.

    `sent` and `received` add up its part in the report's transactions, those not withdrawn, in units of the reference
    currency; `transactions` counts them.
    """

    wallet: str
    subject: bool
    sent: str
    received: str
    transactions: int
    attributions: tuple[ReportAttribution, ...]


class ReportReason(Struct, frozen=True, kw_only=True):
    """One reason that counted in a decision, with the decision's own numbers."""

    signal: str
    reason: str
    value: float
    share: float | None
    detail: str


class ReportGround(Struct, frozen=True, kw_only=True):
    """Why one alert is in the case: what was decided, under which policy, for which reasons."""

    alert: str
    alert_status: AlertStatus
    alert_class: Literal["live", "retro"]
    decision: str | None
    transaction: str | None
    wallets: tuple[str, ...]
    severity: Severity
    risk_score: float
    policy: str | None
    explanation: str
    reasons: tuple[ReportReason, ...]


class ReportStep(Struct, frozen=True, kw_only=True):
    """Something that happened, in order of time; `actor` is null for money that moved and for what we opened."""

    at: datetime
    kind: Literal["transaction", "alert", "case"]
    what: str
    actor: str | None


class CaseReport(Struct, frozen=True, kw_only=True):
    """A draft of a report about a case. A person has to read, complete and file it.

    `first_at` and `last_at` bound its transactions, null without any; `total_value` adds up those not withdrawn.
    `open_questions` is what the records leave open, `missing` what a filing needs that Headwater does not know.
    """

    case: str
    title: str
    status: str
    outcome: str | None
    drawn_up_at: datetime
    reference_currency: str
    first_at: datetime | None
    last_at: datetime | None
    total_value: str
    wallets: tuple[ReportWallet, ...]
    transactions: tuple[ReportTransaction, ...]
    grounds: tuple[ReportGround, ...]
    chronology: tuple[ReportStep, ...]
    done: tuple[str, ...]
    open_questions: tuple[str, ...]
    missing: tuple[str, ...]
