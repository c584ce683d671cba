"""The locks: everything pinned with its digest, from no named place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-uv.lock")


def pins(lock: str) -> dict[str, str]:
    """Return the text of each pinned requirement, joined over its lines, by name."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    rows = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {re.split(r"==", row)[0]: row for row in rows}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_a_digest(lock: str):
    assert pins(lock)
    assert [name for name, row in pins(lock).items() if "--hash=sha256:" not in row] == []


@pytest.mark.parametrize("lock", [*LOCKS, "stack/neo4j.lock", "stack/kafka.lock"])
def test_locks_name_no_host(lock: str):
    assert "://" not in (ROOT / lock).read_text()


def test_every_dependency_of_the_project_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[\w-]+", requirement).group().lower() for requirement in wanted}
    assert names - set(pins("requirements.lock")) == set()


def test_the_first_uv_is_the_locked_one():
    version = re.compile(r"uv==(\S+)")
    found = {version.search(pins(lock)["uv"]).group(1) for lock in LOCKS}
    assert len(found) == 1
