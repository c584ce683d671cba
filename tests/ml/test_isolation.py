"""The isolation forest: what is odd scores above what is usual, says why, and is the same each time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from ml.errors import BrokenModel, FeatureMismatch, ModelError, NoData
from ml.features.catalog import OWN_NAMES, compute_own
from ml.isolation import MANY, SAMPLES, TREES, Isolation, fit_isolation, load_isolation
from ml.model import say_nothing, top_contributions
from ml.movements import Attributed, FeatureTable, ModelInputs, Movements
from ml.tree_arrays import isolation_length
from tests.ml.drawn import inputs_of, movements_of, permuted, usual_payments, with_mules, with_value

ODD = 300


@pytest.fixture(scope="module")
def inputs() -> ModelInputs:
    """300 people, and one who takes a thousand times as much from everybody and pays nobody."""
    random = np.random.default_rng(2)
    payments = usual_payments(random, ODD, 12 * ODD)
    payments += [(payer, ODD, 10**12 + payer, payer * 10**6) for payer in range(ODD)]
    return inputs_of(movements_of(payments, ODD + 1))


@pytest.fixture(scope="module")
def model(inputs: ModelInputs) -> Isolation:
    found = fit_isolation(inputs, seed=5, threads=1, say=say_nothing).model
    assert isinstance(found, Isolation)
    return found


def test_the_odd_wallet_scores_highest_and_all_are_in_bounds(model: Isolation, inputs: ModelInputs) -> None:
    scores = model.scores(inputs)

    assert scores.argmax() == ODD
    assert scores.min() >= 0 and scores.max() <= 1
    assert scores[ODD] > 0.5 > np.median(scores) * 4


def test_raw_outputs_are_the_path_lengths_of_scikit_learn(model: Isolation, inputs: ModelInputs) -> None:
    rows = model.rows(inputs)
    forest = IsolationForest(n_estimators=TREES, max_samples=SAMPLES, random_state=5).fit(rows)
    whole = isolation_length(np.array([float(SAMPLES)]))[0]

    lengths = -np.log2(-forest.score_samples(rows)) * whole

    assert model.raw(rows) == pytest.approx(-lengths, abs=1e-12, rel=1e-12)


def test_contributions_add_up_and_point_at_what_is_odd(model: Isolation, inputs: ModelInputs) -> None:
    usual = int(model.scores(inputs).argmin())
    places = np.array([usual, ODD, 7])

    contributions, base = model.contributions(inputs, places)

    raw = model.raw(model.rows(inputs)[places])
    assert contributions.sum(axis=1) + base == pytest.approx(raw, abs=1e-9)
    assert raw[1] > base  # odd: a shorter way than is expected
    reasons = top_contributions(model.features, contributions[1])
    assert all(value > 0 for _, value in reasons[:3])
    # Negative control: what is usual makes the way longer, and no feature says that it is odd.
    assert raw[0] < base
    assert contributions[0].max() < reasons[0][1] / 4


def test_what_is_made_odd_contributes_positively(model: Isolation, inputs: ModelInputs) -> None:
    for column in (0, 5, 11):
        far = float(inputs.features.values[:, column].max()) * 10 + 10
        before, _ = model.contributions(inputs, np.array([3]))
        after, _ = model.contributions(with_value(inputs, 3, column, far), np.array([3]))

        assert after[0, column] > max(0.0, before[0, column]), OWN_NAMES[column]


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(model: Isolation, inputs: ModelInputs) -> None:
    again = fit_isolation(inputs, seed=5, threads=3, say=say_nothing).model
    other = fit_isolation(inputs, seed=6, threads=1, say=say_nothing).model

    assert again.files() == model.files()
    assert other.files() != model.files()


def test_a_read_model_scores_to_the_same_bits(model: Isolation, inputs: ModelInputs) -> None:
    read = load_isolation(model.files())

    assert (read.scores(inputs) == model.scores(inputs)).all()
    assert read.files() == model.files()


def test_one_wallet_scores_as_in_a_batch_to_the_bit(model: Isolation, inputs: ModelInputs) -> None:
    rows = model.rows(inputs)
    assert len(rows) > MANY

    alone = np.concatenate([model.raw(rows[place : place + 1]) for place in range(len(rows))])

    assert (alone == model.raw(rows)).all()


def test_the_order_of_wallets_changes_no_score(model: Isolation, inputs: ModelInputs) -> None:
    order = np.random.default_rng(0).permutation(inputs.movements.wallets)

    assert (model.scores(permuted(inputs, order)) == model.scores(inputs)[order]).all()


def test_a_tenth_of_usual_wallets_is_as_novel_as_one_in_ten() -> None:
    inputs, _ = with_mules(people=1_000, mules=1)

    scores = fit_isolation(inputs, seed=1, threads=1, say=say_nothing).model.scores(inputs)

    assert np.mean(scores >= 0.25 - 1e-12) == pytest.approx(0.1, abs=0.005)
    assert np.mean(scores >= 0.5 - 1e-12) == pytest.approx(0.01, abs=0.005)


def test_other_features_than_those_learned_are_refused(model: Isolation, inputs: ModelInputs) -> None:
    fewer = FeatureTable(inputs.features.names[1:], inputs.features.values[:, 1:])
    with pytest.raises(FeatureMismatch, match=OWN_NAMES[0]):
        model.scores(ModelInputs(inputs.movements, inputs.attributed, fewer))
    of_other_words = Isolation(model.features, "0" * 64, model.trees, model.calibration)
    with pytest.raises(FeatureMismatch, match="train it again"):
        of_other_words.scores(inputs)


def test_more_features_in_another_order_are_the_same_features(model: Isolation, inputs: ModelInputs) -> None:
    names = ("other", *reversed(inputs.features.names))
    values = np.column_stack([np.full(inputs.movements.wallets, 7.0), inputs.features.values[:, ::-1]])
    more = ModelInputs(inputs.movements, inputs.attributed, FeatureTable(names, values))

    assert (model.scores(more) == model.scores(inputs)).all()


def test_what_cannot_be_learned_from_is_refused(inputs: ModelInputs) -> None:
    nothing = np.zeros(0, np.int64)
    empty = Movements([], nothing, nothing, nothing, nothing, nothing)
    with pytest.raises(NoData):
        fit_isolation(ModelInputs(empty, Attributed.none(0), compute_own(empty)), seed=0, threads=1, say=say_nothing)
    for value in (np.nan, np.inf, 1e300):
        with pytest.raises(ModelError, match=f"{OWN_NAMES[4]} of {inputs.movements.keys[9]}"):
            fit_isolation(with_value(inputs, 9, 4, value), seed=0, threads=1, say=say_nothing)


def test_nobody_of_nobody_is_no_error_when_scored(model: Isolation) -> None:
    nothing = np.zeros(0, np.int64)
    empty = inputs_of(Movements([], nothing, nothing, nothing, nothing, nothing))

    assert len(model.scores(empty)) == 0


def test_files_that_are_no_forest_are_refused(model: Isolation) -> None:
    files = model.files()
    head, arrays = files["model.json"], files["arrays.safetensors"]
    first = head.index(b'"raw":[') + len(b'"raw":[')
    broken = {
        "has the files": [{}, {"model.json": head}, {**files, "more.bin": b""}],
        r"model\.json cannot be read": [
            {**files, "model.json": content} for content in (b"", head[:-9], b"\xff\xfe", b"[]", b'{"kind":"gnn"}')
        ],
        r"arrays\.safetensors cannot be read": [
            {**files, "arrays.safetensors": content} for content in (b"", arrays[:-8], arrays[:100], head)
        ],
        "not isolation_forest": [{**files, "model.json": head.replace(b"isolation_forest", b"classifier")}],
        "no calibration that ascends": [{**files, "model.json": head[:first] + b"9.0," + head[first:]}],
    }
    for why, each in broken.items():
        for one in each:
            with pytest.raises(BrokenModel, match=why):
                load_isolation(one)


def test_a_changed_byte_is_refused_or_leaves_a_model_that_scores_within_bounds(
    model: Isolation, inputs: ModelInputs
) -> None:
    """The digest in the registry tells of a change; what is read nevertheless must not hang, crash or leave bounds."""
    random, refused = np.random.default_rng(6), 0
    for _ in range(150):
        files = {name: bytearray(content) for name, content in model.files().items()}
        content = files[str(random.choice(sorted(files)))]
        content[int(random.integers(0, min(len(content), 9_000)))] ^= 1 << int(random.integers(0, 8))
        try:
            read = load_isolation({name: bytes(content) for name, content in files.items()})
            scores = read.calibration(read.raw(model.rows(inputs)[:3]))
        except BrokenModel:
            refused += 1
        else:
            assert 0 <= scores.min() <= scores.max() <= 1
    assert refused > 30
