"""What any model must beat: a random forest on each wallet's own movements."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.ensemble import RandomForestClassifier

from ml.features.catalog import DIGEST, OWN_NAMES
from ml.learned_features import learned_columns
from ml.movements import Floats, Labels, ModelInputs

TREES = 300


def forest_scores(
    inputs: ModelInputs, labels: Labels, seed: int, threads: int, names: Sequence[str] = OWN_NAMES
) -> Floats:
    """The share of trees that say a wallet is illicit, learned from the labels; the same on many threads as on one."""
    rows = learned_columns(inputs, tuple(names), DIGEST)
    forest = RandomForestClassifier(TREES, random_state=seed, min_samples_leaf=2, n_jobs=max(1, threads))
    forest.fit(rows[labels.places], labels.illicit)
    # Threads add up what trees say in the order they finish, which changes the last bits.
    forest.n_jobs = 1
    found: Floats = forest.predict_proba(rows)[:, 1]
    return found
