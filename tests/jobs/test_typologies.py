"""Typologies are planted with labels, the same for the same seed, and as the rules that look for them define them."""

from __future__ import annotations

import csv
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

from cli.simulate import simulate
from jobs.simulation import simulate_columns, write_simulation
from jobs.typologies import DAY, HOUR, TYPOLOGIES, plant_typologies, typologies_path, write_typologies

PLANTED = 6


@pytest.fixture(scope="module")
def planted():
    return plant_typologies(simulate_columns(1, 2_000, 5_000), 1, PLANTED)


def test_every_typology_is_planted_with_half_as_many_near_misses(planted):
    _, cases = planted

    for name in TYPOLOGIES:
        own = [case for case in cases if case.typology == name]
        assert [case.is_near_miss for case in own].count(False) == PLANTED
        assert [case.is_near_miss for case in own].count(True) == PLANTED // 2


def test_the_graph_stays_in_order_and_keeps_what_it_had(planted):
    columns, cases = planted
    before = simulate_columns(1, 2_000, 5_000)

    assert (np.diff(columns.at) >= 0).all()
    assert set(before.ids) < set(columns.ids)
    assert len(set(columns.ids)) == len(columns.ids) == len(columns.at) == len(columns.value)
    assert columns.addresses[:2_000] == before.addresses
    assert not (columns.sender == columns.receiver).any()
    assert {id_ for case in cases for id_ in case.transactions} <= set(columns.ids)


def test_instances_share_no_wallet_and_are_completed_by_their_last_payment(planted):
    columns, cases = planted
    place = {id_: number for number, id_ in enumerate(columns.ids)}
    wallets = [wallet for case in cases for wallet in case.wallets]

    assert len(wallets) == len(set(wallets))
    for case in cases:
        assert case.completing == case.transactions[-1] == max(case.transactions, key=place.__getitem__)
        parties = {
            columns.addresses[side[place[one]]]
            for one in case.transactions
            for side in (columns.sender, columns.receiver)
        }
        assert parties == set(case.wallets)


def test_half_of_the_wallets_have_a_life_of_their_own(planted):
    columns, cases = planted
    known = set(columns.addresses[:2_000])
    shares = [wallet in known for case in cases for wallet in case.wallets]

    assert 0.4 < sum(shares) / len(shares) < 0.6


def drawings(name: str, *, near: bool, count: int = 60):
    """Many drawings of one typology, each by seed and number, in the order of time."""
    draw = TYPOLOGIES[name][1 if near else 0]
    for number in range(count):
        yield number, sorted(draw(np.random.default_rng(number), number), key=lambda step: step.after_s)


def test_a_fan_is_of_eight_within_a_day_and_its_near_miss_is_not():
    for _, steps in drawings("fan_in", near=False):
        assert len({step.payer for step in steps}) >= 8
        assert steps[-1].after_s - steps[0].after_s < DAY
        assert max(step.units for step in steps) < 1.5 * min(step.units for step in steps)
    for number, steps in drawings("fan_in", near=True):
        last = steps[-1]
        alike = {s.payer for s in steps if last.after_s - s.after_s <= DAY and 2 / 3 <= s.units / last.units <= 1.5}
        assert len(alike) < 8, number


def test_a_cycle_comes_back_and_its_near_miss_not_whole_not_in_order_or_too_late():
    def comes_back(steps):
        chained = all(one.payee == then.payer for one, then in pairwise(steps))
        whole = all(step.units <= 1.25 * steps[-1].units for step in steps)
        return chained and whole and steps[-1].payee == steps[0].payer and len(steps) <= 4

    assert all(comes_back(steps) for _, steps in drawings("cycle", near=False))
    assert not any(comes_back(steps) for _, steps in drawings("cycle", near=True))


def test_a_peel_chain_peels_at_each_wallet_between_and_its_near_miss_does_not():
    def peels(steps):
        main = [step for step in steps if step.payee.startswith("w")]
        gaps = [then.after_s - one.after_s <= DAY for one, then in pairwise(main)]
        return len(main) >= 4 and all(gaps) and len(steps) > len(main)

    assert all(peels(steps) for _, steps in drawings("peel_chain", near=False))
    assert not any(peels(steps) for _, steps in drawings("peel_chain", near=True))


def test_all_patterns_end_in_time():
    for name in TYPOLOGIES:
        for near in (False, True):
            assert all(steps[-1].after_s < 14 * DAY for _, steps in drawings(name, near=near)), name
    assert HOUR * 24 == DAY


def test_same_seed_plants_the_same_bytes_and_another_others(tmp_path):
    runs = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        path = tmp_path / f"{name}.csv"
        columns, cases = plant_typologies(simulate_columns(1, 2_000, 1_000), seed, 2)
        beside = write_simulation(path, columns)
        runs.append(path.read_bytes() + beside.read_bytes() + write_typologies(path, cases).read_bytes())

    assert runs[0] == runs[1] != runs[2]


def test_too_few_wallets_are_refused():
    with pytest.raises(ValueError, match="too few wallets"):
        plant_typologies(simulate_columns(1, 50, 100), 1, 5)


def test_command_writes_the_labels_beside(tmp_path):
    path = tmp_path / "sim.csv.gz"
    asked = ["--wallets", "2000", "--transactions", "500", "--typologies", "2", "-o", str(path)]
    done = CliRunner().invoke(simulate, asked)

    assert done.exit_code == 0, done.output
    assert "12 instances, 6 near misses" in done.output
    rows = list(csv.DictReader(typologies_path(path).read_text().splitlines()))
    assert typologies_path(path).name == "sim.typologies.csv"
    assert {row["typology"] for row in rows} == set(TYPOLOGIES)
    assert all(row["transaction"] in row["transactions"].split(" ") for row in rows)


def test_command_without_typologies_writes_none(tmp_path):
    path = tmp_path / "sim.csv"
    CliRunner().invoke(simulate, ["--wallets", "50", "--transactions", "200", "-o", str(path)])

    assert path.exists()
    assert not typologies_path(path).exists()


def test_command_says_that_there_are_too_few_wallets(tmp_path):
    asked = ["--wallets", "50", "--transactions", "200", "--typologies", "9", "-o", str(tmp_path / "sim.csv")]
    done = CliRunner().invoke(simulate, asked)

    assert done.exit_code == 2
    assert "too few wallets" in done.output
