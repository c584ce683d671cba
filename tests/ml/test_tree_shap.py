"""Trees as arrays say what scikit-learn's say, and what each feature adds is what the definition and shap have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
import shap
from msgspec.structs import replace
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from ml.errors import BrokenModel, ModelError
from ml.movements import Floats
from ml.shap_proof import prove_reasons
from ml.tree_arrays import LEAF, TreeArrays, isolation_arrays, isolation_length
from ml.tree_shap import base_value, leaf_paths, shapley_values

ROWS = 60


class Drawn:
    """Rows, a forest fitted to them, and its arrays."""

    def __init__(self, rows: Floats, trees: int = 20, **options: Any) -> None:
        self.rows = rows
        self.forest = IsolationForest(n_estimators=trees, random_state=7, **options).fit(rows)
        self.arrays = isolation_arrays([one.tree_ for one in self.forest.estimators_])
        self.paths = leaf_paths(self.arrays)


def drawn() -> Iterator[Any]:
    random = np.random.default_rng(20)
    mixed = random.lognormal(size=(400, 12))
    mixed[:, 3], mixed[:, 4] = 0.0, random.integers(0, 3, 400)
    yield pytest.param(Drawn(mixed, 60), id="many features")
    yield pytest.param(Drawn(mixed[:, :2], 60), id="two features, each met again and again")
    yield pytest.param(Drawn(mixed, 10, max_samples=400), id="all rows in every tree")
    yield pytest.param(Drawn(np.ones((50, 3))), id="nothing to split")


@pytest.fixture(params=list(drawn()), scope="module")
def scene(request: pytest.FixtureRequest) -> Drawn:
    found: Drawn = request.param
    return found


def test_the_arrays_say_the_path_lengths_of_scikit_learn(scene: Drawn) -> None:
    scores = scene.forest.score_samples(scene.rows)
    whole = isolation_length(np.array([float(scene.forest.max_samples_)]))[0]

    assert scene.arrays.mean_values(scene.rows) == pytest.approx(-np.log2(-scores) * whole, abs=1e-12, rel=1e-12)


def test_shap_has_the_same_values(scene: Drawn) -> None:
    found = np.array([shapley_values(scene.paths, row) for row in scene.rows[:ROWS]])
    if scene.arrays.depth == 0:  # of which shap makes nothing
        assert not found.any()
        return
    explainer = shap.TreeExplainer(scene.forest, feature_perturbation="tree_path_dependent")

    assert np.abs(found - explainer.shap_values(scene.rows[:ROWS])).max() < 1e-9
    assert base_value(scene.paths) == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-9)


def test_a_training_proves_its_reasons(scene: Drawn) -> None:
    assert prove_reasons(scene.arrays, scene.paths, scene.rows) < 1e-9


def test_reasons_of_other_trees_are_refused() -> None:
    random = np.random.default_rng(3)
    one, other = (Drawn(random.lognormal(size=(200, 4))) for _ in range(2))

    with pytest.raises(ModelError, match="differ from those of shap"):
        prove_reasons(one.arrays, other.paths, one.rows)


def test_the_values_of_a_row_and_the_base_are_its_mean_value(scene: Drawn) -> None:
    rows = scene.rows[:ROWS]
    sums = [shapley_values(scene.paths, row).sum() + base_value(scene.paths) for row in rows]

    assert sums == pytest.approx(scene.arrays.mean_values(rows), abs=1e-10)


def expected_value(trees: TreeArrays, node: int, row: NDArray[np.float32], known: set[int]) -> float:
    """What a tree says of a row of which only some features are known: the definition, by walking."""
    if trees.left[node] == LEAF:
        return float(trees.values[node])
    left, right = int(trees.left[node]), int(trees.right[node])
    feature = int(trees.features[node])
    if feature in known:
        return expected_value(trees, left if row[feature] <= trees.thresholds[node] else right, row, known)
    return float(
        sum(trees.covers[side] * expected_value(trees, side, row, known) for side in (left, right)) / trees.covers[node]
    )


def by_definition(trees: TreeArrays, row: NDArray[np.float32], features: int) -> list[float]:
    """Shapley's formula, coalition by coalition."""
    found = []
    for feature in range(features):
        others = [other for other in range(features) if other != feature]
        total = 0.0
        for size in range(features):
            weight = factorial(size) * factorial(features - size - 1) / factorial(features)
            for known in combinations(others, size):
                total += weight * sum(
                    expected_value(trees, int(root), row, {*known, feature})
                    - expected_value(trees, int(root), row, {*known})
                    for root in trees.roots
                )
        found.append(total / len(trees.roots))
    return found


def test_the_values_are_those_of_the_definition() -> None:
    random = np.random.default_rng(3)
    scene = Drawn(random.normal(size=(64, 5)), 2)
    for row in scene.rows[:3]:
        expected = by_definition(scene.arrays, row.astype(np.float32), 5)

        found = shapley_values(scene.paths, row)

        assert found == pytest.approx(expected, abs=1e-12)
        # Negative control: the features of one are not those of another.
        assert np.roll(found, 1) != pytest.approx(expected, abs=1e-3)


def test_an_odd_value_shortens_the_way_and_only_through_its_own_feature() -> None:
    random = np.random.default_rng(4)
    scene = Drawn(random.normal(size=(300, 6)), 100)
    odd = np.zeros(6)
    odd[2] = 9.0

    found, usual = shapley_values(scene.paths, odd), shapley_values(scene.paths, np.zeros(6))

    assert found[2] < -0.5
    assert found.argmin() == 2
    assert usual.min() > -0.1


def test_a_file_of_the_arrays_is_read_again_and_is_the_same_each_time(scene: Drawn) -> None:
    content = scene.arrays.to_bytes()
    again = TreeArrays.from_bytes(content)

    assert (again.mean_values(scene.rows) == scene.arrays.mean_values(scene.rows)).all()
    assert again.to_bytes() == content


def test_what_is_no_forest_is_refused() -> None:
    arrays = Drawn(np.random.default_rng(5).normal(size=(40, 3)), 3).arrays
    content = arrays.to_bytes()
    circle = arrays.left.copy()
    circle[circle != LEAF] = 0
    holes = arrays.values.copy()
    holes[-1] = np.nan
    broken = {
        "safetensors": [b"", b"not a model", content[:-100], content[:50]],
        "before its children": [replace(arrays, left=circle).to_bytes()],
        "not there": [replace(arrays, roots=arrays.roots + len(arrays.left)).to_bytes()],
        "no numbers": [replace(arrays, values=holes).to_bytes()],
        "same length": [replace(arrays, covers=arrays.covers[:-1]).to_bytes()],
        "no array `values`": [replace(arrays, values=arrays.values.astype(np.float32)).to_bytes()],
    }
    for why, contents in broken.items():
        for one in contents:
            with pytest.raises(BrokenModel, match=why):
                TreeArrays.from_bytes(one)
