"""The blend of networks and trees: learns what only flows tell, never from a wallet's own label, the same each time."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from ml.classifier import in_order
from ml.errors import BrokenModel, FeatureMismatch, ModelError, NoData, TooFewLabels
from ml.gnn import fit_gnn, load_gnn
from ml.gnn_blend import Gnn
from ml.gnn_files import Known
from ml.gnn_fitting import FOLDS, fit_blend
from ml.gnn_training import torch_threads
from ml.metrics import average_precision
from ml.model import Fitted, say_nothing
from ml.movements import Attributed, FeatureTable, Integers, Labels, ModelInputs, Movements
from tests.ml.drawn import permuted, with_value
from tests.ml.hidden import SMALL, learned, with_much


def fit(inputs: ModelInputs, labels: Labels, seed: int = 3) -> Fitted:
    return fit_gnn(inputs, labels, seed=seed, threads=1, say=say_nothing, config=SMALL)


def blend(inputs: ModelInputs, labels: Labels, seed: int = 3) -> Gnn:
    """The same without measuring."""
    with torch_threads(1):
        return fit_blend(inputs, in_order(labels), config=SMALL, seed=seed, say=say_nothing)


@pytest.fixture(scope="module")
def world() -> tuple[ModelInputs, Labels]:
    return with_much()


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return learned()


@pytest.fixture(scope="module")
def model(fitted: Fitted) -> Gnn:
    assert isinstance(fitted.model, Gnn)
    return fitted.model


def places(*of: int) -> Integers:
    return np.array(of, np.int64)


def test_what_only_flows_tell_is_learned(fitted: Fitted) -> None:
    # Held-out wallets; trees see features alone, which are noise here: they are the negative control.
    assert fitted.metrics["average_precision"] > 0.8
    assert fitted.metrics["trees_average_precision"] < 0.5


def test_wallets_never_seen_are_judged(model: Gnn) -> None:
    inputs, labels = with_much(seed=2, network="btc")
    assert average_precision(labels.illicit, model.scores(inputs)) > 0.8


def test_direction_counts(model: Gnn) -> None:
    # Whoever paid much is at the other end of the same flow, and is licit.
    inputs, labels = with_much(seed=2, network="btc")
    scores = model.scores(inputs)
    payers = np.arange(len(scores))[::-1][: np.count_nonzero(labels.illicit)]
    assert np.median(scores[labels.illicit]) > 4 * np.median(scores[payers])


def test_the_same_training_gives_the_same_bytes(world: tuple[ModelInputs, Labels], model: Gnn) -> None:
    inputs, labels = world
    mixed = np.random.default_rng(0).permutation(len(labels.places))
    again = blend(inputs, Labels(labels.places[mixed], labels.illicit[mixed], labels.times[mixed]))
    assert again.files() == model.files()
    assert blend(inputs, labels, seed=4).files() != model.files()


def test_a_model_read_again_says_the_same(world: tuple[ModelInputs, Labels], model: Gnn) -> None:
    inputs, _ = world
    read = load_gnn(model.files())
    assert read.files() == model.files()
    with torch_threads(1):
        one = read.scores(inputs)
    with torch_threads(2):
        assert np.array_equal(one, model.scores(inputs))
    assert one.min() >= 0.0
    assert one.max() <= 1.0


def test_the_order_of_wallets_changes_nothing(world: tuple[ModelInputs, Labels], model: Gnn) -> None:
    inputs, _ = world
    order = np.random.default_rng(0).permutation(inputs.movements.wallets)
    assert np.allclose(model.scores(permuted(inputs, order)), model.scores(inputs)[order], atol=1e-6)


def test_contributions_add_up(world: tuple[ModelInputs, Labels], model: Gnn) -> None:
    inputs, _ = world
    # Labelled wallets, judged by one part each, and one that is new to all.
    inputs.movements.keys[7] = "eth:new"
    asked = places(0, 5, 7, 100, 250, 399)
    moved, base = model.contributions(inputs, asked)
    assert moved.shape == (6, len(inputs.features.names))
    assert np.allclose(moved.sum(axis=1) + base, model.raw(model.see(inputs))[asked], atol=1e-4)
    inputs.movements.keys[7] = "eth:00007"


def flipped(model: Gnn, key: str) -> Gnn:
    """The same model, told that one of its licit wallets is illicit."""
    folds = tuple(
        Known([*fold.illicit, key], [one for one in fold.licit if one != key]) if key in fold.licit else fold
        for fold in model.head.folds
    )
    return Gnn(replace(model.head, folds=folds), model.parts)


def test_a_wallets_own_label_is_not_seen(world: tuple[ModelInputs, Labels], model: Gnn) -> None:
    inputs, _ = world
    before, after = model.scores(inputs), flipped(model, "eth:00200").scores(inputs)
    assert before[200] == after[200]
    # Negative control: the label is seen by those around.
    assert np.count_nonzero(before != after) > 3


def test_too_little_is_refused(world: tuple[ModelInputs, Labels]) -> None:
    inputs, labels = world
    few = Labels(labels.places[70:], labels.illicit[70:], labels.times[70:])
    with pytest.raises(TooFewLabels, match="10 and 320"):
        fit(inputs, few)
    with pytest.raises(TooFewLabels, match="80 and 0"):
        fit(inputs, Labels(labels.places[:80], labels.illicit[:80], labels.times[:80]))
    empty = np.empty(0, np.int64)
    nothing = ModelInputs(
        Movements([], empty, empty, empty, empty, empty),
        Attributed.none(0),
        FeatureTable(("payers",), np.empty((0, 1))),
    )
    with pytest.raises(NoData):
        fit(nothing, Labels(empty, empty.astype(bool), empty))
    with pytest.raises(ModelError, match="payments_out of eth:00003"):
        fit(with_value(inputs, 3, 0, np.nan), labels)


def test_other_features_are_refused(world: tuple[ModelInputs, Labels], model: Gnn) -> None:
    inputs, _ = world
    less = FeatureTable(inputs.features.names[:-1], inputs.features.values[:, :-1])
    with pytest.raises(FeatureMismatch, match="weekend"):
        model.scores(replace(inputs, features=less))
    with pytest.raises(FeatureMismatch, match="train it again"):
        Gnn(replace(model.head, feature_digest="0" * 64), model.parts).see(inputs)
    other = Gnn(model.head, model.parts)
    other.feature_digest = "0" * 64
    with pytest.raises(FeatureMismatch):
        other.scores(inputs)


@pytest.mark.parametrize(
    "name", ["model.json", "net-1.safetensors", "trees-2.safetensors", "later-trees-0.safetensors"]
)
def test_broken_files_are_refused(model: Gnn, name: str) -> None:
    files = model.files()
    for wrong in (b"", files[name][:-9], b"\x80\x04junk", files[name][: len(files[name]) // 2]):
        with pytest.raises(BrokenModel, match=name):
            load_gnn({**files, name: wrong})
    with pytest.raises(BrokenModel):
        load_gnn({one: content for one, content in files.items() if one != name})
    with pytest.raises(BrokenModel):
        load_gnn({**files, "more.pkl": b""})


def test_files_of_another_kind_are_refused(model: Gnn) -> None:
    files = model.files()
    with pytest.raises(BrokenModel, match="classifier"):
        load_gnn({**files, "model.json": files["model.json"].replace(b'"kind":"gnn"', b'"kind":"classifier"')})
    with pytest.raises(BrokenModel, match="net-0"):
        load_gnn({**files, "net-0.safetensors": files["trees-0.safetensors"]})


def test_a_training_can_be_stopped(world: tuple[ModelInputs, Labels]) -> None:
    class Stop(Exception):
        pass

    heard: list[tuple[int, int]] = []

    def stop(_message: str, done: int, total: int) -> None:
        heard.append((done, total))
        if done == 10:
            raise Stop

    with pytest.raises(Stop):
        fit_gnn(*world, seed=1, threads=1, say=stop, config=SMALL)
    assert heard[-1] == (10, 2 * FOLDS * SMALL.epochs)


def test_what_rests_on_attributions_is_not_heard_by_others(world: tuple[ModelInputs, Labels]) -> None:
    # A column of attributions that tells the label itself: trees that others hear of must not split on it.
    inputs, labels = world
    values = np.column_stack([inputs.features.values, labels.illicit[np.argsort(labels.places)]])
    telling = replace(inputs, features=FeatureTable((*inputs.features.names, "from_scam"), values))
    parts = blend(telling, labels).parts
    last = len(inputs.features.names)
    assert not any((part.trees.features[part.trees.left >= 0] == last).any() for part in parts)
    # Negative control: of the wallet itself it may tell.
    assert all((part.later.features[part.later.left >= 0] == last).any() for part in parts)
