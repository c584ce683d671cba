"""How good scores are: measures of ranking and of calibration, for wallets whose class is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve, roc_auc_score

from ml.errors import TooFewLabels
from ml.movements import Floats

Classes = NDArray[np.bool_]


def average_precision(illicit: Classes, scores: Floats) -> float:
    """Mean precision over the illicit wallets in order of score; chance is `base_rate`."""
    return float(average_precision_score(_both(illicit), scores))


def roc_auc(illicit: Classes, scores: Floats) -> float:
    """How likely an illicit wallet scores above a licit one; chance is 0.5."""
    return float(roc_auc_score(_both(illicit), scores))


def best_f1(illicit: Classes, scores: Floats) -> float:
    """The best harmonic mean of precision and recall that some threshold reaches; the threshold knows the answers."""
    precision, recall, _ = precision_recall_curve(_both(illicit), scores)
    return float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-12)))


def base_rate(illicit: Classes) -> float:
    """Which share is illicit."""
    return float(np.mean(_both(illicit)))


def brier(illicit: Classes, scores: Floats) -> float:
    """Mean squared distance of probabilities from what was found: 0 is perfect, `base_rate` for all is the chance."""
    return float(brier_score_loss(_both(illicit), scores))


def held_out_metrics(illicit: Classes, scores: Floats) -> dict[str, float]:
    """All of them, by name."""
    return {
        "average_precision": average_precision(illicit, scores),
        "base_rate": base_rate(illicit),
        "roc_auc": roc_auc(illicit, scores),
        "best_f1": best_f1(illicit, scores),
        "brier": brier(illicit, scores),
    }


def _both(illicit: Classes) -> Classes:
    """Raise TooFewLabels where there is nothing to tell apart."""
    found = int(np.count_nonzero(illicit))
    if found in (0, len(illicit)):
        raise TooFewLabels(f"a measure needs illicit and licit wallets; there are {found} and {len(illicit) - found}")
    return illicit
