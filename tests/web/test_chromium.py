"""Without a Chromium the tests of pages are left out and named, or are an error where it is said to be there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.processes import ROOT
from tests.web.chromium import KEPT, REQUIRE, find_chromium

CHOSEN = (
    "tests/web/test_frame.py::test_a_theme_is_kept",
    "tests/web/test_chromium.py::test_the_name_of_a_program_is_looked_for_on_the_path",
)
PROCESSES = (0, 2)


def run_without(path: Path, required: str, processes: int) -> subprocess.CompletedProcess[str]:
    """Run one test of a page and another one where no program is on the PATH."""
    path.mkdir()
    env = {name: value for name, value in os.environ.items() if name not in (KEPT, REQUIRE)}
    env |= {"PATH": str(path), REQUIRE: required, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(processes), *CHOSEN]
    return subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def test_the_name_of_a_program_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium() is None
    program = tmp_path / "chromium"
    program.touch(mode=0o755)
    assert find_chromium() == str(program)


@pytest.mark.parametrize("processes", PROCESSES)
def test_the_others_run_and_those_of_pages_are_named(tmp_path: Path, processes: int) -> None:
    ended = run_without(tmp_path / "bin", "0", processes)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
    assert ended.stdout.count(CHOSEN[0]) == 1
    assert "install the package chromium" in ended.stdout


@pytest.mark.parametrize("processes", PROCESSES)
def test_where_it_is_required_that_is_an_error(tmp_path: Path, processes: int) -> None:
    ended = run_without(tmp_path / "bin", "1", processes)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
    assert CHOSEN[0] in ended.stdout
    assert f"That is an error, since {REQUIRE}=1." in ended.stdout
