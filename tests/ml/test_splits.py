"""Parts that share no wallet: the earlier and the later, or at random with as many of each class."""

from __future__ import annotations

import numpy as np
import pytest

from ml.features.catalog import compute_features
from ml.movements import Attributed, Labels, ModelInputs
from ml.splits import labels_at, split_at_random, split_by_time, split_labels, without_knowing
from tests.ml.drawn import movements_of, usual_payments


def labels_of(times: list[int]) -> Labels:
    places = np.arange(len(times))
    return Labels(places, places % 4 == 0, np.array(times))


def test_what_is_held_out_was_known_later() -> None:
    labels = labels_of([50, 10, 40, 20, 30, 90, 70, 80, 60, 100])

    early, late = split_by_time(labels, 0.7)

    assert sorted(early.times) == [10, 20, 30, 40, 50, 60, 70]
    assert sorted(late.times) == [80, 90, 100]
    assert set(early.places) & set(late.places) == set()
    assert (early.illicit == (early.places % 4 == 0)).all()


def test_labels_of_one_moment_stay_together() -> None:
    early, late = split_by_time(labels_of([1, 1, 1, 2, 2, 2, 2, 2, 3, 3]), 0.5)

    assert sorted(early.times) == [1, 1, 1, 2, 2, 2, 2, 2]
    assert sorted(late.times) == [3, 3]
    everything, nothing = split_by_time(labels_of([7] * 5), 0.5)
    assert (len(everything.places), len(nothing.places)) == (5, 0)


def test_a_random_split_keeps_the_share_of_each_class() -> None:
    places = np.arange(1_000, 2_000)
    illicit = places % 10 == 0

    first, rest = split_at_random(places, illicit, 0.7, seed=1)

    assert sorted([*first, *rest]) == places.tolist()
    assert np.count_nonzero(first % 10 == 0) == 70
    assert len(first) == 700


def test_a_random_split_depends_on_its_seed_alone() -> None:
    places = np.arange(300)
    illicit = places < 50
    order = np.random.default_rng(2).permutation(300)

    first, _ = split_at_random(places, illicit, 0.5, seed=1)

    assert (first == split_at_random(places[order], illicit[order], 0.5, seed=1)[0]).all()
    assert not np.array_equal(first, split_at_random(places, illicit, 0.5, seed=2)[0])


@pytest.mark.parametrize(("times", "split"), [(list(range(40)), "time"), ([1] * 40, "random")])
def test_time_splits_where_both_parts_have_enough(times: list[int], split: str) -> None:
    early, late, said = split_labels(labels_of(times), 0.7, 3, seed=0)

    assert said == split
    assert sorted([*early.places, *late.places]) == list(range(40))
    assert min(np.count_nonzero(part.illicit) for part in (early, late)) >= 3


def test_labels_at_some_places_keep_what_belongs_together() -> None:
    found = labels_at(labels_of([5, 6, 7, 8, 9]), np.array([4, 1]))

    assert list(zip(found.places, found.illicit, found.times, strict=True)) == [(1, False, 6), (4, True, 9)]


def test_hiding_what_is_known_of_some_gives_the_features_of_not_knowing() -> None:
    random = np.random.default_rng(3)
    movements = movements_of(usual_payments(random, 30, 200), 30)
    known = Attributed(["mixer" if place < 5 else "" for place in range(30)], ())
    less = Attributed(["mixer" if place < 2 else "" for place in range(30)], ())
    inputs = ModelInputs(movements, known, compute_features(movements, known))

    hidden = without_knowing(inputs, np.array([2, 3, 4, 20]))

    assert hidden.attributed == less
    assert (hidden.features.values == compute_features(movements, less).values).all()
    # Where nothing was known, nothing is computed again.
    assert without_knowing(inputs, np.array([20, 21])) is inputs
