"""A fitted forest as flat arrays: what is needed to run it, and to explain it, without the library that fitted it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ml.errors import BrokenModel
from ml.movements import Floats, Integers

LEAF = -1
Places = NDArray[np.int32]
TYPES = {
    "features": np.int32,
    "thresholds": np.float64,
    "left": np.int32,
    "right": np.int32,
    "covers": np.float64,
    "values": np.float64,
    "roots": np.int32,
}


class TreeArrays(Struct, frozen=True, kw_only=True):
    """The nodes of all trees in one row of places; `roots` are where trees begin, parents before their children.

    A row goes to `left` where its feature, in single precision, is <= the threshold; both children of a leaf are
    LEAF. `covers` counts the fitted rows that came to a node, `values` are what leaves say.
    """

    features: Places
    thresholds: Floats
    left: Places
    right: Places
    covers: Floats
    values: Floats
    roots: Places

    @property
    def depths(self) -> Integers:
        """How many splits the longest way of each tree has."""
        found = np.zeros(len(self.roots), np.int64)
        nodes, trees = self.roots, np.arange(len(self.roots))
        while np.any(goes_on := self.left[nodes] != LEAF):
            nodes, trees = nodes[goes_on], trees[goes_on]
            found[trees] += 1  # once for a tree, however often it is named
            nodes, trees = np.concatenate([self.left[nodes], self.right[nodes]]), np.tile(trees, 2)
        return found

    @property
    def depth(self) -> int:
        """How many splits the longest way of all has."""
        return int(self.depths.max(initial=0))

    def mean_values(self, rows: Floats) -> Floats:
        """What the leaves that each row comes to say, as a mean over trees."""
        given = rows.astype(np.float32)
        at = np.broadcast_to(self.roots, (len(given), len(self.roots)))
        across = np.arange(len(given))[:, None]
        for _ in range(self.depth):
            goes_left = given[across, self.features[at].clip(min=0)] <= self.thresholds[at]
            children = np.where(goes_left, self.left[at], self.right[at])
            at = np.where(children == LEAF, at, children)
        # One tree after the other, as `tree_walks` sums them: the same bits for one row as for many.
        found: Floats = self.values[at].cumsum(axis=1)[:, -1] / len(self.roots)
        return found

    def to_bytes(self) -> bytes:
        """As a safetensors file: equal arrays give equal bytes."""
        return save({name: np.ascontiguousarray(getattr(self, name)) for name in TYPES})

    @classmethod
    def from_bytes(cls, content: bytes) -> TreeArrays:
        """Read what `to_bytes` made; raises BrokenModel for anything that is not a whole forest."""
        try:
            found = load(content)
        except SafetensorError as error:
            raise BrokenModel(f"the file is not a safetensors file: {error}") from error
        trees = cls(**{name: _typed(found, name) for name in TYPES})
        trees.check()
        return trees

    def check(self) -> None:
        """Raise BrokenModel unless every way ends at a leaf, and every number is one."""
        nodes = len(self.features)
        if any(len(getattr(self, name)) != nodes for name in TYPES if name != "roots"):
            raise BrokenModel("the arrays of the trees are not of the same length")
        place, is_leaf = np.arange(nodes), self.left == LEAF
        for side in (self.left, self.right):
            if not ((side == LEAF) == is_leaf).all() or not (side[~is_leaf] > place[~is_leaf]).all():
                raise BrokenModel("a node of the trees does not come before its children")
        if (
            not len(self.roots)
            or self.roots.min() < 0
            or max(self.roots.max(), self.left.max(), self.right.max()) >= nodes
        ):
            raise BrokenModel("the trees refer to nodes that are not there")
        if not (np.isfinite(self.thresholds).all() and np.isfinite(self.values).all() and (self.covers > 0).all()):
            raise BrokenModel("the trees hold values that are no numbers, or nodes that no row came to")


def isolation_arrays(trees: Sequence[Any]) -> TreeArrays:
    """The trees of a fitted isolation forest (each a `tree_` of scikit-learn); leaves say how long the way to them is.

    Where a leaf holds several rows, the way is longer by what telling them apart would take.
    """
    counts = [tree.node_count for tree in trees]
    roots = np.cumsum([0, *counts[:-1]])
    offsets = np.repeat(roots, counts)
    left, right = (
        np.where(side == LEAF, LEAF, side + offsets).astype(np.int32)
        for side in (_joined(trees, "children_left"), _joined(trees, "children_right"))
    )
    held = _joined(trees, "n_node_samples").astype(np.float64)
    return TreeArrays(
        features=_joined(trees, "feature").astype(np.int32),
        thresholds=_joined(trees, "threshold"),
        left=left,
        right=right,
        covers=held,
        values=_levels(roots, left, right) + isolation_length(held),
        roots=roots.astype(np.int32),
    )


def isolation_length(rows: Floats) -> Floats:
    """How many splits it takes on average to tell one of so many rows from the others (Liu et al., 2008)."""
    many = np.maximum(rows, 3.0)
    harmonic = np.log(many - 1.0) + np.euler_gamma
    found: Floats = np.where(rows > 2, 2.0 * harmonic - 2.0 * (many - 1.0) / many, (rows == 2).astype(np.float64))
    return found


def _joined(trees: Sequence[Any], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(tree, name) for tree in trees])


def _levels(roots: NDArray[Any], left: Places, right: Places) -> Floats:
    """How many splits lie before each node."""
    levels, nodes, level = np.zeros(len(left)), roots, 0
    while len(nodes):
        levels[nodes] = level
        inner = nodes[left[nodes] != LEAF]
        nodes, level = np.concatenate([left[inner], right[inner]]), level + 1
    return levels


def _typed(found: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    array = found.get(name)
    if array is None or array.dtype != TYPES[name] or array.ndim != 1:
        raise BrokenModel(f"the file has no array `{name}` of {np.dtype(TYPES[name])}")
    return array
