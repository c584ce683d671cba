"""What moved between wallets, as columns: what every feature and every model is computed from."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.model import Category

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Movements(Struct, frozen=True):
    """Wallets in order of key, and one row per payer and payee of each transaction, in order of time.

    `payers` and `payees` are places in `keys`; `values` micro-units above 0; `times` microseconds since 1970, UTC;
    `transactions` numbers rows of the same transaction alike. Nobody pays himself here.
    """

    keys: list[str]
    payers: Integers
    payees: Integers
    values: Integers
    times: Integers
    transactions: Integers

    def __len__(self) -> int:
        return len(self.payers)

    @property
    def wallets(self) -> int:
        """How many wallets there are."""
        return len(self.keys)


class Attributed(Struct, frozen=True):
    """The category of each wallet in order of key, '' for none, and the taxonomy they are of."""

    categories: list[str]
    taxonomy: tuple[Category, ...]

    @classmethod
    def none(cls, wallets: int) -> Attributed:
        """Nothing is known of any wallet."""
        return cls([""] * wallets, ())


class FeatureTable(Struct, frozen=True):
    """One row per wallet, in order of key, one column per name; `values` is float64 (wallets, features), finite."""

    names: tuple[str, ...]
    values: Floats


class ModelInputs(Struct, frozen=True):
    """All that a model sees of a graph: movements, what was known of wallets, and the features of both."""

    movements: Movements
    attributed: Attributed
    features: FeatureTable


class Labels(Struct, frozen=True):
    """What wallets were found to be: place, whether illicit, and since when it is known (microseconds)."""

    places: Integers
    illicit: NDArray[np.bool_]
    times: Integers
