"""Columns of any scale as numbers a network can take: ranks among the training's rows, as a normal would have them."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from scipy.special import ndtri

from ml.movements import Floats

KNOTS = 128
FURTHEST = 3.0


class Scaling(Struct, frozen=True, forbid_unknown_fields=True):
    """Of each column, values of the training ascending and what each becomes; between them it is a straight line.

    What is most frequent in a column is 0 if it is a third of it or more, else the median is: a wallet that is as
    most are says nothing. Beyond the training's range everything is as at its end.
    """

    values: list[list[float]]
    normal: list[list[float]]

    def __call__(self, rows: Floats) -> Floats:
        """Scale each column."""
        found = np.empty(rows.shape)
        for column, (values, normal) in enumerate(zip(self.values, self.normal, strict=True)):
            found[:, column] = np.interp(rows[:, column], values, normal)
        return found


def fit_scaling(rows: Floats) -> Scaling:
    """Learn it from the training's rows."""
    fitted = [_fit_column(np.sort(column)) for column in rows.T]
    return Scaling([values for values, _ in fitted], [normal for _, normal in fitted])


def _fit_column(ascending: Floats) -> tuple[list[float], list[float]]:
    values, first, counts = np.unique(ascending, return_index=True, return_counts=True)
    # Of equal values the middle rank counts.
    normal = np.clip(ndtri((first + counts / 2) / len(ascending)), -FURTHEST, FURTHEST)
    most = int(np.argmax(counts))
    normal -= normal[most] if counts[most] * 3 >= len(ascending) else np.interp(np.median(ascending), values, normal)
    if len(values) > KNOTS:
        kept = np.unique(np.searchsorted(values, np.quantile(ascending, np.linspace(0, 1, KNOTS), method="nearest")))
        values, normal = values[kept], normal[kept]
    return values.tolist(), normal.tolist()
