"""Features by hand on small histories, and what holds of all of them on any history."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ml.features import rows
from ml.features.catalog import (
    DIGEST,
    FEATURES,
    NAMES,
    OWN,
    OWN_NAMES,
    VERSIONS,
    compute_features,
    compute_own,
    describe,
    digest_of,
)
from ml.features.context import Context
from ml.features.feature import features_of
from ml.movements import Attributed, FeatureTable, Movements
from tests.ml.moved import NAMES as WALLETS
from tests.ml.moved import START, histories, moved

ANY = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
HOUR = 1 / 24


def features(movements: Movements) -> FeatureTable:
    return compute_features(movements, Attributed.none(movements.wallets))


def values(movements: Movements, wallet: str) -> dict[str, float]:
    table = features(movements)
    return dict(zip(table.names, table.values[movements.keys.index(wallet)].tolist(), strict=True))


def only(movements: Movements, kept: np.ndarray) -> Movements:
    """The same wallets with some of the rows."""
    names = ("payers", "payees", "values", "times", "transactions")
    return replace(movements, **{name: getattr(movements, name)[kept] for name in names})


def test_counts_and_counterparties() -> None:
    # a pays b twice and c once, and gets something back from b.
    found = values(moved(("a", "b", 1, 0), ("a", "b", 1, 1), ("a", "c", 2, 2), ("b", "a", 3, 3)), "a")

    assert found["payments_out"] == pytest.approx(np.log(4)) and found["payees"] == pytest.approx(np.log(3))
    assert found["fan_in_share"] == pytest.approx(1 / 3) and found["payments_in_share"] == 0.25
    assert found["repeated_payees"] == pytest.approx(1 / 3) and found["repeated_payers"] == 0
    assert found["paid_back"] == 0.5 and found["paid_back_value"] == 0.5
    assert found["payee_entropy"] == pytest.approx(np.log(2)) and found["payer_entropy"] == 0
    assert found["largest_payee"] == 0.5 and found["largest_payer"] == 1


def test_amounts() -> None:
    paid = [("a", "b", 100, 0), ("a", "c", 100, 1), ("a", "d", 5, 2), ("a", "e", 123.45, 3), ("x", "a", 400, 4)]
    found = values(moved(*paid), "a")

    assert found["value_out"] == pytest.approx(np.log1p(328.45)) and found["median_out"] == pytest.approx(np.log1p(100))
    assert found["largest_out"] == pytest.approx(np.log1p(123.45)) and found["least_out"] == pytest.approx(np.log1p(5))
    assert found["round_out"] == 0.75 and found["same_out"] == 0.25 and found["small_out"] == 0.25
    assert found["value_in_share"] == pytest.approx(400 / 728.45) and found["value_kept"] == pytest.approx(71.55 / 400)
    assert found["largest_out_share"] == pytest.approx(123.45 / 328.45) and found["round_in"] == 1
    assert found["spread_in"] == -1 and found["spread_out"] > 0


def test_dwell_and_steps_of_a_peel_chain() -> None:
    # 100 in, 90 on after an hour; 50 in, 50 on after three: the second hands on all, which is no step of a peel.
    found = values(
        moved(("x", "a", 100, 0), ("a", "b", 90, HOUR), ("y", "a", 50, 5), ("a", "c", 50, 5 + 3 * HOUR)), "a"
    )

    assert found["dwell_mean"] == pytest.approx(np.log1p(2 * 3600))
    assert found["dwell_least"] == pytest.approx(np.log1p(3600))
    assert found["peel_steps"] == 0.5 and found["paid_within_a_day"] == 1 and found["turns"] == 1
    assert found["paid_before_paying"] == 0.5


def test_when_it_is_active() -> None:
    # Three transactions a day apart, at three in the night, from a Friday to a Sunday.
    found = values(moved(*[("a", "b", 1, day + 3 * HOUR) for day in (4, 5, 6)]), "a")

    assert found["gap_mean"] == found["gap_median"] == found["gap_least"] == pytest.approx(np.log1p(86_400))
    assert found["burstiness"] == 0 and found["active_span"] == pytest.approx(np.log1p(2 * 86_400))
    assert found["night"] == 1 and found["weekend"] == pytest.approx(2 / 3) and found["active_days"] == 1
    assert found["busiest_day"] == pytest.approx(2 / 3) and found["busiest_hour"] == pytest.approx(np.log(2))


def test_bursts_are_told_from_clockwork() -> None:
    burst = values(moved(*[("a", "b", 1, n * 0.0001) for n in range(9)], ("a", "b", 1, 300)), "a")
    clockwork = values(moved(*[("a", "b", 1, n) for n in range(10)]), "a")

    assert burst["burstiness"] > 0.7 and clockwork["burstiness"] < 0.1


def test_one_transaction_of_several_payments_is_one_event() -> None:
    drawn = moved(("a", "b", 1, 0), ("a", "c", 1, 0), ("a", "d", 1, 1))
    found = values(replace(drawn, transactions=np.array([0, 0, 1])), "a")

    assert found["payments_out"] == pytest.approx(np.log(4)) and found["payees_at_once"] == pytest.approx(np.log(3))
    assert found["gap_least"] == pytest.approx(np.log1p(86_400)) and found["busiest_day"] == 1


def test_what_is_not_known_is_not_zero() -> None:
    movements = moved(("a", "b", 1, 0), wallets=["nobody"])
    paid, got, nobody = (values(movements, name) for name in ("a", "b", "nobody"))

    assert paid["mean_in"] == paid["dwell_mean"] == paid["payer_entropy"] == paid["from_illicit"] == -1
    assert got["mean_out"] == got["peel_steps"] == got["to_illicit"] == -1 and got["paid_before_paying"] == 1
    assert {nobody[name] for name in NAMES} == {0.0, -1.0}


def test_counterparties_are_looked_at_from_either_side() -> None:
    found = values(moved(("a", "hub", 1, 0), ("b", "hub", 1, 1), ("hub", "c", 2, 2), ("hub", "d", 2, 3)), "c")

    assert found["payers_mean_payers"] == found["payers_mean_payees"] == pytest.approx(np.log(3))
    assert found["payers_most_value_out"] == pytest.approx(np.log1p(4)) and found["payees_most_payees"] == -1
    assert found["payers_mean_dwell_mean"] == pytest.approx(np.log1p(86_400 * 1.5))


@ANY
@given(histories)
def test_features_are_finite_and_of_one_row_per_wallet(history) -> None:
    movements = moved(*history)
    table = features(movements)

    assert table.names == NAMES and table.values.shape == (movements.wallets, len(NAMES))
    assert np.isfinite(table.values).all() and (table.values >= -1).all()


@ANY
@given(histories, st.randoms())
def test_the_order_of_wallets_changes_nothing(history, random) -> None:
    movements = moved(*history, wallets=WALLETS)
    order = list(range(movements.wallets))
    random.shuffle(order)
    new = np.argsort(order)
    turned = replace(movements, payers=new[movements.payers], payees=new[movements.payees])

    assert features(turned).values == pytest.approx(features(movements).values[order], abs=1e-12)


@ANY
@given(histories)
def test_a_wallet_by_itself_has_the_numbers_of_the_batch(history) -> None:
    movements = moved(*history)
    batch = features(movements)

    for place in range(movements.wallets):
        own = compute_own(only(movements, (movements.payers == place) | (movements.payees == place)))
        assert own.names == OWN_NAMES == NAMES[: len(OWN_NAMES)]
        assert own.values[place] == pytest.approx(batch.values[place, : len(OWN_NAMES)], abs=1e-12)


@ANY
@given(histories)
def test_triangles_are_those_of_networkx(history) -> None:
    movements = moved(*history, wallets=WALLETS)
    links = nx.Graph(list(zip(movements.payers.tolist(), movements.payees.tolist(), strict=True)))
    links.add_nodes_from(range(movements.wallets))
    table = features(movements)
    expected, clustered = nx.triangles(links), nx.clustering(links)

    found = table.values[:, [NAMES.index("triangles"), NAMES.index("clustering")]]

    for place in range(movements.wallets):
        pairs = links.degree[place] > 1
        assert found[place].tolist() == pytest.approx([np.log1p(expected[place]), clustered[place] if pairs else -1])


def test_only_the_newest_movements_of_a_wallet_count(monkeypatch) -> None:
    monkeypatch.setattr(rows, "WINDOW", 3)
    long = moved(*[("a", f"p{n}", 1 + n, n) for n in range(6)], ("x", "a", 9, 0))

    found, newest = values(long, "a"), values(only(long, long.times > START + 2 * 86_400 * 10**6), "a")

    assert found["payments_out"] == newest["payments_out"] == pytest.approx(np.log(4))
    assert found["mean_out"] == newest["mean_out"] == pytest.approx(np.log1p(5))
    assert found["payments_in"] > newest["payments_in"] == 0  # each side has its own newest


def test_the_whole_history_counts_in_lifetime_features(monkeypatch) -> None:
    monkeypatch.setattr(rows, "WINDOW", 3)

    found = values(moved(*[("a", f"p{n}", 1, n) for n in range(6)], ("x", "a", 9, 0)), "a")

    assert found["lifetime_payees"] == pytest.approx(np.log(7)) and found["payees"] == pytest.approx(np.log(4))
    assert found["lifetime_value_out"] == pytest.approx(np.log(7)) and found["lifetime_payers"] == np.log(2)
    assert found["lifetime_value_in"] == pytest.approx(np.log(10))


def test_flows_know_their_movements_and_their_opposites() -> None:
    movements = moved(("a", "b", 1, 0), ("b", "a", 2, 1), ("a", "b", 4, 2), ("c", "a", 1, 3))
    context = Context(movements, Attributed.none(3))
    flows = context.flows

    assert list(zip(flows.sources, flows.targets, flows.counts, strict=True)) == [(0, 1, 2), (1, 0, 1), (2, 0, 1)]
    assert flows.values.tolist() == [5e6, 2e6, 1e6] and (flows.last_at - flows.first_at).tolist()[1:] == [0, 0]
    assert context.flow_of.tolist() == [0, 1, 0, 2] and context.reverse.tolist() == [1, 0, -1]
    assert context.out_starts.tolist() == [0, 1, 2, 3] and context.in_starts.tolist() == [0, 2, 3, 3]
    assert flows.sources[context.in_order].tolist() == [1, 2, 0]


def test_computing_tells_how_far_it_is_and_can_be_stopped() -> None:
    movements, told = moved(("a", "b", 1, 0)), []

    def stop(message: str, done: int, total: int) -> None:
        told.append((message, done, total))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        compute_features(movements, Attributed.none(2), stop)
    assert [done for _, done, _ in told] == [0, 1, 2] and told[2][0].endswith(NAMES[2]) and told[0][2] == len(NAMES)


def test_every_feature_says_something_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) and len({describe(name) for name in NAMES}) == len(NAMES)
    assert all(describe(name).split("\n")[0].endswith((".", ")")) for name in NAMES)
    with pytest.raises(KeyError):
        describe("unheard")


def test_a_function_without_a_docstring_is_no_feature() -> None:
    def unsaid(context: Context) -> np.ndarray:
        return np.zeros(context.wallets)

    with pytest.raises(ValueError, match="unsaid has no docstring"):
        features_of([unsaid])


def test_the_digest_is_of_names_order_words_and_versions(monkeypatch) -> None:
    first, second, *rest = FEATURES
    changed = [
        digest_of((second, first, *rest)),
        digest_of((replace(first, name="another"), second, *rest)),
        digest_of((replace(first, says="Other words."), second, *rest)),
        digest_of(OWN),
    ]
    monkeypatch.setitem(VERSIONS, first.name, 2)
    changed.append(digest_of(FEATURES))

    assert len({DIGEST, *changed}) == 6


def test_pairs_of_a_complete_graph_are_all_closed() -> None:
    movements = moved(*[(a, b, 1, 0) for a, b in combinations(WALLETS, 2)])

    assert {values(movements, name)["clustering"] for name in WALLETS} == {1.0}
