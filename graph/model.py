"""The domain, as frozen Structs. Read this file first; it imports nothing of ours.

Units: `value` is an integer of micro-units of the reference currency, `amount` a decimal string in the asset's
own units, `share` a float in [0, 1], times are aware UTC datetimes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

Direction = Literal["source", "destination"]
CategoryClass = Literal["illicit", "service", "neutral"]

MICRO = 1_000_000


def format_micro(value: int) -> str:
    """Return micro-units as plain decimal units: 12500000 is `12.5`."""
    whole, fraction = divmod(abs(value), MICRO)
    text = f"{whole}.{fraction:06d}".rstrip("0") if fraction else str(whole)
    return "-" + text if value < 0 else text


class Party(Struct, frozen=True):
    """One input or output of a transaction: a canonical address and a plain decimal amount."""

    address: str
    amount: str


class Transaction(Struct, frozen=True, kw_only=True):
    """One movement in canonical form, as landed. `value` counts all outputs; `value_sent` is None if derived."""

    network: str
    id: str
    at: datetime
    asset: str
    amount: str
    value: int
    inputs: tuple[Party, ...]
    outputs: tuple[Party, ...]
    value_sent: int | None = None
    purpose: str | None = None
    context: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """`network:id`; the id may itself contain colons."""
        return f"{self.network}:{self.id}"


class Wallet(Struct, frozen=True, kw_only=True):
    """One address on one network. Sums leave out what a wallet paid itself; times are None before any transaction."""

    key: str
    network: str
    address: str
    in_value: int = 0
    out_value: int = 0
    in_count: int = 0
    out_count: int = 0
    in_degree: int = 0
    out_degree: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    category: str | None = None


class Flow(Struct, frozen=True):
    """All value moved from one wallet to another: `source` and `target` are wallet keys."""

    source: str
    target: str
    value: int
    count: int
    first_at: datetime
    last_at: datetime


class Category(Struct, frozen=True):
    """A row of the one taxonomy. Tracing stops at illicit and service wallets, passes through neutral ones."""

    name: str
    class_: CategoryClass
    severity: float
    title: str

    @property
    def stops(self) -> bool:
        """Whether tracing ends at a wallet of this category."""
        return self.class_ != "neutral"


class Attribution(Struct, frozen=True, kw_only=True):
    """What a source says a wallet is. `official` marks a listing by a sanctions authority."""

    id: str
    wallet: str
    category: str
    source: str
    actor: str | None = None
    confidence: float = 1.0
    official: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    recorded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    note: str | None = None


class ActorShare(Struct, frozen=True):
    """The part of a category's share that ends at wallets of one actor; attributions are ids."""

    actor: str | None
    share: float
    attributions: tuple[str, ...]


class CategoryShare(Struct, frozen=True, kw_only=True):
    """How much of a wallet's value traces to one category. `direct_share` is the part found at hop 1."""

    category: str
    class_: CategoryClass
    share: float
    value: int
    direct_share: float
    shortest_hops: int
    actors: tuple[ActorShare, ...] = ()

    @property
    def indirect_share(self) -> float:
        """The part found beyond hop 1; never below zero by rounding."""
        return max(0.0, self.share - self.direct_share)


class Residual(Struct, frozen=True):
    """Value not followed to a category, with the coded reason."""

    reason: str
    share: float
    value: int


class Exposure(Struct, frozen=True, kw_only=True):
    """Where a wallet's value came from (source) or went to (destination); shares add up to 1 if there is any."""

    wallet: str
    direction: Direction
    hops: int
    total_value: int
    watermark: int
    categories: tuple[CategoryShare, ...]
    residuals: tuple[Residual, ...]
    passed_through: float
    coverage: float | None
    exact: bool = True
    method: str = "haircut"


Severity = Literal["none", "low", "high", "critical"]
AlertStatus = Literal["open", "acknowledged", "resolved", "dismissed"]
JobState = Literal["queued", "running", "succeeded", "failed", "dead"]
Role = Literal["integrator", "investigator", "supervisor", "admin", "auditor"]


class Contribution(Struct, frozen=True, kw_only=True):
    """What one fact added to a signal: `reason` is a code such as `EXPOSURE_SCAM_DIRECT`."""

    reason: str
    value: float
    share: float | None = None
    detail: str = ""


class Signal(Struct, frozen=True, kw_only=True):
    """One input to a decision. `value` is None when `skipped` tells why it could not be had."""

    name: str
    value: float | None
    weight: float
    skipped: str | None = None
    contributions: tuple[Contribution, ...] = ()


class Decision(Struct, frozen=True, kw_only=True):
    """The recorded outcome for one transaction; the system of record. `transaction` is its key."""

    id: str
    transaction: str
    risk_score: float
    severity: Severity
    risk_category: str | None
    reason_codes: tuple[str, ...]
    explanation: str
    signals: tuple[Signal, ...]
    evidence: tuple[dict[str, Any], ...]
    policy: str
    rule_versions: dict[str, str]
    model_versions: dict[str, str]
    prompt_version: str | None
    input_hash: str
    watermark: int
    latency_ms: float
    trace_id: str
    decided_at: datetime
    alert: str | None = None


class Alert(Struct, frozen=True, kw_only=True):
    """A decision that needs a person. `priority` orders the queue where scores are near saturation."""

    id: str
    decision: str
    transaction: str
    class_: Literal["live", "retro"]
    severity: Severity
    risk_score: float
    priority: float
    risk_category: str | None
    reason_codes: tuple[str, ...]
    explanation: str
    wallets: tuple[str, ...]
    group_id: str
    created_at: datetime
    status: AlertStatus = "open"
    assignee: str | None = None


class ScoringRun(Struct, frozen=True, kw_only=True):
    """One job over one graph watermark. `watermark` and `finished_at` are None until it is done."""

    id: str
    job: str
    hops: int
    policy: str
    requested_at: datetime
    watermark: int | None = None
    wallets: int | None = None
    finished_at: datetime | None = None


class WalletScore(Struct, frozen=True, kw_only=True):
    """One wallet's row of a ScoringRun. `source` and `destination` map category or residual to share."""

    wallet: str
    run: str
    score: float
    hop_score: float
    hop_counts: tuple[int, int, int]
    in_degree: int
    out_degree: int
    illicit_source_share: float
    illicit_destination_share: float
    category: str | None
    source: dict[str, Any]
    destination: dict[str, Any]
    watermark: int
    scored_at: datetime
    signals: tuple[Signal, ...] = ()


class Job(Struct, frozen=True, kw_only=True):
    """One run of background work. `attempt` counts starts; `done` and `total` are steps, None if unknown."""

    id: str
    name: str
    state: JobState
    arguments: dict[str, Any]
    attempt: int
    created_at: datetime
    done: int = 0
    total: int | None = None
    message: str = ""
    error: str | None = None
    result: dict[str, Any] | None = None
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None


class Event(Struct, frozen=True, kw_only=True):
    """One entry of the audit log; `hash` covers the canonical JSON of the rest and the previous hash."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    body: dict[str, Any]
    previous_hash: str
    hash: str
