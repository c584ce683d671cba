"""The columns that a model learned, taken from a table by name: other features than those it refuses."""

from __future__ import annotations

import numpy as np

from ml.errors import FeatureMismatch, ModelError, NoData
from ml.features.catalog import DIGEST
from ml.movements import Floats, ModelInputs


def learned_columns(inputs: ModelInputs, names: tuple[str, ...], digest: str) -> Floats:
    """One row per wallet, one column per name, in single precision as trees compare, kept in double.

    Raises FeatureMismatch where a name is missing or features are defined otherwise than when the model learned them,
    ModelError where a value is not a number.
    """
    if digest != DIGEST:
        raise FeatureMismatch(
            f"the model learned features of digest {digest[:12]}, here they are of {DIGEST[:12]}: train it again"
        )
    places = {name: place for place, name in enumerate(inputs.features.names)}
    if missing := [name for name in names if name not in places]:
        raise FeatureMismatch(f"the model learned features that are not there: {', '.join(missing)}")
    with np.errstate(over="ignore"):  # what is beyond single precision is refused below
        values = inputs.features.values[:, [places[name] for name in names]].astype(np.float32)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise ModelError(f"the feature {names[column]} of {inputs.movements.keys[row]} is no finite number")
    return values.astype(np.float64)


def need_movements(inputs: ModelInputs) -> None:
    """Raise NoData where there is nothing to learn from."""
    if not len(inputs.movements) or not len(inputs.features.values):
        raise NoData("there are no wallets or no movements between them to learn from")
