"""The system's Chromium, and what becomes of the tests that need it where there is none: left out, and named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "chromium"
# Headwater refuses variables that are not its own, so that programs that tests start must not see this one.
REQUIRE, KEPT = "HEADWATER_REQUIRE_BROWSER", "REQUIRE_BROWSER"
if REQUIRE in os.environ:
    os.environ[KEPT] = os.environ.pop(REQUIRE)

FOLDER = Path(__file__).parent


def find_chromium() -> str | None:
    """Return its path, None where none is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def needs_browser(item: pytest.Item) -> bool:
    """Whether a test drives a page."""
    return "browser" in getattr(item, "fixturenames", ())


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Take the tests of pages from the list where there is no Chromium; return their names."""
    without = [item for item in items if needs_browser(item)]
    if not without or find_chromium() is not None:
        return []
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]
    return [item.nodeid for item in without]


def judge(session: pytest.Session, names: Sequence[str]) -> None:
    """Fail a run that otherwise passed, if tests that were left out are required.

    At the end: of processes side by side only the first one can fail the run, and it collects nothing itself.
    """
    if names and is_required() and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_required() -> bool:
    """Whether it was said that Chromium is there."""
    return os.environ.get(KEPT) == "1"


def tell(reporter: pytest.TerminalReporter, names: Sequence[str]) -> None:
    """Say at the end what was not run, and what to install."""
    if not names:
        return
    reporter.section("browser tests not run: there is no Chromium", red=is_required())
    for name in sorted(set(names)):
        reporter.line(name)
    reporter.line(f"To run them, install the package {PACKAGE} (apt-get install {PACKAGE}).")
    if is_required():
        reporter.line(f"That is an error, since {REQUIRE}=1.", red=True)
