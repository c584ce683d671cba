"""What models say of a wallet, joined to the score that its exposure gives. No I/O; works on floats and on arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from graph.model import ModelSignal, WalletScore
from risk.policy import Policy

Number = TypeVar("Number", float, NDArray[np.float64])
# A novelty is no judgement of risk: it stands for the models only where no other does.
NOVELTY = "isolation_forest"


def rarity_shift(labels: Mapping[str, int], illicit_share: float) -> float:
    """What log-odds learned from so many `illicit` and `licit` labels lack where so few wallets are illicit.

    0 for a model without labels. As Saerens et al., "Adjusting the outputs of a classifier to new a priori
    probabilities" (2002).
    """
    illicit, licit = labels.get("illicit", 0), labels.get("licit", 0)
    if not illicit or not licit:
        return 0.0
    return math.log(illicit_share / (1.0 - illicit_share)) - math.log(illicit / licit)


def shifted(values: Number, shift: float) -> Number:
    """Probabilities with so much added to their log-odds; the same to the bit where that is 0."""
    if shift == 0.0:
        return values
    odds = math.exp(shift)
    result: Number = values * odds / (values * odds + (1.0 - values))
    return result


def model_share(parts: Iterable[tuple[float, Any]]) -> Any:
    """The share of what is left to 1 that models add, 1 - Π(1 - weight x value); 0 without models."""
    left: Any = 1.0
    for weight, value in parts:
        left = left * (1.0 - weight * value)
    return 1.0 - left


def raised(score: Number, share: Number) -> Number:
    """A score by exposure with what models add: never less than it, and the same to the bit where they add nothing."""
    result: Number = np.clip(np.maximum(score + (1.0 - score) * share, score), 0.0, 1.0)
    return result


def joined(score: WalletScore, signals: Sequence[ModelSignal], policy: Policy) -> WalletScore:
    """A score by exposure alone with what models said of the wallet before, at the weights of the policy."""
    if not signals:
        return score
    weighed = tuple(replace(one, weight=weight_of(one.name, one.state, policy)) for one in signals)
    share = model_share((one.weight, one.value) for one in weighed if one.value is not None)
    return replace(score, score=float(raised(score.score, share)), signals=weighed)


def weight_of(name: str, state: str, policy: Policy) -> float:
    """What a model of a kind counts with: a shadow with nothing."""
    return policy.wallet_weights.get(name, 0.0) if state == "champion" else 0.0


def judging(names: Iterable[str]) -> list[str]:
    """The kinds whose values tell how risky models hold a wallet, out of those there are."""
    known = list(names)
    return [name for name in known if name != NOVELTY] or known
