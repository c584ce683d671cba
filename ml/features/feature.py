"""A feature: a name, what it tells an analyst, and how it is computed for all wallets at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from msgspec import Struct

from ml.features.context import Context
from ml.movements import Floats

Compute = Callable[[Context], Floats]


class Feature(Struct, frozen=True):
    """One column: `compute` returns one finite value per wallet, in order of key."""

    name: str
    says: str
    compute: Compute


def features_of(functions: Iterable[Compute]) -> tuple[Feature, ...]:
    """Plain functions as features: the name is the function's, what it tells its docstring.

    Raises ValueError for one without a docstring: nobody could read what it says.
    """
    return tuple(Feature(_name(function), _said(function), function) for function in functions)


def _name(function: Compute) -> str:
    return str(getattr(function, "__name__", ""))


def _said(function: Compute) -> str:
    said = inspect.getdoc(function)
    if not said:
        raise ValueError(f"the feature {_name(function)} has no docstring")
    return said
