"""The classifier: mules above people, probabilities that hold, reasons that add up, the same each time."""

from __future__ import annotations

import numpy as np
import pytest
import shap
from msgspec.structs import replace

from ml.boosting import boosting_arrays, fit_boosting
from ml.classifier import LEAST_LABELS, Classifier, fit_classifier, load_classifier
from ml.errors import BrokenModel, FeatureMismatch, ModelError, NoData, TooFewLabels
from ml.isolation import fit_isolation
from ml.metrics import base_rate, brier, roc_auc
from ml.model import Fitted, say_nothing
from ml.movements import Labels, ModelInputs
from ml.splits import labels_at
from ml.threads import limited_threads
from ml.tree_shap import base_value, leaf_paths, shapley_values
from ml.tree_walks import mean_values
from tests.ml.drawn import inputs_of, movements_of, permuted, with_mules, with_value

PEOPLE = 240
World = tuple[ModelInputs, Labels]


@pytest.fixture(scope="module")
def world() -> World:
    return with_mules(people=PEOPLE, mules=40)


@pytest.fixture(scope="module")
def fitted(world: World) -> Fitted:
    return fit_classifier(*world, seed=3, threads=1, say=say_nothing)


@pytest.fixture(scope="module")
def model(fitted: Fitted) -> Classifier:
    assert isinstance(fitted.model, Classifier)
    return fitted.model


def shuffled(labels: Labels) -> Labels:
    return replace(labels, illicit=np.random.default_rng(9).permutation(labels.illicit))


def test_mules_it_never_saw_score_above_people(model: Classifier) -> None:
    inputs, labels = with_mules(seed=8)

    scores = model.scores(inputs)

    assert roc_auc(labels.illicit, scores) > 0.98
    assert scores.min() >= 0 and scores.max() <= 1
    assert brier(labels.illicit, scores) < base_rate(labels.illicit) / 3
    assert scores[labels.illicit].mean() > 0.7
    assert scores[~labels.illicit].mean() < 0.1


def test_metrics_are_of_later_wallets_with_the_baseline_beside(fitted: Fitted) -> None:
    assert fitted.parameters["split"] == "time"
    assert fitted.metrics["average_precision"] > 0.9
    assert 0 < fitted.metrics["base_rate"] < 0.3
    assert fitted.metrics["roc_auc"] > 0.95
    assert fitted.metrics["brier"] < fitted.metrics["base_rate"] / 3
    assert 0.5 < fitted.metrics["forest_average_precision"] <= 1


def test_labels_that_tell_nothing_teach_nothing(world: World) -> None:
    inputs, labels = world

    found = fit_classifier(inputs, shuffled(labels), seed=3, threads=1, say=say_nothing)

    assert 0.3 < found.metrics["roc_auc"] < 0.7
    # Who has learned nothing says the base rate, and not one or zero.
    assert abs(found.model.scores(inputs) - base_rate(labels.illicit)).max() < 0.3


def test_the_measure_does_not_see_the_labels_that_are_held_out(world: World) -> None:
    inputs, labels = world
    late = labels.times > np.sort(labels.times)[round(len(labels.times) * 0.7) - 1]
    turned = replace(labels, illicit=labels.illicit ^ late)

    found = fit_classifier(inputs, turned, seed=3, threads=1, say=say_nothing)

    # It learned from the early ones that mules are illicit; of the late ones, turned round, it is wrong.
    assert found.metrics["roc_auc"] < 0.1


def test_the_same_seed_gives_the_same_bytes_whatever_threads_and_order(world: World, model: Classifier) -> None:
    inputs, labels = world
    order = np.random.default_rng(0).permutation(len(labels.places))
    mixed = Labels(labels.places[order], labels.illicit[order], labels.times[order])

    again = fit_classifier(inputs, mixed, seed=3, threads=2, say=say_nothing).model
    other = fit_classifier(inputs, labels, seed=4, threads=1, say=say_nothing).model

    assert again.files() == model.files()
    assert other.files() != model.files()


def test_a_read_model_scores_to_the_same_bits(model: Classifier, world: World) -> None:
    read = load_classifier(model.files())

    assert (read.scores(world[0]) == model.scores(world[0])).all()
    assert read.files() == model.files()


def test_the_order_of_wallets_changes_no_score(model: Classifier, world: World) -> None:
    order = np.random.default_rng(0).permutation(world[0].movements.wallets)

    assert (model.scores(permuted(world[0], order)) == model.scores(world[0])[order]).all()


def test_contributions_add_up_to_the_log_odds_of_the_score(model: Classifier, world: World) -> None:
    inputs, labels = world
    scores = model.scores(inputs)
    riskiest, safest = int(scores.argmax()), int(scores.argmin())

    contributions, base = model.contributions(inputs, np.array([riskiest, safest]))

    log_odds = contributions.sum(axis=1) + base
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(scores[[riskiest, safest]], abs=1e-9)
    assert log_odds[0] > base > log_odds[1]
    assert labels.illicit[riskiest] and not labels.illicit[safest]


def test_arrays_say_what_boosting_says_and_add_what_shap_adds(world: World) -> None:
    inputs, labels = world
    rows = inputs.features.values.astype(np.float32).astype(np.float64)
    boosted = fit_boosting(rows, labels.illicit, seed=1)
    trees, offset = boosting_arrays([boosted], slope=1.0)
    paths, some = leaf_paths(trees), rows[PEOPLE - 20 : PEOPLE + 20]
    explainer = shap.TreeExplainer(boosted, feature_perturbation="tree_path_dependent")

    found = np.array([shapley_values(paths, row) for row in some])

    with limited_threads(1):
        expected = boosted.decision_function(rows)
    assert mean_values(trees, rows) + offset == pytest.approx(expected, abs=1e-9)
    assert np.abs(found - explainer.shap_values(some)).max() < 1e-9
    assert base_value(paths) + offset == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-9)


def test_the_mean_of_two_models_is_the_mean_of_their_log_odds(world: World) -> None:
    inputs, labels = world
    rows = inputs.features.values.astype(np.float32).astype(np.float64)
    boosted = [fit_boosting(rows, labels.illicit, seed=seed) for seed in (1, 2)]

    trees, offset = boosting_arrays(boosted, slope=0.5)

    with limited_threads(1):
        mean = 0.5 * np.mean([one.decision_function(rows) for one in boosted], axis=0)
    assert mean_values(trees, rows) + offset == pytest.approx(mean, abs=1e-9)


def test_too_few_labels_or_one_class_are_refused_with_both_counts(world: World) -> None:
    inputs, labels = world
    few = labels_at(labels, np.arange(PEOPLE - 19, PEOPLE + 40))  # 19 people, all mules
    for given, told in ((few, "40 and 19"), (labels_at(labels, np.arange(100)), "0 and 100")):
        with pytest.raises(TooFewLabels, match=f"at least {LEAST_LABELS} illicit and {LEAST_LABELS} licit.*{told}"):
            fit_classifier(inputs, given, seed=0, threads=1, say=say_nothing)
    # Negative control: as many as are asked for suffice.
    enough = labels_at(labels, np.concatenate([np.arange(20), np.arange(PEOPLE, PEOPLE + 20)]))
    assert fit_classifier(inputs, enough, seed=0, threads=1, say=say_nothing).metrics["average_precision"] > 0


def test_labels_of_one_moment_are_split_at_random(world: World) -> None:
    inputs, labels = world
    at_once = replace(labels, times=np.zeros_like(labels.times))

    found = fit_classifier(inputs, at_once, seed=0, threads=1, say=say_nothing)

    assert found.parameters["split"] == "random"
    assert found.metrics["average_precision"] > 0.9


def test_no_data_and_no_numbers_are_refused(world: World) -> None:
    inputs, labels = world
    with pytest.raises(NoData):
        fit_classifier(inputs_of(movements_of([], PEOPLE + 40)), labels, seed=0, threads=1, say=say_nothing)
    with pytest.raises(ModelError, match=f"{inputs.features.names[2]} of {inputs.movements.keys[9]}"):
        fit_classifier(with_value(inputs, 9, 2, np.nan), labels, seed=0, threads=1, say=say_nothing)


def test_whoever_is_told_of_progress_can_stop_it(world: World) -> None:
    told: list[tuple[int, int]] = []

    def say(_message: str, done: int, total: int) -> None:
        told.append((done, total))
        if done == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fit_classifier(*world, seed=0, threads=1, say=say)
    assert [done for done, _ in told] == [0, 1, 2, 3]
    assert all(done < total for done, total in told)


def test_other_features_and_files_of_another_kind_are_refused(model: Classifier, world: World) -> None:
    with pytest.raises(FeatureMismatch, match="train it again"):
        Classifier(model.features, "0" * 64, model.trees, 0.0).scores(world[0])
    forest = fit_isolation(world[0], seed=0, threads=1, say=say_nothing).model
    with pytest.raises(BrokenModel, match=r"model\.json"):
        load_classifier(forest.files())
    arrays = {**model.files(), "arrays.safetensors": model.files()["arrays.safetensors"][:-1]}
    with pytest.raises(BrokenModel, match=r"arrays\.safetensors"):
        load_classifier(arrays)
    fewer = Classifier(model.features[:3], model.feature_digest, model.trees, 0.0)
    with pytest.raises(BrokenModel, match="beyond the 3"):
        load_classifier(fewer.files())
