"""Exposure as a feature is design §4 by an independent reference, as if nothing were known of the wallet itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ml.features.catalog import NAMES as FEATURES
from ml.features.catalog import compute_features
from ml.features.context import Context
from ml.features.exposures import ILLICIT, SERVICE, came_from, kinds_of, went_to
from ml.movements import Movements
from tests.builders import key, pay
from tests.ml.moved import NAMES, attributed, categories, histories, moved
from tests.reference import Reference

STOPPING = {"scam", "sanctions", "exchange"}
MASKED = [("a", "b", 1, 0), ("b", "a", 2, 1), ("c", "b", 7, 2), ("b", "c", 1, 3), ("c", "a", 1, 4)]


def kind(category: str) -> int:
    return SERVICE if category == "exchange" else ILLICIT.index(category)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, labels=categories)
@example(history=MASKED, labels={"a": "scam", "c": "exchange"})
def test_exposure_of_every_wallet_is_the_reference_without_its_own_attribution(history, labels) -> None:
    movements = moved(*history, wallets=NAMES)
    context = Context(movements, attributed(movements, **labels))
    paid = [pay(*one[:3], day=one[3]) for one in history]

    for direction, traced in (("source", context.value(came_from)), ("destination", context.value(went_to))):
        for place, name in enumerate(movements.keys):
            others = {key(other): category for other, category in labels.items() if other != name}
            reference = Reference(paid, others, STOPPING, {"dex"})
            expected = reference.exposure(key(name), 3, direction)
            if not expected:
                assert (traced.whole[place] == -1).all() and (traced.direct[place] == -1).all()
                continue
            whole, direct = np.zeros((2, SERVICE + 1))
            for category in STOPPING & set(expected):
                whole[kind(category)], direct[kind(category)] = expected[category][:2]
            assert traced.whole[place] == pytest.approx(whole, abs=1e-12), name
            assert traced.direct[place] == pytest.approx(direct, abs=1e-12), name


def row(movements: Movements, labels: dict[str, str], name: str) -> np.ndarray:
    return compute_features(movements, attributed(movements, **labels)).values[movements.keys.index(name)]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, labels=categories, told=st.sampled_from(["scam", "exchange", "dex", ""]))
@example(history=MASKED, labels={"a": "scam", "c": "exchange"}, told="")
def test_what_a_wallet_is_said_to_be_changes_no_feature_of_its_own(history, labels, told) -> None:
    movements = moved(*history, wallets=NAMES)

    for name in NAMES:
        found = row(movements, labels, name)
        assert row(movements, labels | {name: told}, name) == pytest.approx(found, abs=1e-12), name


def test_what_others_are_said_to_be_does_change_features() -> None:
    # The negative control of the test above: were attributions not looked at, it could not fail.
    movements = moved(*MASKED)
    found, told = row(movements, {}, "a"), row(movements, {"c": "scam"}, "a")

    changed = {name for name, before, after in zip(FEATURES, found, told, strict=True) if before != after}

    assert {"from_scam", "from_illicit", "to_illicit", "illicit_payers", "tied_illicit"} <= changed
    assert all(name.startswith(("from_", "to_", "illicit_", "tied_illicit")) for name in changed)


def test_a_walk_home_goes_on_to_what_the_wallet_itself_got_from() -> None:
    # b's money is half from the mule and half from the scam; the mule's is from b. Unmasked, the mule's exposure
    # would tell that b is a fraud shop: half of its money comes back from there.
    movements = moved(("mule", "b", 1, 0), ("scam", "b", 1, 1), ("b", "mule", 2, 2))
    known = attributed(movements, b="fraud_shop", scam="scam")

    traced = Context(movements, known).value(came_from)

    b, mule = movements.keys.index("b"), movements.keys.index("mule")
    assert traced.whole[b, kind("scam")] == 0.5 + 0.5 * 1 * 0.5 and traced.whole[b].sum() == 0.75
    assert traced.whole[mule, ILLICIT.index("fraud_shop")] == 1.0


def test_a_category_that_is_not_in_the_table_stops_nothing() -> None:
    movements = moved(("a", "b", 1, 0))

    assert Context(movements, attributed(movements, a="unheard", b="scam")).value(kinds_of).tolist() == [-1, 5]
