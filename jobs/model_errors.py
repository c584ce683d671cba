"""What can be wrong with a model that is asked for, promoted or trained."""

from __future__ import annotations

from graph.errors import HeadwaterError


class ModelBroken(HeadwaterError):
    """A model's files are missing, changed, cut short or not of that model; the message says which and what to do."""


class ModelMismatch(HeadwaterError):
    """A model learned other features than this version of the software computes; it has to be trained anew."""


class ModelConflict(HeadwaterError):
    """A model is not in a state in which this can be done; the message says which would do."""


class CannotTrain(HeadwaterError):
    """There is not enough to learn from; the message says what is missing."""
