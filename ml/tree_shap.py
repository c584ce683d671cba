"""What each feature adds to a forest's output for one row: exact Shapley values over the trees' own paths.

As Lundberg et al., "From local explanations to global understanding with explainable AI for trees" (2020), define them
for path-dependent trees: a split on an unknown feature goes both ways, by the share of the fitted rows that went each.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from ml.movements import Floats
from ml.tree_arrays import LEAF, TreeArrays

Places = NDArray[np.int32]


class LeafPaths(Struct, frozen=True):
    """The way to every leaf, as one interval per feature on it; arrays are (depth, leaves), but `values`.

    A row passes where low < its feature <= high. `shares` are of the fitted rows that passed those splits. A shorter
    way is filled up with places that every row passes.
    """

    features: Places
    low: Floats
    high: Floats
    shares: Floats
    values: Floats


class _Ways(Struct, frozen=True):
    """The ways to nodes of one level: (nodes, depth), and how many places of each are taken."""

    nodes: Places
    features: Places
    low: Floats
    high: Floats
    shares: Floats
    taken: Places


def leaf_paths(trees: TreeArrays) -> LeafPaths:
    """Walk all trees at once, level by level, and keep the way to every leaf."""
    depth = max(1, trees.depth)
    ways, leaves = _at_roots(trees, depth), []
    while len(ways.nodes):
        is_leaf = trees.left[ways.nodes] == LEAF
        leaves.append(_those(ways, is_leaf))
        inner = _those(ways, ~is_leaf)
        ways = _joined([_step(trees, inner, goes_left=True), _step(trees, inner, goes_left=False)])
    found = _joined(leaves)
    return LeafPaths(
        features=np.ascontiguousarray(found.features.T),
        low=np.ascontiguousarray(found.low.T),
        high=np.ascontiguousarray(found.high.T),
        shares=np.ascontiguousarray(found.shares.T),
        values=trees.values[found.nodes] / len(trees.roots),
    )


def shapley_values(paths: LeafPaths, row: Floats) -> Floats:
    """What each feature adds to the mean leaf value of one row; with `base_value` they sum to that value.

    Of a leaf, feature i adds value x (passed - share) x the integral over t in [0, 1] of the product over the other
    features of (passed t + share (1 - t)): Shapley's weights are Beta integrals. Gauss's rule gives it exactly.
    """
    # Forests compare in single precision.
    given = row.astype(np.float32)[paths.features]
    passed = ((given > paths.low) & (given <= paths.high)).astype(np.float64)
    at, weights = np.polynomial.legendre.leggauss(max(1, (len(passed) + 1) // 2))
    others = np.zeros_like(passed)
    for t, weight in zip((at + 1.0) / 2.0, weights / 2.0, strict=True):
        factors = paths.shares * (1.0 - t) + passed * t
        others += (weight * factors.prod(axis=0)) / factors
    added = paths.values * (passed - paths.shares) * others
    found: Floats = np.bincount(paths.features.ravel(), added.ravel(), minlength=len(row)).astype(np.float64)
    return found


def base_value(paths: LeafPaths) -> float:
    """The mean leaf value over the fitted rows: what is expected of a row of which nothing is known."""
    return float((paths.values * paths.shares.prod(axis=0)).sum())


def _at_roots(trees: TreeArrays, depth: int) -> _Ways:
    shape = (len(trees.roots), depth)
    return _Ways(
        nodes=trees.roots,
        features=np.zeros(shape, np.int32),
        low=np.full(shape, -np.inf),
        high=np.full(shape, np.inf),
        shares=np.ones(shape),
        taken=np.zeros(len(trees.roots), np.int32),
    )


def _step(trees: TreeArrays, ways: _Ways, *, goes_left: bool) -> _Ways:
    """The ways to the children on one side; a feature that was met before narrows its own interval."""
    children = (trees.left if goes_left else trees.right)[ways.nodes]
    feature, threshold = trees.features[ways.nodes], trees.thresholds[ways.nodes]
    is_known = (ways.features == feature[:, None]) & (np.arange(ways.features.shape[1]) < ways.taken[:, None])
    is_met = is_known.any(axis=1)
    rows, place = np.arange(len(children)), np.where(is_met, is_known.argmax(axis=1), ways.taken)
    low, high, shares, features = ways.low.copy(), ways.high.copy(), ways.shares.copy(), ways.features.copy()
    features[rows, place] = feature
    if goes_left:
        high[rows, place] = np.minimum(high[rows, place], threshold)
    else:
        low[rows, place] = np.maximum(low[rows, place], threshold)
    shares[rows, place] *= trees.covers[children] / trees.covers[ways.nodes]
    taken = (ways.taken + ~is_met).astype(np.int32)
    return _Ways(nodes=children, features=features, low=low, high=high, shares=shares, taken=taken)


def _those(ways: _Ways, which: NDArray[np.bool_]) -> _Ways:
    return replace(ways, **{name: getattr(ways, name)[which] for name in ways.__struct_fields__})


def _joined(parts: list[_Ways]) -> _Ways:
    return _Ways(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Ways.__struct_fields__))
