"""Examples of models, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import asdict

from api.model_bodies import (
    ModelHistoryView,
    ModelPage,
    ModelView,
    PromoteInput,
    RollBackInput,
    StateView,
    TrainInput,
)
from api.model_features import FeaturesView
from graph.model import Job, ModelFile
from jobs.feature_words import FeatureEntry

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
ADMIN = "key_01hr4m8w4e3v9m7c2k5t6q8z0e"

JOB = Job(
    id="job_01hr4m8w4e3v9m7c2k5t6q8z0h",
    name="train_classifier",
    state="queued",
    arguments={"seed": 0, "as_of": None},
    attempt=0,
    created_at=AT,
)
MODEL = ModelView(
    id="classifier-v2",
    kind="classifier",
    version=2,
    state="champion",
    job=JOB.id,
    created_at=AT,
    seed=0,
    watermark=1_204,
    wallets=512,
    data_from=datetime(2019, 1, 1, tzinfo=UTC),
    data_until=AT,
    labels={"illicit": 62, "licit": 140},
    metrics={"average_precision": 0.84, "roc_auc": 0.95},
    parameters={"trees": 300},
    features=("in_degree", "out_degree"),
    feature_digest="3b9c358f36f0a31b6ad3e14f309c7cf198ac9246e8316f9ce543d5b19ac02b80",
    files=(
        ModelFile(
            name="classifier.json",
            digest="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            size=81_920,
        ),
    ),
)
HISTORY = ModelHistoryView(
    **asdict(MODEL),
    states=(
        StateView("champion", "shadow", "classifier-v1", ADMIN, "finds a third more on last month's alerts", AT),
        StateView("shadow", "candidate", None, ADMIN, "to be watched for a week", AT),
        StateView("candidate", None, None, "worker", "trained", AT),
    ),
)

ANSWERS: Mapping[str, object] = {
    "list_models": ModelPage([MODEL], None),
    "get_model": HISTORY,
    "list_model_features": FeaturesView([FeatureEntry("in_degree", "From how many wallets it received.", True)]),
    "train_model": JOB,
    "promote_model": HISTORY,
    "roll_back_model": HISTORY,
}
BODIES: Mapping[str, object] = {
    "train_model": TrainInput(kind="classifier", seed=0),
    "promote_model": PromoteInput(state="champion", reason="finds a third more on last month's alerts", from_="shadow"),
    "roll_back_model": RollBackInput(reason="twice as many false alarms since"),
}
PARAMETERS: Mapping[str, object] = {"model": MODEL.id}
# Operations that answer 409 besides those that honour an Idempotency-Key.
CONFLICTS = frozenset(("promote_model", "roll_back_model"))
