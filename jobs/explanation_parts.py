"""What an explanation of a wallet's score is made of: parts of exposure, and what moved each model."""

from __future__ import annotations

from msgspec import Struct

from graph.model import Direction, ModelKind


class FeaturePart(Struct, frozen=True, kw_only=True):
    """What one feature added to a model's output for a wallet: its value, and what it is in words."""

    feature: str
    value: float
    contribution: float
    text: str


class FlowPart(Struct, frozen=True, kw_only=True):
    """A flow of the subgraph, and how much it mattered to the model."""

    source: str
    target: str
    importance: float


class ModelSubgraph(Struct, frozen=True, kw_only=True):
    """The flows that mattered most to a model, and how far that is true.

    `fidelity` is how far the score falls without them, `random_fidelity` how far without as many others from the same
    neighbourhood, on average, give or take `random_deviation`. Near 1 a score hardly falls whatever is taken away:
    the falls of log-odds tell more there; None in what was explained before they were told.
    """

    flows: tuple[FlowPart, ...]
    fidelity: float
    random_fidelity: float
    random_deviation: float
    log_odds_fidelity: float | None = None
    random_log_odds_fidelity: float | None = None


class ModelExplanation(Struct, frozen=True, kw_only=True):
    """What moved one model for a wallet: `base` and all contributions add up to its output, in units of `output`.

    `value` is computed again, `reproduced` whether it is what the run stored. `skipped` tells why there is none of it.
    """

    model: str
    kind: ModelKind
    state: str
    value: float | None = None
    reproduced: bool | None = None
    output: str = ""
    base: float | None = None
    contributions: tuple[FeaturePart, ...] = ()
    subgraph: ModelSubgraph | None = None
    skipped: str | None = None


class ModelsExplained(Struct, frozen=True, kw_only=True):
    """What moved the models of a run for one wallet, from features that `feature_digest` defines."""

    feature_digest: str | None
    models: tuple[ModelExplanation, ...]


class ExposurePart(Struct, frozen=True, kw_only=True):
    """What exposure to an illicit category adds to a side of the score: its severity times its share."""

    direction: Direction
    category: str
    share: float
    direct_share: float
    shortest_hops: int
    severity: float
    part: float
