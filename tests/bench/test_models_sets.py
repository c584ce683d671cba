"""`headwater bench models`: what is read of files, what is learned from, and what the table says."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from bench.ground import BenchError
from bench.models.amlsim import MISSED, read_amlsim
from bench.models.contenders import CONTENDERS, STATISTICS, Effort, inputs_of
from bench.models.csv_columns import read_numbers
from bench.models.elliptic import read_elliptic
from bench.models.ethereum import read_ethereum
from bench.models.measuring import report_on
from bench.models.sets import Sample, labels_of
from bench.models.simulated import PLANTED, draw_simulated
from bench.models.suite import Asked, report
from bench.models.table import WHOLE, Measured, differences, rows
from cli.main import headwater
from ml.features.catalog import OWN_NAMES
from ml.model import say_nothing

Payment = tuple[int, int, float, int]
HONEST = 240


def fan_in(random: np.random.Generator, at: int) -> list[Payment]:
    """Seven that pay one; places are after the honest ones."""
    return [(HONEST + 8 * at + i, HONEST + 8 * at + 7, float(random.uniform(900, 1100)), 10 + i) for i in range(7)]


def scatter_gather(random: np.random.Generator, at: int) -> list[Payment]:
    first = HONEST + 8 * at
    middle = range(first + 1, first + 7)
    amounts = random.uniform(2_000, 9_000, 6).tolist()
    out = [(first, one, amount, 20) for one, amount in zip(middle, amounts, strict=True)]
    return out + [(one, first + 7, 0.95 * amount, 23) for one, amount in zip(middle, amounts, strict=True)]


def cycle(random: np.random.Generator, at: int) -> list[Payment]:
    members = [HONEST + 8 * at + i for i in range(4)]
    amount = float(random.uniform(30, 80))
    return [(members[i], members[(i + 1) % 4], amount * 0.97**i, 30 + i) for i in range(4)]


def write_folder(
    folder: Path,
    draw: Callable[[np.random.Generator, int], list[Payment]],
    *,
    packed: bool = False,
    step: int = 7,
    scale: float = 1.0,
) -> Path:
    """A folder of AMLSim's form: honest payments at random, and twelve patterns of flagged accounts."""
    random = np.random.default_rng(5)
    payments = [row for at in range(12) for row in draw(random, at)]
    flagged = sorted({place for row in payments for place in row[:2]})
    accounts = max(flagged) + 1
    for _ in range(900):
        one, other = random.choice(accounts, 2, replace=False).tolist()
        payments.append((one, other, float(random.lognormal(5, 1)), int(random.integers(1, 60))))
    nodes = [(place, int(place in flagged), 100.0, step if place in flagged else -1) for place in range(accounts)]
    folder.mkdir()
    write(folder, "nodes.csv", "nodeid,isFraud,init_balance,fraudStep", nodes, packed)
    payments = [(one, other, round(scale * value, 2), time) for one, other, value, time in payments]
    write(folder, "transactions.csv", "sourceNodeId,targetNodeId,value,time", payments, packed)
    return folder


def write(folder: Path, name: str, header: str, lines: list, packed: bool = False) -> None:
    text = "\n".join([header, *(",".join(map(str, line)) for line in lines)]) + "\n"
    if packed:
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / name).write_text(text)


def quick(sample: Sample, models: tuple[str, ...] = ("forest", "boosting")) -> list[str]:
    """The table without what a run takes of time."""
    one = replace(sample, splits=sample.splits[:1])
    return [re.sub(r"  \d+ s$", "", line) for line in report_on(one, models, 1, lambda _: None)]


def figure(lines: list[str], model: str, part: str = WHOLE) -> float:
    [line] = [line for line in lines if line.startswith(f"{model} ") and part in line]
    return float(line.split("average precision ")[1].split()[0])


@pytest.mark.parametrize("draw", [fan_in, scatter_gather, cycle])
def test_patterns_of_any_kind_and_amount_are_learned(tmp_path: Path, draw: Callable[..., list[Payment]]) -> None:
    lines = quick(read_amlsim(write_folder(tmp_path / "set", draw, scale=37.0), [0]))
    base = float(lines[3].split("base rate ")[1].split()[0])

    assert figure(lines, "boosting") > min(0.75, 2 * base)


def test_packed_and_plain_files_are_the_same_set(tmp_path: Path) -> None:
    plain = read_amlsim(write_folder(tmp_path / "plain", cycle), [0])
    packed = read_amlsim(write_folder(tmp_path / "packed", cycle, packed=True), [0])

    assert packed.movements.keys == plain.movements.keys
    assert np.array_equal(packed.movements.values, plain.movements.values)
    assert np.array_equal(packed.illicit, plain.illicit)


def test_when_a_fraud_begins_is_never_looked_at(tmp_path: Path) -> None:
    one = quick(read_amlsim(write_folder(tmp_path / "a", cycle), [0]))
    (tmp_path / "b").mkdir()
    other = quick(read_amlsim(write_folder(tmp_path / "b" / "a", cycle, step=-1), [0]))

    assert one == other


@pytest.mark.parametrize("model", ["forest", "boosting", "isolation"])
def test_what_is_measured_is_not_learned_from(tmp_path: Path, model: str) -> None:
    sample = read_amlsim(write_folder(tmp_path / "set", cycle), [0])
    [split] = sample.splits
    turned, retold = sample.illicit.copy(), sample.illicit.copy()
    turned[split.measured] ^= True
    retold[split.learned] ^= True

    def said(illicit: np.ndarray) -> np.ndarray:
        labels = labels_of(replace(sample, illicit=illicit), split.learned)
        return CONTENDERS[model](inputs_of(replace(sample, illicit=illicit), labels), labels, Effort(0, 1, say_nothing))

    plain = said(sample.illicit)
    assert np.array_equal(plain, said(turned))
    # Were nothing learned at all, the comparison would hold for nothing; novelty learns from no label.
    assert np.array_equal(plain, said(retold)) == (model == "isolation")
    assert not set(split.learned.tolist()) & set(split.measured.tolist())


def test_the_rule_is_measured_and_what_it_misses(tmp_path: Path) -> None:
    lines = quick(read_amlsim(write_folder(tmp_path / "set", fan_in), [0]))

    assert [line.split()[0] for line in lines[2:]] == ["rule", "forest", "boosting", "forest", "boosting"]
    assert all(WHOLE in line for line in lines[2:5]) and all(MISSED in line for line in lines[5:])


def test_a_missing_column_is_named_with_its_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "set", cycle)
    write(folder, "nodes.csv", "nodeid,fraudStep", [(0, 1)])

    with pytest.raises(BenchError, match=r"nodes\.csv has no column isFraud; it has nodeid, fraudStep"):
        read_amlsim(folder, [0])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((0, 99_999, 5.0, 1), r"targetNodeId in transactions\.csv must be a nodeid of nodes\.csv; line 2 has '99999'"),
        ((0, 1, "nan", 1), r"value in transactions\.csv must be an amount.*'nan'"),
        ((0, 1, -5, 1), r"value in transactions\.csv must be an amount.*'-5'"),
        ((0, 1, 5.0, "noon"), r"time in transactions\.csv must be a step.*'noon'"),
        ((0, 1, 5.0), r"transactions\.csv, line 2: 3 values where the header has 4"),
    ],
)
def test_what_is_wrong_in_a_row_is_said(tmp_path: Path, row: tuple, message: str) -> None:
    folder = write_folder(tmp_path / "set", cycle)
    write(folder, "transactions.csv", "sourceNodeId,targetNodeId,value,time", [row])

    with pytest.raises(BenchError, match=message):
        read_amlsim(folder, [0])


def test_one_class_and_truncated_files_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "set", cycle)
    write(folder, "nodes.csv", "nodeid,isFraud", [(i, 0) for i in range(HONEST + 96)])
    with pytest.raises(BenchError, match="0 illicit and 336 other wallets; at least 20 of each"):
        read_amlsim(folder, [0])
    (folder / "nodes.csv").unlink()
    (folder / "nodes.csv.gz").write_bytes(gzip.compress(b"nodeid,isFraud\n" * 1000)[:-20])
    with pytest.raises(BenchError, match=r"nodes\.csv\.gz cannot be read"):
        read_amlsim(folder, [0])


def test_dates_and_seconds_are_times_too(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "set", cycle)
    write(folder, "transactions.csv", "time,extra,sourceNodeId,targetNodeId,value", [
        ("2025-01-02T00:00:00Z", "x", 0, 1, 5), (1_735_689_600, "x", 1, 2, 5), (3, "x", 2, 3, 5),
    ])  # fmt: skip

    moved = read_amlsim(folder, [0]).movements

    assert moved.times.tolist() == [3 * 86_400 * 10**6, 1_735_689_600 * 10**6, 1_735_776_000 * 10**6]


def test_sets_that_are_not_there_are_named(tmp_path: Path) -> None:
    lines = list(report(Asked(models=("forest",), data=tmp_path), lambda _: None))

    assert [line.split(" is left out: ")[0] for line in lines] == ["Ethereum phishing", "AMLSim", "Elliptic"]


def test_phishing_is_labelled_by_labels_alone(tmp_path: Path) -> None:
    names = [f"0x{i:02}" for i in range(60)]
    transfers = [(i, 1_500_000_000 + i, names[i % 60], names[(i * 7 + 1) % 60], 1.5) for i in range(200)]
    write(tmp_path, "transfers.csv", "id,timestamp,sender,receiver,amount_eth", transfers)
    write(tmp_path, "labels.csv", "address,is_phishing", [(name, int(i < 25)) for i, name in enumerate(names[:50])])
    write(tmp_path, "attributions.csv", "address,category,actor,source", [
        (names[0], "scam", "a", "b"), (names[55], "exchange", "a", "b"), (names[56], "scam", "a", "b"),
    ])  # fmt: skip

    sample = read_ethereum(tmp_path, [0, 1])

    assert sample.known == {55: "exchange"}
    assert int(sample.illicit.sum()) == 25
    for split in sample.splits:
        assert len(split.learned) + len(split.measured) == 50 and split.learned.max() < 50


def test_elliptic_learns_from_the_steps_before(tmp_path: Path) -> None:
    nodes = [(1000 + i, 1 + i % 49, "12"[i % 3 > 0] if i % 5 else "unknown") for i in range(490)]
    write(tmp_path, "nodes.csv", "txId,time_step,class", nodes)
    write(tmp_path, "elliptic_txs_edgelist.csv", "txId1,txId2", [(1000 + i, 1049 + i) for i in range(441)])

    [sample] = read_elliptic(tmp_path, 0)
    [split] = sample.splits

    assert sample.steps is not None
    assert sample.steps[split.learned].max() == 34 and sample.steps[split.measured].min() == 35
    assert len(split.learned) + len(split.measured) == 392
    assert any("within the step 0." in line for line in quick(sample, ("forest",)))


def test_features_that_come_with_a_set_are_learned_from_where_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    nodes = [(1000 + i, 1 + i % 49, "12"[i % 3 > 0]) for i in range(490)]
    write(tmp_path, "nodes.csv", "txId,time_step,class", nodes)
    write(tmp_path, "elliptic_txs_edgelist.csv", "txId1,txId2", [(1000 + i, 1049 + i) for i in range(441)])
    given = [f"{id_},{step},{random.normal()},{3 * int(illicit) + random.normal()}" for id_, step, illicit in nodes]
    (tmp_path / "elliptic_txs_features.csv.gz").write_bytes(gzip.compress("\n".join(given[::-1]).encode()))

    bare, rich = read_elliptic(tmp_path, 0)

    assert figure(quick(bare), "boosting") < 0.5
    assert all(figure(quick(rich), model) > 0.55 for model in ("boosting", "forest"))
    (tmp_path / "elliptic_txs_features.csv.gz").write_bytes(gzip.compress("\n".join(given[:9]).encode()))
    with pytest.raises(BenchError, match=r"elliptic_txs_features\.csv has no row of txId 1009, which is in nodes\.csv"):
        list(read_elliptic(tmp_path, 0))


@pytest.mark.parametrize(
    ("text", "message"), [("1,2,x", "cannot be read: .*'x'"), ("1,2,nan", "line 1: value 3 must be")]
)
def test_features_that_are_no_numbers_are_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "elliptic_txs_features.csv").write_text(text)

    with pytest.raises(BenchError, match=message):
        read_numbers(tmp_path, "elliptic_txs_features.csv")


def test_simulated_instances_stand_against_near_misses() -> None:
    sample = draw_simulated([0])
    part = sample.parts[PLANTED]

    assert 0.3 < sample.illicit[part].mean() < 0.9 and not sample.illicit[~part].any()
    assert not any(place in sample.known for place in sample.splits[0].learned.tolist())


def test_the_forest_knows_sixteen_statistics() -> None:
    assert len(set(STATISTICS)) == 16 and set(STATISTICS) < set(OWN_NAMES)


def test_the_table_has_the_whole_set_first_and_means_over_seeds() -> None:
    def found(model: str, part: str, seed: int, value: float) -> Measured:
        names = ("average_precision", "roc_auc", "best_f1", "base_rate")
        return Measured(model, part, seed, dict.fromkeys(names, value))

    measured = [
        found(model, part, seed, value + seed / 10)
        for seed in (0, 1)
        for model, value in (("boosting", 0.5), ("gnn", 0.6))
        for part in (WHOLE, MISSED)
    ]
    lines = list(rows(measured))

    assert [line.split()[0] for line in lines] == ["boosting", "gnn", "boosting", "gnn"]
    assert "average precision 0.650" in lines[1] and "each 0.600 0.700" in lines[1]
    assert next(differences(measured, "gnn", "boosting")).endswith("gnn less boosting: +0.100 +0.100, mean +0.100")
    alone = rows([Measured("gnn", WHOLE, 0, None)])
    assert next(alone).split(maxsplit=1)[0] == "gnn"


def test_the_command_prints_plain_rows(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "set", cycle)
    answer = CliRunner().invoke(headwater, ["bench", "models", "--amlsim", str(folder), "--model", "isolation"])

    assert answer.exit_code == 0, answer.output
    assert "\x1b" not in answer.stdout
    assert re.search(r"^isolation +whole set +average precision 0\.\d{3}  AUC", answer.stdout, re.M)
    assert "features after" in answer.stderr and "features after" not in answer.stdout


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    answer = CliRunner().invoke(headwater, ["bench", "models", "--amlsim", str(tmp_path / "none")])

    assert isinstance(answer.exception, BenchError) and "neither nodes.csv nor nodes.csv.gz" in str(answer.exception)
