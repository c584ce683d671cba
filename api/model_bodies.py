"""What is sent and answered about models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from api.texts import SAYS_SOMETHING
from graph.model import ModelFile, ModelKind, ModelState, ModelVersion
from jobs.promoting import MAX_REASON, Promoted
from ledger.model_states import StateChange

Reason = Annotated[
    str,
    Meta(
        min_length=1, max_length=MAX_REASON, pattern=SAYS_SOMETHING, description="Why; kept for good, so name no person"
    ),
]
Kind = Annotated[ModelKind, Meta(description="What is trained; all but `isolation_forest` learn from labels")]


class TrainInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a training shall be of."""

    kind: Kind
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1, description="The same seed and graph give the same model")] = 0
    as_of: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="Learn only from what had moved by then: RFC 3339 with a zone; null: from all"),
    ] = None


class PromoteInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The state that a model shall come into, and why."""

    state: Annotated[Promoted, Meta(description="A `champion` retires the one before")]
    reason: Reason
    from_: Annotated[
        ModelState | None, Meta(description="The state it was seen in; 409 where it is in another by now")
    ] = None


class RollBackInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a champion goes."""

    reason: Reason


class ModelView(Struct, frozen=True, kw_only=True):
    """A model version; `metrics` are of wallets that it was not fitted on, `labels` how many it learned from."""

    id: str
    kind: ModelKind
    version: int
    state: ModelState
    job: str
    created_at: datetime
    seed: int
    watermark: int
    wallets: int
    data_from: datetime | None
    data_until: datetime | None
    labels: dict[str, int]
    metrics: dict[str, float]
    parameters: dict[str, Any]
    features: tuple[str, ...]
    feature_digest: str
    files: tuple[ModelFile, ...]

    @classmethod
    def from_model(cls, model: ModelVersion) -> ModelView:
        """Return a version as it is on the wire."""
        return cls(**_fields(model))


class StateView(Struct, frozen=True):
    """A state that a model came into; `previous` is its own before, `replaces` the champion it was promoted over."""

    state: ModelState
    previous: ModelState | None
    replaces: str | None
    actor: str
    reason: str
    at: datetime


class ModelHistoryView(ModelView, frozen=True, kw_only=True):
    """A model version with all that became of it, latest first."""

    states: tuple[StateView, ...]

    @classmethod
    def of(cls, model: ModelVersion, states: list[StateChange]) -> ModelHistoryView:
        """Return a version and its states as they are on the wire."""
        told = tuple(StateView(s.state, s.previous, s.replaces, s.actor, s.reason, s.at) for s in states)
        return cls(**_fields(model), states=told)


class ModelPage(Struct, frozen=True):
    """A page of models; `next` is null at the end."""

    items: list[ModelView]
    next: str | None


def _fields(model: ModelVersion) -> dict[str, Any]:
    return {name: getattr(model, name) for name in msgspec.structs.asdict(model) if name != "reference"}
