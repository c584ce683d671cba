"""The flows that are shown are those that made the score, as taking them away tells."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from ml.calibration import sigmoid
from ml.gnn_blend import Gnn
from ml.gnn_explain import explain_wallet
from ml.gnn_inputs import net_inputs
from ml.movements import ModelInputs
from tests.ml.hidden import learned, with_much


@pytest.fixture(scope="module")
def explained() -> tuple[Gnn, ModelInputs]:
    model = learned().model
    assert isinstance(model, Gnn)
    return model, with_much()[0]


def test_the_planted_flow_comes_first(explained: tuple[Gnn, ModelInputs]) -> None:
    model, inputs = explained
    found = [explain_wallet(model, inputs, place, most_flows=1) for place in range(20)]
    planted = [one.flows[0][:2] == (399 - place, place) for place, one in enumerate(found)]
    assert np.mean(planted) > 0.7
    # It is why the score is high: without it, it falls, and hardly without any other flow.
    falls, random_falls = (np.array([getattr(one, name) for one in found]) for name in ("fidelity", "random_fidelity"))
    deviations = np.array([one.random_deviation for one in found])
    assert np.median(falls) > max(0.1, 5 * np.median(random_falls))
    assert np.mean(falls > random_falls + 2 * deviations) > 0.7


def test_a_neighbourhood_is_all_that_a_score_rests_on(explained: tuple[Gnn, ModelInputs]) -> None:
    model, inputs = explained
    seen = model.see(inputs)
    for place in (0, 1, 2):
        found = explain_wallet(model, inputs, place, most_flows=3)
        pairs = {(payer, payee) for payer, payee, _ in found.flows}
        gone = [i for i, pair in enumerate(zip(seen.graph.payers, seen.graph.payees, strict=True)) if pair in pairs]
        less = seen.graph.without(np.array(gone))
        net = net_inputs(less, model.head.flow_scaling(less.told))
        whole, without = (sigmoid(model.raw(one))[place] for one in (seen, replace(seen, graph=less, net=net)))
        assert len(gone) == len(found.flows) > 0
        assert found.fidelity == pytest.approx(whole - without, abs=1e-6)
        odds = [one / (1 - one) for one in (whole, without)]
        assert found.log_odds_fidelity == pytest.approx(np.log(odds[0] / odds[1]), abs=1e-3)


def test_falls_are_of_the_score_as_it_is_told(explained: tuple[Gnn, ModelInputs]) -> None:
    model, inputs = explained
    plain, low = (explain_wallet(model, inputs, 4, shift=shift) for shift in (0.0, -6.0))
    assert plain.flows == low.flows and plain.log_odds_fidelity == low.log_odds_fidelity > 0
    assert 0 < low.fidelity < plain.fidelity


def test_the_same_seed_gives_the_same_explanation(explained: tuple[Gnn, ModelInputs]) -> None:
    model, inputs = explained
    assert explain_wallet(model, inputs, 4, seed=1) == explain_wallet(model, inputs, 4, seed=1)
    assert explain_wallet(model, inputs, 4, seed=1) != explain_wallet(model, inputs, 4, seed=2)


def test_where_flows_say_nothing_nothing_is_shown(explained: tuple[Gnn, ModelInputs]) -> None:
    # Negative control: the same networks, which the blend does not listen to.
    model, inputs = explained
    deaf = Gnn(replace(model.head, net_weight=0.0), model.parts)
    found = explain_wallet(deaf, inputs, 0)
    assert (found.flows, found.fidelity, found.random_fidelity) == ((), 0.0, 0.0)


def test_a_wallet_without_flows_has_nothing_to_show(explained: tuple[Gnn, ModelInputs]) -> None:
    model, inputs = explained
    moved = inputs.movements
    gone = (moved.payers == 5) | (moved.payees == 5)
    kept = {name: getattr(moved, name)[~gone] for name in ("payers", "payees", "values", "times", "transactions")}
    assert explain_wallet(model, replace(inputs, movements=replace(moved, **kept)), 5).flows == ()
