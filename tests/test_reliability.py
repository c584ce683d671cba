"""The report of the long tests: a row each, none lost when tests end at once."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec

from tests.reliability import percentile, record


def one(file: Path, number: int) -> None:
    record(f"test {number % 8}", file=file, n=number, failures=0, seed=7)


def test_rows_written_at_once_are_all_there_and_a_later_one_replaces_its_like(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "reliability.json"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(one, file), range(16)))
    one(file, 100)

    rows = {row["name"]: row for row in msgspec.json.decode(file.read_bytes())}
    assert sorted(rows) == [f"test {number}" for number in range(8)]
    assert rows["test 4"]["n"] == 100
    assert all(row["machine"]["cores"] and row["commit"] and row["at"] for row in rows.values())


def test_percentiles_are_of_what_was_measured() -> None:
    values = [float(n) for n in range(100)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)) == (50.0, 99.0, None)
