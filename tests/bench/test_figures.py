"""Ratios point the right way, misses are said, and memory is what the system says."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import psutil
import pytest

from bench.figures import Figure, Sizes, Watch, quantile, times_as_long, times_faster, within
from bench.memory import resident, server_pids, watched
from bench.report import notes, table, verdict, write_report


def test_faster_is_reference_over_ours() -> None:
    assert times_faster("b", "n", 2.0, 10.0, 5).ratio == 5
    assert times_faster("b", "n", 2.0, 10.0, 5).met
    assert not times_faster("b", "n", 2.0, 9.0, 5).met


def test_as_long_is_ours_over_reference_in_milliseconds() -> None:
    figure = times_as_long("b", "n", 0.006, 0.002, 3)
    assert (figure.ours, figure.reference, figure.unit) == (6.0, 2.0, "ms")
    assert figure.ratio == pytest.approx(3)
    assert not times_as_long("b", "n", 0.007, 0.002, 3).met


def test_a_missed_target_is_said_plainly() -> None:
    met, missed = within("scoring", "fast", 1.0, 10), within("scoring", "slow", 11.0, 10)
    assert verdict([met]) == "All 1 targets are met."
    assert verdict([met, missed]) == "1 of 2 targets are MISSED: scoring: slow."
    assert table([met, missed]).row_count == 2
    assert notes([met, within("live", "odd", 1.0, 2, note="why")]) == ["live: odd: why"]


def test_quantiles_of_few_times() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0], 0.95) == 1.0


def test_a_watch_reports_the_median() -> None:
    watch = Watch()
    watch.times += [1.0, 5.0, 2.0]
    assert watch.median == 2.0
    with watch:
        pass
    assert 0 <= watch.times[-1] < 1


def test_the_report_can_be_read_back(tmp_path: Path) -> None:
    figure = within("scoring", "fast", 1.0, 10)
    write_report([figure], Sizes(), tmp_path / "reports" / "bench.json")
    report = msgspec.json.decode((tmp_path / "reports" / "bench.json").read_bytes())
    assert msgspec.convert(report["figures"], list[Figure]) == [figure]
    assert msgspec.convert(report["sizes"], Sizes) == Sizes()


def test_memory_of_this_process_is_seen() -> None:
    with watched({"gone": 2**22 - 1}) as peaks:
        peaks.add("self", os.getpid())
    assert set(peaks.bytes) == {"bench", "self"}
    assert peaks.bytes["bench"] > 10 << 20
    assert [figure.unit for figure in peaks.figures("b")] == ["MiB", "MiB"]


def test_shared_pages_count_once() -> None:
    process = psutil.Process()
    assert resident([process, process]) < 2 * process.memory_info().rss


def test_server_pids_are_those_of_the_pid_files(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "neo4j.pid").write_text("123\n")
    (tmp_path / "run" / "redis.pid").write_text("")
    assert server_pids(tmp_path) == {"neo4j": 123}
