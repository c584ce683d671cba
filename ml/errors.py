"""What can be wrong with data that a model shall learn from, or with a model itself. No status, no HTTP."""

from __future__ import annotations


class ModelError(Exception):
    """A model cannot be trained, read or run; the message says what would be right."""


class TooFewLabels(ModelError):
    """Too few labelled wallets, or of one class only."""


class NoData(ModelError):
    """There are no wallets or movements to learn from."""


class BrokenModel(ModelError):
    """Files that are not a model: truncated, changed, or of another kind."""


class FeatureMismatch(ModelError):
    """A model learned other features than those it is given."""
