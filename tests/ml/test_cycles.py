"""Money that goes round: drawn by hand, and against every ring that networkx finds."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from graph.taxonomy import load_taxonomy
from ml.features.catalog import NAMES, compute_features
from ml.features.context import Context
from ml.features.cycles import MOST_PARTNERS, WORDS, rings
from ml.movements import Attributed, Movements

DAY = 86_400_000_000
Payment = tuple[str, str, int, float]


def moved(*payments: Payment) -> Movements:
    """Payments by names of payer and payee, units and days."""
    keys = sorted({name for payment in payments for name in payment[:2]})
    ordered = sorted(payments, key=lambda payment: payment[3])
    return Movements(
        keys,
        np.array([keys.index(payment[0]) for payment in ordered], np.int64),
        np.array([keys.index(payment[1]) for payment in ordered], np.int64),
        np.array([payment[2] * 1_000_000 for payment in ordered], np.int64),
        np.array([int(payment[3] * DAY) for payment in ordered], np.int64),
        np.arange(len(ordered)),
    )


def features_of(movements: Movements, **known: str) -> dict[str, dict[str, float]]:
    """Features by wallet and name."""
    categories = [known.get(key, "") for key in movements.keys]
    table = compute_features(movements, Attributed(categories, tuple(load_taxonomy().categories.values())))
    assert np.isfinite(table.values).all()
    return {
        key: dict(zip(NAMES, row.tolist(), strict=True)) for key, row in zip(movements.keys, table.values, strict=True)
    }


def drawn_at_random(seed: int, wallets: int, payments: int) -> Movements:
    random = np.random.default_rng(seed)
    found = []
    for at in range(payments):
        payer, payee = random.choice(wallets, 2, replace=False)
        found.append((f"w{payer:02}", f"w{payee:02}", int(random.integers(1, 100)), at * 0.25))
    return moved(*found)


RING = (("a", "b", 100, 1.0), ("b", "c", 95, 2.0), ("c", "a", 90, 3.0))
BESIDE = (("x", "a", 10, 0.5), ("c", "y", 10, 3.5))


def test_a_ring_in_order_of_time_is_told_whole() -> None:
    found = features_of(moved(*RING, *BESIDE))

    for name in ("a", "b", "c"):
        wallet = found[name]
        assert wallet["rings_of_three"] == wallet["round_trips_of_three"] == pytest.approx(np.log(2))
        assert wallet["rings_of_two"] == wallet["rings_of_four"] == 0.0
        assert wallet["ring_span"] == pytest.approx(2.0)
        assert wallet["ring_evenness"] == pytest.approx(0.9)
        assert wallet["steady_rings"] == pytest.approx(np.log(2))
    assert found["a"]["steady_value"] == 1.0
    assert found["a"]["returning_share"] == pytest.approx(90 / 100)
    assert found["c"]["steady_value"] == found["c"]["returning_flow"] == pytest.approx(90 / 100)


def test_who_is_beside_a_ring_is_in_none() -> None:
    found = features_of(moved(*RING, *BESIDE))

    for name in ("x", "y"):
        assert all(found[name][f"rings_of_{word}"] == found[name][f"round_trips_of_{word}"] == 0.0 for word in WORDS)
        assert found[name]["ring_span"] == found[name]["ring_evenness"] == -1.0
        assert found[name]["tied"] == 0.0 and found[name]["closest_tie"] == -1.0


def test_a_chain_is_no_ring() -> None:
    found = features_of(moved(("a", "b", 100, 1), ("b", "c", 100, 2), ("c", "d", 100, 3)))

    assert all(wallet[f"rings_of_{word}"] == 0.0 for wallet in found.values() for word in WORDS)


def test_a_ring_against_time_is_no_round_trip() -> None:
    found = features_of(moved(("a", "b", 100, 3), ("b", "c", 95, 2), ("c", "a", 90, 1)))["a"]

    assert found["rings_of_three"] == pytest.approx(np.log(2))
    assert found["round_trips_of_three"] == 0.0 and found["ring_span"] == -1.0


def test_a_round_trip_over_months_is_none() -> None:
    found = features_of(moved(("a", "b", 100, 1), ("b", "a", 95, 40)))["a"]

    assert found["rings_of_two"] > 0.0 and found["round_trips_of_two"] == 0.0


def test_payments_at_one_time_make_one_round_trip() -> None:
    found = features_of(moved(("a", "b", 100, 1), ("b", "c", 95, 1), ("c", "a", 90, 1)))

    assert [found[name]["round_trips_of_three"] for name in "abc"] == pytest.approx([np.log(2)] * 3)


def test_a_ring_of_six_is_too_long() -> None:
    names = "abcdef"
    found = features_of(moved(*((names[i], names[(i + 1) % 6], 100, i) for i in range(6))))

    assert all(found["a"][f"rings_of_{word}"] == 0.0 for word in WORDS)
    assert features_of(moved(*((names[i], names[(i + 1) % 5], 100, i) for i in range(5))))["a"]["rings_of_five"] > 0.0


def test_rings_are_not_followed_through_a_hub() -> None:
    crowd = tuple(("hub", f"p{i:03}", 1, 5.0) for i in range(MOST_PARTNERS + 1))
    found = features_of(moved(("a", "hub", 100, 1), ("hub", "a", 95, 2), *crowd))

    assert found["hub"]["rings_of_two"] == -1.0
    assert found["a"]["rings_of_two"] == 0.0


@pytest.mark.parametrize("seed", range(8))
def test_rings_are_those_of_networkx(seed: int) -> None:
    movements = drawn_at_random(seed, 12, 40)
    expected = np.zeros((movements.wallets, len(WORDS)))
    pairs = zip(movements.payers.tolist(), movements.payees.tolist(), strict=True)
    for ring in nx.simple_cycles(nx.DiGraph(pairs), length_bound=5):
        expected[ring, len(ring) - 2] += 1

    found = Context(movements, Attributed.none(movements.wallets)).value(rings)

    assert expected.sum() > 0
    assert np.array_equal(found.counts, expected)


@pytest.mark.parametrize("seed", range(4))
def test_round_trips_are_those_of_a_search_of_all_payments(seed: int) -> None:
    movements = drawn_at_random(seed, 8, 30)
    payments = list(zip(movements.payers.tolist(), movements.payees.tolist(), movements.times.tolist(), strict=True))
    expected = np.zeros((movements.wallets, len(WORDS)))

    def follow(way: list[int], at: int) -> None:
        for payer, payee, time in payments:
            if payer != way[-1] or time < at:
                continue
            if payee == way[0]:
                expected[way, len(way) - 2] += 1
            elif payee not in way and len(way) < 5:
                follow([*way, payee], time)

    for payer, payee, time in payments:
        follow([payer, payee], time)
    found = features_of(movements)

    told = np.array([[found[key][f"round_trips_of_{word}"] for word in WORDS] for key in movements.keys])
    assert expected.sum() > 0
    assert np.allclose(told, np.log1p(expected))


def test_ties_are_stronger_the_fewer_others_lead_there() -> None:
    apart = [("hub", f"p{i}", 1, 5.0) for i in range(20)]
    found = features_of(
        moved(("a", "b", 9, 1), ("a", "c", 9, 2), ("b", "c", 9, 3), ("d", "e", 9, 1), ("d", "hub", 9, 2),
              ("hub", "e", 9, 3), *apart)
    )  # fmt: skip

    assert found["a"]["tied"] == pytest.approx(np.log(3))
    assert found["a"]["closest_tie"] == pytest.approx(1 / 2)
    assert found["d"]["closest_tie"] == pytest.approx(1 / 2)  # to the hub, over e
    assert found["d"]["tie_strength"] == pytest.approx(np.log1p(1 / 2 + 1 / 22))
    assert found["p0"]["tied"] == 0.0


def test_what_the_tied_are_known_for_counts_and_never_the_wallet_itself() -> None:
    payments = (*RING, ("b", "a", 5, 4.0), *BESIDE)
    plain, told = features_of(moved(*payments)), features_of(moved(*payments), a="scam")

    assert told["a"]["tied_illicit"] == plain["a"]["tied_illicit"] == 0.0
    assert 0.0 < told["b"]["tied_illicit"] < 1.0 and told["x"]["tied_illicit"] == -1.0


def test_the_order_of_keys_changes_nothing() -> None:
    movements = drawn_at_random(1, 12, 60)
    renamed = {key: f"v{99 - at:02}" for at, key in enumerate(movements.keys)}
    other = moved(
        *(
            (renamed[movements.keys[payer]], renamed[movements.keys[payee]], value // 1_000_000, time / DAY)
            for payer, payee, value, time in zip(
                movements.payers.tolist(), movements.payees.tolist(), movements.values.tolist(),
                movements.times.tolist(), strict=True,
            )
        )
    )  # fmt: skip
    one, two = features_of(movements), features_of(other)

    for key, name in renamed.items():
        assert list(two[name].values()) == pytest.approx(list(one[key].values()))
