"""A simulated graph is the same for the same seed, heavy-tailed, labelled, and importable as it is."""

import numpy as np
import pytest
from click.testing import CliRunner

from cli.simulate import simulate
from graph.canonical import canonical_transaction
from graph.taxonomy import load_taxonomy
from jobs.csv_files import open_attributions, open_transactions
from jobs.simulation import attributions_path, simulate_columns, write_simulation

WALLETS, TRANSACTIONS = 4_000, 20_000


@pytest.fixture(scope="module")
def columns():
    return simulate_columns(1, WALLETS, TRANSACTIONS)


def test_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    runs = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        for ending in (".csv", ".csv.gz"):
            path = tmp_path / name / f"sim{ending}"
            path.parent.mkdir(exist_ok=True)
            beside = write_simulation(path, simulate_columns(seed, 300, 1_000))
            runs[name, ending] = path.read_bytes() + beside.read_bytes()

    for ending in (".csv", ".csv.gz"):
        assert runs["a", ending] == runs["b", ending] != runs["c", ending]


def test_activity_is_heavy_tailed_and_reaches_every_wallet(columns):
    pairs = np.unique(np.stack([columns.sender, columns.receiver]), axis=1)
    counterparties = np.bincount(pairs.ravel(), minlength=WALLETS)

    assert counterparties.min() >= 1
    assert counterparties[0] > WALLETS / 4
    assert np.median(counterparties) < 10


def test_nobody_pays_himself_and_money_and_time_are_plausible(columns):
    assert not (columns.sender == columns.receiver).any()
    assert columns.value.min() > 0
    assert (np.diff(columns.at) >= 0).all()
    assert columns.at[-1] - columns.at[0] < 365 * 86_400
    assert len(set(columns.ids)) == TRANSACTIONS
    assert len(set(columns.addresses)) == WALLETS


def test_half_a_percent_is_illicit_and_as_many_are_services_hubs_first(columns):
    taxonomy = load_taxonomy()
    illicit = [i for i, name in enumerate(columns.category) if name in taxonomy.illicit]
    services = [i for i, name in enumerate(columns.category) if name in taxonomy.services]

    assert len(illicit) == len(services) == WALLETS * 0.005
    assert len({columns.category[i] for i in illicit}) > 3
    assert np.median(services) < np.median(illicit)


def test_files_are_imported_without_a_rejected_row(tmp_path, columns):
    path = tmp_path / "sim.csv.gz"
    beside = write_simulation(path, columns)
    with open_transactions(path, network="eth", asset="USD") as rows:
        made = [
            canonical_transaction(given, reference_currency="USD", now=given.at, max_future_s=0) for _, given in rows
        ]
    with open_attributions(beside, network="eth") as rows:
        said = [row.category for _, row in rows]

    assert [transaction.value for transaction in made] == columns.value.tolist()
    assert [int(transaction.at.timestamp()) for transaction in made] == columns.at.tolist()
    assert said == [name for name in columns.category if name]


def test_command_writes_both_files_and_says_so(tmp_path):
    path = tmp_path / "sim.csv"
    done = CliRunner().invoke(simulate, ["--wallets", "50", "--transactions", "200", "-o", str(path)])

    assert done.exit_code == 0, done.output
    assert "200 transactions between 50 wallets (seed 1)" in done.output
    assert path.read_text().count("\n") == 201
    assert attributions_path(path).name == "sim.attributions.csv"
    assert attributions_path(path).exists()


def test_command_names_a_folder_that_does_not_exist(tmp_path):
    done = CliRunner().invoke(simulate, ["-o", str(tmp_path / "none" / "sim.csv")])

    assert done.exit_code == 2
    assert "does not exist" in done.output


@pytest.mark.parametrize(("wallets", "transactions"), [(2, 0), (2, 5), (3, 1), (10, 3)])
def test_smallest_graphs_are_possible(wallets, transactions):
    columns = simulate_columns(1, wallets, transactions)

    assert len(columns.ids) == transactions
    assert sum(1 for name in columns.category if name) == 2


def test_too_few_wallets_are_refused():
    with pytest.raises(ValueError, match="at least 2 wallets"):
        simulate_columns(1, 1, 1)
