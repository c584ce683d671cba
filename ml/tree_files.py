"""A model of trees as two files: what it is as JSON, its trees as arrays. Nothing in them can be executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from graph.model import ModelKind
from ml.calibration import Rarity
from ml.errors import BrokenModel
from ml.tree_arrays import TreeArrays

HEAD, ARRAYS = "model.json", "arrays.safetensors"


class IsolationHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of an isolation forest but its trees."""

    kind: ModelKind
    features: tuple[str, ...]
    feature_digest: str
    rarity: Rarity


class ClassifierHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of a classifier but its trees, whose mean and `offset` are calibrated log-odds."""

    kind: ModelKind
    features: tuple[str, ...]
    feature_digest: str
    offset: float


Head = TypeVar("Head", IsolationHead, ClassifierHead)


def write_trees(head: IsolationHead | ClassifierHead, trees: TreeArrays) -> dict[str, bytes]:
    """Return the files: equal models give equal bytes."""
    return {HEAD: msgspec.json.encode(head, order="deterministic"), ARRAYS: trees.to_bytes()}


def read_trees(files: Mapping[str, bytes], head_type: type[Head], kind: ModelKind) -> tuple[Head, TreeArrays]:
    """Read what `write_trees` made; raises BrokenModel saying what is wrong with which file."""
    if set(files) != {HEAD, ARRAYS}:
        raise BrokenModel(
            f"a model of kind {kind} has the files {ARRAYS} and {HEAD}; these are {', '.join(sorted(files)) or 'none'}"
        )
    try:
        head = msgspec.json.decode(files[HEAD], type=head_type)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenModel(f"{HEAD} cannot be read: {error}") from error
    if head.kind != kind:
        raise BrokenModel(f"{HEAD} is of kind {head.kind}, not {kind}")
    try:
        trees = TreeArrays.from_bytes(files[ARRAYS])
    except BrokenModel as error:
        raise BrokenModel(f"{ARRAYS} cannot be read: {error}") from error
    split_on = trees.features[trees.left >= 0]
    if len(split_on) and not 0 <= split_on.min() <= split_on.max() < len(head.features):
        raise BrokenModel(f"the trees ask for features beyond the {len(head.features)} that {HEAD} names")
    return head, trees
