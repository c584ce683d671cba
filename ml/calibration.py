"""From a model's raw output to a value in [0, 1] that can be read."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ml.movements import Floats

# A novelty of 1 is one wallet in ten to this power.
DECADES = 4
KNOTS = 400


class Rarity(Struct, frozen=True, forbid_unknown_fields=True):
    """Raw outputs of the training's wallets, ascending, and the novelty at each; between them it is a straight line.

    The novelty of a raw output is a quarter of the decimal logarithm of how rare it, or one above it, was among the
    training's wallets: 0.25 is one in ten, 0.5 one in a hundred, 0.75 one in a thousand. It is no probability.
    """

    raw: list[float]
    novelty: list[float]

    def __call__(self, raw: Floats) -> Floats:
        """The novelty of each raw output; below the least of the training it is 0."""
        found: Floats = np.interp(raw, self.raw, self.novelty)
        return found

    @property
    def is_whole(self) -> bool:
        """Whether there is a novelty within bounds for each raw output, and both ascend."""
        raw, novelty = np.array(self.raw), np.array(self.novelty)
        ascends = (np.diff(raw) > 0).all() and (np.diff(novelty) >= 0).all()
        return bool(0 < len(raw) == len(novelty) and ascends and novelty[0] >= 0 and novelty[-1] <= 1)


def rarity(raw: Floats, highest: float) -> Rarity:
    """Learn it from the training's outputs; `highest` is an output that none can exceed, and 1 by definition.

    A hundred wallets cannot tell what is one in a thousand: the rarest of them has half of what four decades have.
    """
    decades = np.linspace(0, min(np.log10(len(raw)), DECADES * 0.99), KNOTS)
    # The wallet that so many decades name: it and those above it are so rare.
    below = np.floor(len(raw) * (1 - 10**-decades) + 1e-9).astype(np.int64)
    at = np.sort(raw)[np.minimum(below, len(raw) - 1)]
    # Of equal outputs the first counts: as rare as all that are at least so novel.
    at, first = np.unique(at, return_index=True)
    novelty = decades[first] / DECADES
    if highest > at[-1]:
        at, novelty = np.append(at, highest), np.append(novelty, 1.0)
    return Rarity(at.tolist(), novelty.tolist())


def sigmoid_of(illicit: NDArray[np.bool_], log_odds: Floats) -> tuple[float, float]:
    """Slope and offset that make log-odds of wallets not fitted on fit what was found (Platt, 1999).

    A straight line in log-odds keeps the order of wallets, and what features add stays a sum. The slope is never
    below a hundredth: a model that ranks worse than chance says next to nothing, and does not turn round.
    """
    from scipy.optimize import minimize

    positives = int(np.count_nonzero(illicit))
    negatives = len(illicit) - positives
    # Platt's targets: no certainty from few wallets.
    target = np.where(illicit, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line: Floats) -> tuple[float, Floats]:
        z = line[0] * log_odds + line[1]
        p = sigmoid(z)
        off = p - target
        return float(np.mean(np.logaddexp(0, z) - target * z)), np.array([np.mean(off * log_odds), np.mean(off)])

    start = np.array([1.0, 0.0])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.01, None), (None, None)])
    return float(found.x[0]), float(found.x[1])


def sigmoid(log_odds: Floats) -> Floats:
    """Probabilities of log-odds; written so that neither end overflows."""
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return found
