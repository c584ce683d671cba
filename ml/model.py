"""What every model can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from graph.model import ModelKind
from ml.movements import Floats, Integers, ModelInputs

# Told of progress: what it is at, steps done, steps in all. May raise to stop the training.
Say = Callable[[str, int, int], None]


def say_nothing(_message: str, _done: int, _total: int) -> None:
    """Nobody waits for progress."""


class Model(Protocol):
    """A fitted model. It refuses (FeatureMismatch) inputs whose features are not those it learned."""

    kind: ModelKind
    features: tuple[str, ...]
    feature_digest: str

    def scores(self, inputs: ModelInputs) -> Floats:
        """Return one value in [0, 1] per wallet, higher is riskier; the same inputs give the same bits."""
        ...

    def contributions(self, inputs: ModelInputs, places: Integers) -> tuple[Floats, float]:
        """Return how much each feature moved the raw output of some wallets, (len(places), features), and the base.

        Positive is towards riskier. A row's sum and the base are the raw output, whose unit the model's docstring
        names.
        """
        ...

    def files(self) -> dict[str, bytes]:
        """Return the model as files by name: equal models give equal bytes."""
        ...


class Fitted(Struct, frozen=True):
    """A model and what its training told: metrics of wallets it was not fitted on, and the parameters chosen."""

    model: Model
    metrics: dict[str, float]
    parameters: dict[str, Any]


Load = Callable[[Mapping[str, bytes]], Model]


def top_contributions(names: Sequence[str], row: Floats, most: int = 5) -> list[tuple[str, float]]:
    """The features that moved a wallet's output most, either way, largest first."""
    order = abs(row).argsort(kind="stable")[::-1][:most]
    return [(names[i], float(row[i])) for i in order if row[i] != 0.0]
