"""Model versions: what was learned, from what, and how far it is trusted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

ModelKind = Literal["isolation_forest", "classifier", "gnn"]
# A champion's values count in scores, a shadow's are computed and shown beside them, a candidate's are not computed.
ModelState = Literal["candidate", "shadow", "champion", "retired"]


class ModelFile(Struct, frozen=True, kw_only=True):
    """One file of a model: its name within the model, SHA-256 in hex, and length in bytes."""

    name: str
    digest: str
    size: int


class ModelVersion(Struct, frozen=True, kw_only=True):
    """One training's result; `id` is `kind-vN`. All but `state` is as it was when the training ended.

    `features` are the columns it learned, in order, `feature_digest` is of their definitions. `watermark` is that of
    the graph it was trained on, `data_from` and `data_until` the times of the first and last movement it saw.
    `labels` counts wallets by `illicit` and `licit`; empty where it learns from none. `metrics` are of wallets that
    it was not fitted on. `reference` holds how features and score were distributed in training, for drift.
    """

    id: str
    kind: ModelKind
    version: int
    state: ModelState
    job: str
    created_at: datetime
    features: tuple[str, ...]
    feature_digest: str
    seed: int
    watermark: int
    wallets: int
    files: tuple[ModelFile, ...]
    data_from: datetime | None = None
    data_until: datetime | None = None
    labels: dict[str, int] = {}
    metrics: dict[str, float] = {}
    parameters: dict[str, Any] = {}
    reference: dict[str, Any] = {}
