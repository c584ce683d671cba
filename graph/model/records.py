"""What is recorded: signals, decisions, alerts, scores and why they changed, jobs, events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from graph.model.models import ModelKind

Severity = Literal["none", "low", "high", "critical"]
AlertClass = Literal["live", "retro"]
AlertStatus = Literal["open", "acknowledged", "resolved", "dismissed"]
Verdict = Literal["confirmed", "false_positive", "inconclusive"]
JobState = Literal["queued", "running", "succeeded", "failed", "dead", "cancelled"]
Role = Literal["integrator", "investigator", "supervisor", "admin", "auditor"]


class Contribution(Struct, frozen=True, kw_only=True):
    """What one fact added to a signal: `reason` is a code such as `EXPOSURE_SCAM_DIRECT`."""

    reason: str
    value: float
    share: float | None = None
    detail: str = ""


class Signal(Struct, frozen=True, kw_only=True):
    """One input to a decision. `value` is None when `skipped` tells why it could not be had.

    `weight` is the policy's, `effective_weight` what it came to in the mean once missing signals had given theirs to
    the rest; None where nothing was fused.
    """

    name: str
    value: float | None
    weight: float
    effective_weight: float | None = None
    skipped: str | None = None
    contributions: tuple[Contribution, ...] = ()


class ModelSignal(Struct, frozen=True, kw_only=True):
    """What one model says of a wallet; `name` is its kind. `value` is None when `skipped` tells why there is none.

    `weight` is what it counts with in the wallet's score; 0 for a shadow, which is only shown. It is of the graph at
    `watermark`. `contributions` are the features that moved it most, the rest being in the explanation.
    """

    name: str
    value: float | None
    weight: float
    model: str | None = None
    state: Literal["champion", "shadow"] = "champion"
    watermark: int | None = None
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
    """A decision or a re-screening that needs a person. `priority` orders the queue where scores are near saturation.

    A `retro` alert is about a wallet: it has no decision and no transaction. `basis_withdrawn_at` says since when its
    transaction is withdrawn; `proposal` that it has lost what it rested on and might be closed, by a person.
    `version` counts what was made of it since; `suppressed_by` is the suppression that closed it as it came.
    `value`, in micro-units, is what its payment moved, None for a `retro` one.
    """

    id: str
    decision: str | None
    transaction: str | None
    class_: AlertClass
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
    basis_withdrawn_at: datetime | None = None
    proposal: Literal["close"] | None = None
    proposal_reason: str | None = None
    proposed_at: datetime | None = None
    version: int = 1
    verdict: Verdict | None = None
    suppressed_by: str | None = None
    value: int | None = None


class RunModel(Struct, frozen=True, kw_only=True):
    """A model of a scoring run; `weight` is what it counts with, `skipped` why it could not be used.

    `log_odds_shift` is what its values had added for illicit wallets being rarer among all than among its labels.
    """

    model: str
    kind: ModelKind
    state: Literal["champion", "shadow"]
    seed: int
    weight: float
    log_odds_shift: float = 0.0
    skipped: str | None = None


class ScoringRun(Struct, frozen=True, kw_only=True):
    """One job over one graph watermark. `watermark` and `finished_at` are None until it is done.

    It saw what was recorded until `known_at` and attributions valid at `valid_at`; if `ended_watermark` is above
    `watermark`, also part of what was recorded while it read. `digest` is the SHA-256 of its rows, in order of wallet.
    `models` computed signals of every wallet, from the features that `feature_digest` defines; None without models.
    Since `rows_removed_at` its scores are not kept any more.
    """

    id: str
    job: str
    hops: int
    policy: str
    requested_at: datetime
    watermark: int | None = None
    wallets: int | None = None
    finished_at: datetime | None = None
    known_at: datetime | None = None
    valid_at: datetime | None = None
    ended_watermark: int | None = None
    digest: str | None = None
    models: tuple[RunModel, ...] = ()
    feature_digest: str | None = None
    rows_removed_at: datetime | None = None


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
    signals: tuple[ModelSignal, ...] = ()


PartKind = Literal["source", "destination", "category", "model"]


class ScorePart(Struct, frozen=True, kw_only=True):
    """One part of a score that differs between two runs.

    A share of the money on one side that is of category `name`, the wallet's own category, 1 where it has it, or what
    the model of kind `name` says. `weight` is how much the difference counts: by the severity of the category, by the
    weight of the model. The parts of a score do not add up to it: it is bounded, and models only fill what is left.
    """

    kind: PartKind
    name: str
    before: float | None
    after: float | None
    weight: float


CauseKind = Literal[
    "attribution_recorded",
    "attribution_withdrawn",
    "attribution_superseded",
    "attribution_began",
    "attribution_ended",
    "transaction_landed",
    "transaction_relanded",
    "transaction_withdrawn",
]


class Cause(Struct, frozen=True, kw_only=True):
    """A change of the graph behind that of a score: of an attribution of `wallet`, or a transaction it is party to.

    `id` is the attribution's, or the transaction's key; `seq` numbers the change. `value` is of the transaction,
    `category`, `actor` and `source` are of the attribution; None for the other kind.
    """

    kind: CauseKind
    id: str
    wallet: str
    seq: int
    category: str | None = None
    actor: str | None = None
    source: str | None = None
    value: int | None = None


class ScoreChange(Struct, frozen=True, kw_only=True):
    """Why a stored score changed, from what to what; `before` is None for a wallet that had none.

    `number` orders changes; it and `at` are set by the ledger.
    """

    wallet: str
    run: str
    job: str
    before: WalletScore | None
    after: WalletScore
    causes: tuple[Cause, ...]
    words: str
    watermark: int
    number: int = 0
    at: datetime | None = None


class Job(Struct, frozen=True, kw_only=True):
    """One run of background work. `attempt` counts starts; `done` and `total` are steps, None if unknown.

    `eta_s` is in how many seconds it ends if it goes on as it did so far; None where nothing can be told yet. One that
    runs and was to be cancelled, at `cancel_requested_at`, is about to stop.
    """

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
    cancel_requested_at: datetime | None = None
    cancelled_by: str | None = None
    eta_s: float | None = None


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
